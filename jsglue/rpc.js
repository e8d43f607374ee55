// The page's end of the port to the worker: calls and answers, events, and the watchdog that notices a dead worker.
//
//   to the worker    init {config, wasm} · call {id, command} · away, the page may stand still until its next message · leave
//   from the worker  ready {text, life} · failed {error} · answer {id, text} · refused {id, error} · event {text} · crashed · done ·
//                    behind, the page was not told of everything
//   in either way    ping, answered by pong · relay (see relay.js) · vault (see remote.js)
//
// Commands, answers and events are JSON text; `at` is the worker's wall clock when it sent the message.

import { AuthError, closed, crashed, toAuthError } from './errors.js';
import { awaitEnd } from './life.js';
import { own } from './own.js';
import { createVaultHost } from './remote.js';
import { workerError } from './start.js';
import { createWatchdog } from './watchdog.js';

/** @import { Channel } from './start.js' */

/** Longest start of a worker in milliseconds; the module's own deadline is shorter. */
const START_DEADLINE = 35_000;
/** A worker without work is asked that often whether it lives, while the page is visible (ms): nothing else tells that it died. */
const HEARTBEAT = 30_000;
/** Longest end of a worker that stores what it has under way (ms). */
const END_DEADLINE = 25_000;

/**
 * What runs a session: a worker, or an engine in this realm.
 * @typedef {object} Backend
 * @property {Answer} state answer to the command `state`
 * @property {boolean} shared other pages have the same session
 * @property {boolean} outlives it goes on for a while when the page is gone
 * @property {(command: object) => Promise<Answer>} call
 * @property {(message: object, transfer: Transferable[]) => void} [post] to relay.js in the worker
 * @property {(forGood: boolean) => void} away the page stands still from now on
 * @property {() => void} close
 */

/**
 * @typedef {object} Answer
 * @property {any} value parsed
 * @property {number} age how long ago it was sent, in milliseconds
 */

/**
 * @typedef {object} Handlers
 * @property {(event: Answer) => void} onEvent
 * @property {(message: object) => void} onRelay a message for relay.js
 * @property {() => void} onBehind there were events that this page was not told of
 * @property {() => void} onCrash called once, if it dies after it was ready; not after close
 */

/**
 * Resolves when the worker's engine is ready.
 * @param {Channel} channel
 * @param {object} options
 * @param {string} options.config JSON text
 * @param {string} [options.wasm] absolute URL
 * @param {boolean} options.stored the session or a key is, so what is under way must not get lost
 * @param {typeof import('./tab.js').openTabVault} [options.openTab] where it is in sessionStorage
 * @param {AbortSignal} options.signal closes it
 * @param {Handlers} handlers
 * @returns {Promise<Backend>}
 */
export function openBackend({ port, worker, shared, outlives, end: endChannel }, { config, wasm, stored, openTab, signal }, { onEvent, onRelay, onBehind, onCrash }) {
  return new Promise((resolve, reject) => {
    /** @type {Map<number, { resolve: (answer: Answer) => void, reject: (error: Error) => void }>} */
    const pending = new Map();
    let nextId = 1, ready = false, over = false;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    let endTimer;
    const close = () => end(closed());
    const startTimer = setTimeout(() => end(shared ? workerError() : new AuthError('wasm_load', 'the worker did not start in time', { description: 'timeout', retryable: true })), START_DEADLINE);
    const watchdog = createWatchdog(() => port.postMessage({ kind: 'ping' }), () => end(crashed()), () => life !== undefined);
    /** The lock that the worker holds. @type {string | undefined} */
    let life;
    /** Ends the wait for it; undefined while there is none. @type {(() => void) | undefined} */
    let stopWaiting;
    const heartbeat = setInterval(() => {
      if (!ready || globalThis.document?.visibilityState === 'hidden') return;
      port.postMessage({ kind: 'ping' });
      watchdog.start();
    }, HEARTBEAT);
    const vault = createVaultHost((message) => port.postMessage(message), openTab);
    signal.addEventListener('abort', close);

    function waitForEnd() {
      if (life === undefined || stopWaiting) return;
      stopWaiting = awaitEnd(life, () => {
        life = undefined; // if it was stolen, it says nothing any more
        if (!over) watchdog.suspect();
      });
    }

    function standStill() {
      stopWaiting?.();
      stopWaiting = undefined;
    }

    /** @param {Error} error */
    function end(error) {
      if (over) return;
      over = true;
      signal.removeEventListener('abort', close);
      clearTimeout(startTimer);
      clearInterval(heartbeat);
      watchdog.stop();
      standStill();
      const { code } = /** @type {AuthError} */ (error);
      if (ready && stored && !shared && code === 'closed') {
        port.postMessage({ kind: 'leave' });
        endTimer = setTimeout(release, END_DEADLINE);
      } else release();
      reject(error);
      for (const call of pending.values()) call.reject(error);
      pending.clear();
      if (ready && code === 'crashed') onCrash();
    }

    function release() {
      clearTimeout(endTimer);
      vault.close();
      endChannel();
    }

    /** @type {Backend} */
    const backend = {
      state: { value: {}, age: 0 }, shared, outlives,
      call: (command) => new Promise((resolve, reject) => {
        if (over) {
          reject(crashed());
          return;
        }
        const id = nextId++;
        pending.set(id, { resolve, reject });
        port.postMessage({ kind: 'call', id, command: JSON.stringify(command) });
        waitForEnd();
        watchdog.start();
      }),
      post: (message, transfer) => {
        if (over) throw crashed();
        port.postMessage(message, transfer);
      },
      away: (forGood) => {
        if (over) return;
        standStill();
        port.postMessage({ kind: forGood ? 'leave' : 'away' });
      },
      close,
    };

    port.onmessage = (/** @type {MessageEvent} */ { data }) => {
      const id = own(data, 'id'), kind = own(data, 'kind');
      if (kind === 'vault') vault.receive(data);
      if (over) {
        if (kind === 'done') release();
        return;
      }
      watchdog.heard();
      switch (kind) {
        case 'ready':
          ready = true;
          clearTimeout(startTimer);
          backend.state = parse(data);
          life = /** @type {string | undefined} */ (own(data, 'life'));
          waitForEnd();
          resolve(backend);
          break;
        case 'failed':
          end(toAuthError(own(data, 'error')));
          break;
        case 'answer':
        case 'refused': {
          const call = pending.get(/** @type {number} */ (id));
          if (!call) break;
          pending.delete(/** @type {number} */ (id));
          if (pending.size === 0) watchdog.rest();
          if (kind === 'answer') call.resolve(parse(data));
          else call.reject(toAuthError(own(data, 'error')));
          break;
        }
        case 'event':
          onEvent(parse(data));
          break;
        case 'relay':
          onRelay(data);
          break;
        case 'pong':
          if (pending.size === 0) watchdog.rest();
          break;
        case 'ping':
          port.postMessage({ kind: 'pong' });
          break;
        case 'behind':
          onBehind();
          break;
        case 'crashed':
          end(crashed());
      }
    };
    port.onmessageerror = () => watchdog.start();
    worker.onerror = (event) => {
      event.preventDefault(); // its text is nothing that an application can use
      if (ready) watchdog.start();
      else end(workerError());
    };
    port.postMessage({ kind: 'init', config, wasm });
  });
}

/**
 * @param {unknown} data
 * @returns {Answer}
 */
function parse(data) {
  const at = own(data, 'at');
  return { value: JSON.parse(String(own(data, 'text'))), age: Math.max(0, Date.now() - Number(at)) };
}
