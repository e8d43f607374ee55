// Entry of the worker: one engine, and the port through which the page asks it. See rpc.js for the messages.
// The first init decides provider, client and endpoints; no later message can change them.

import { openEngine } from './engine.js';
import { AuthError, toPlainError } from './errors.js';
import { own } from './own.js';
import { createRelay } from './relay.js';
import * as runtime from './runtime.js';

/** @import { Engine } from './engine.js' */

const scope = /** @type {any} */ (globalThis);

/** @type {Engine | undefined} */
let engine;
/** @type {ReturnType<typeof createRelay> | undefined} */
let relay;
let initialised = false;

/** @param {object} message @param {Transferable[]} [transfer] */
const post = (message, transfer = []) => scope.postMessage({ ...message, at: Date.now() }, transfer);

/** @param {unknown} data */
async function init(data) {
  if (initialised) return;
  initialised = true;
  try {
    const config = String(own(data, 'config'));
    const wasm = own(data, 'wasm');
    engine = await openEngine({
      config,
      runtime,
      wasm: typeof wasm === 'string' ? wasm : undefined,
      onEvent: (text) => post({ kind: 'event', text }),
      onCrash: () => post({ kind: 'crashed' }),
    });
    relay = createRelay(JSON.parse(config), engine, post);
    post({ kind: 'ready', text: engine.state });
  } catch (cause) {
    post({ kind: 'failed', error: toPlainError(cause) });
  }
}

/** @param {unknown} data */
async function call(data) {
  const id = own(data, 'id');
  if (typeof id !== 'number') return;
  try {
    if (!engine) throw new AuthError('closed', 'the engine is not open');
    post({ kind: 'answer', id, text: await engine.call(/** @type {string} */ (own(data, 'command'))) });
  } catch (cause) {
    post({ kind: 'refused', id, error: toPlainError(cause) });
  }
}

scope.onmessage = (/** @type {MessageEvent} */ { data }) => {
  switch (own(data, 'kind')) {
    case 'init':
      init(data);
      break;
    case 'call':
      call(data);
      break;
    case 'relay':
      relay?.receive(data);
      break;
    case 'ping':
      post({ kind: 'pong' });
  }
};
