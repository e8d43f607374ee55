// The connection to the engine: where it runs, and that it is started again when it died.

import { closed, crashed, missing } from './errors.js';
import { load } from './load.js';
import { activated } from './page.js';
import { openBackend } from './rpc.js';
import { startDedicated, startShared } from './start.js';

/** @import { Away } from './page.js' */
/** @import { Answer, Backend, Handlers } from './rpc.js' */
/** @import { SettledConfig } from './session.js' */

/** Part of the name of the shared worker: two versions on one origin do not meet in one. */
export const VERSION = '0.1.0';
/** How often an engine is started again: so many times in so many milliseconds. */
const MAX_RESTARTS = 3, RESTART_WINDOW = 5 * 60_000;

/** @typedef {ReturnType<typeof createLink>} Link */

/**
 * @param {SettledConfig} config
 * @param {object} handlers
 * @param {(event: Answer) => void} handlers.onEvent
 * @param {(message: object) => void} handlers.onRelay
 * @param {() => void} handlers.onBehind there were events that this page was not told of
 * @param {(state: Answer) => void} handlers.onState what an engine says when it is ready
 * @param {(feature: string, reason: string) => void} handlers.onDegraded
 * @param {() => void} handlers.onCrash the engine died, and is being started again
 * @param {() => void} handlers.onLost it could not be
 */
export function createLink({ isolation, workerUrl, wasmUrl, degraded: _, restore: __, ...settings }, { onEvent, onRelay, onBehind, onState, onDegraded, onCrash, onLost }) {
  const config = canonical(settings);
  const wasm = wasmUrl && String(wasmUrl);
  const stored = settings.storage === 'indexeddb' || settings.storage === 'session' || (settings.dpop ?? 'off') !== 'off'; // keys are
  const closing = new AbortController();
  const { signal } = closing;
  /** What keeps a session in sessionStorage, for those who want one. @type {typeof import('./tab.js') | undefined} */
  let tab;
  /** @type {Promise<Backend> | undefined} */
  let backend;
  /** @type {Backend | undefined} */
  let opened;
  /** @type {number[]} */
  const restarts = [];
  /** @type {Handlers} */
  const handlers = {
    onEvent, onRelay, onBehind,
    onCrash() {
      if (signal.aborted) return;
      backend = opened = undefined;
      onCrash();
      if (mayRestart()) start().catch(onLost);
      else onLost();
    },
  };

  /** @returns {Promise<Backend>} */
  const open = async () => {
    if (settings.storage === 'session') tab ??= await import('./tab.js').catch(missing('tab.js'));
    const options = { config, wasm, stored, openTab: tab?.openTabVault, signal };
    if (isolation === 'none') return openHere(options, handlers);
    if (isolation === 'shared') {
      try {
        return await openBackend(startShared(workerUrl, `pkcewasm ${VERSION} ${hash(config + wasm)}`), options, handlers);
      } catch (cause) {
        if (/** @type {any} */ (cause).description !== 'worker') throw cause;
      }
    }
    const fallback = await openBackend(startDedicated(workerUrl), options, handlers);
    if (isolation === 'shared') onDegraded('shared', 'the shared worker does not start here: each tab has a worker and a session of its own');
    return fallback;
  };

  const connect = async () => {
    await activated(signal).catch(() => {});
    if (signal.aborted) throw closed();
    opened = await open();
    onState(opened.state);
    return opened;
  };

  const start = () => {
    const started = connect();
    backend = started;
    started.catch(() => {
      if (backend === started) backend = undefined;
    });
    return started;
  };

  /** What runs the session, started again if need be. */
  function reach() {
    if (signal.aborted) throw closed();
    if (!backend && !mayRestart()) throw crashed();
    return backend ?? start();
  }

  function mayRestart() {
    const now = performance.now();
    while (restarts.length && now - restarts[0] > RESTART_WINDOW) restarts.shift();
    return restarts.length < MAX_RESTARTS && Boolean(restarts.push(now));
  }

  return {
    ready: start(),
    /** Whether it is a worker that all pages share, and whether it lives on without this page. */
    get shared() { return opened?.shared === true; },
    get outlives() { return opened?.outlives === true; },

    /** @param {object} command @returns {Promise<Answer>} */
    async call(command) {
      const { call } = await reach();
      return call(command);
    },

    /** Sends a message to relay.js. @param {object} message @param {Transferable[]} transfer @param {(cause: any) => void} onFailure */
    async post(message, transfer, onFailure) {
      try {
        const { post } = await reach();
        post?.(message, transfer);
      } catch (cause) {
        onFailure(cause);
      }
    },

    /** The page may stand still from now on. @param {Away} how */
    away(how) {
      if (how !== 'frozen') tab?.leaveRecords();
      opened?.away(how === 'gone');
    },
    back: () => tab?.returnToRecords(),
    close: () => closing.abort(),
  };
}

/**
 * An engine in this realm, in the form of a worker's. Its code comes along with the module: a page that has a worker
 * needs neither.
 * @param {{ config: string, wasm?: string, openTab?: typeof import('./tab.js').openTabVault, signal: AbortSignal }} options
 * @param {Handlers} handlers
 * @returns {Promise<Backend>}
 */
async function openHere({ config, wasm, openTab, signal }, { onEvent, onCrash }) {
  /** @param {string} text @returns {Answer} */
  const answer = (text) => ({ value: JSON.parse(text), age: 0 });
  const code = Promise.all([import('./runtime.js'), import('./engine.js')]);
  const module = await load({ wasm }, code.then(([runtime]) => runtime));
  const [, { openEngine }] = await code;
  const engine = await openEngine({ config, module, openTab: /** @type {any} */ (openTab), onEvent: (text) => onEvent(answer(text)), onCrash });
  if (signal.aborted) {
    engine.close();
    throw closed();
  }
  signal.addEventListener('abort', engine.close);
  return {
    state: answer(engine.state), shared: false, outlives: false,
    async call(command) {
      engine.resume();
      return answer(await engine.call(JSON.stringify(command)));
    },
    away: engine.pause,
    close: engine.close,
  };
}

/** The same text for the same settings, however they are ordered. @param {unknown} value @returns {string} */
export function canonical(value) {
  return JSON.stringify(value, (_, item) =>
    (typeof item === 'object' && item !== null && !Array.isArray(item) ? Object.fromEntries(Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1))) : item));
}

/** A short name for a text (FNV-1a): the worker compares the text itself. @param {string} text */
function hash(text) {
  let h = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193) >>> 0;
  return h.toString(16);
}
