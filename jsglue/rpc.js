// The page's end of the port to the worker: calls and answers, events, and the watchdog that notices a dead worker.
//
//   to the worker    init {config, wasm} · call {id, command} · ping · relay (see relay.js)
//   from the worker  ready {text} · failed {error} · answer {id, text} · refused {id, error} · event {text} · pong · crashed · relay
//
// Commands, answers and events are JSON text; `at` is the worker's wall clock when it sent the message.

import { AuthError, closed, crashed, toAuthError } from './errors.js';
import { bare, own } from './own.js';

// Captured now: a script that comes later cannot put its own in its place.
const { Worker: GenuineWorker } = globalThis;

/** Longest start of a worker in milliseconds; the module's own deadline is shorter. */
const START_DEADLINE = 35_000;
/** A worker with work to do is asked that often whether it lives, and is dead after two questions without answer: within 5 s. */
const PING_INTERVAL = 1_500;
/** A timer this late means that the page itself stood still. */
const LATE = 1_000;

/**
 * What runs a session: a worker, or an engine in this realm.
 * @typedef {object} Backend
 * @property {Answer} state answer to the command `state`
 * @property {(command: object) => Promise<Answer>} call
 * @property {(message: object, transfer: Transferable[]) => void} [post] to relay.js in the worker
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
 * @property {() => void} onCrash called once, if it dies after it was ready; not after close
 */

/** @returns {boolean} */
export function hasWorker() {
  return typeof GenuineWorker === 'function';
}

/**
 * Starts a worker and resolves when its engine is ready.
 * @param {object} options
 * @param {string} options.config JSON text
 * @param {string} [options.wasm] absolute URL
 * @param {string | URL} [options.workerUrl]
 * @param {Handlers} handlers
 * @returns {Promise<Backend>}
 */
export function openWorker({ config, wasm, workerUrl }, { onEvent, onRelay, onCrash }) {
  return new Promise((resolve, reject) => {
    /** @type {Map<number, { resolve: (answer: Answer) => void, reject: (error: Error) => void }>} */
    const pending = new Map();
    let nextId = 1, ready = false, over = false;
    const worker = startWorker(workerUrl);
    const startTimer = setTimeout(() => end(new AuthError('wasm_load', 'the worker did not start in time', { description: 'timeout', retryable: true })), START_DEADLINE);
    const watchdog = createWatchdog(() => worker.postMessage({ kind: 'ping' }), () => end(crashed()));

    /** @param {Error} error */
    function end(error) {
      if (over) return;
      over = true;
      clearTimeout(startTimer);
      watchdog.stop();
      worker.terminate();
      reject(error);
      for (const call of pending.values()) call.reject(error);
      pending.clear();
      if (ready && /** @type {AuthError} */ (error).code === 'crashed') onCrash();
    }

    /** @type {Backend} */
    const backend = {
      state: { value: {}, age: 0 },
      call: (command) => new Promise((resolve, reject) => {
        if (over) {
          reject(crashed());
          return;
        }
        const id = nextId++;
        pending.set(id, { resolve, reject });
        worker.postMessage({ kind: 'call', id, command: JSON.stringify(command) });
        watchdog.start();
      }),
      post: (message, transfer) => {
        if (!over) worker.postMessage(message, transfer);
      },
      close: () => end(closed()),
    };

    worker.onmessage = ({ data }) => {
      if (over) return;
      watchdog.heard();
      const id = own(data, 'id');
      switch (own(data, 'kind')) {
        case 'ready':
          ready = true;
          clearTimeout(startTimer);
          backend.state = parse(data);
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
          if (pending.size === 0) watchdog.stop();
          if (own(data, 'kind') === 'answer') call.resolve(parse(data));
          else call.reject(toAuthError(own(data, 'error')));
          break;
        }
        case 'event':
          onEvent(parse(data));
          break;
        case 'relay':
          onRelay(data);
          break;
        case 'crashed':
          end(crashed());
      }
    };
    worker.onmessageerror = () => watchdog.start();
    worker.onerror = (event) => {
      event.preventDefault(); // its text is nothing that an application can use
      if (ready) watchdog.start();
      else end(workerError());
    };
    worker.postMessage({ kind: 'init', config, wasm });
  });
}

/**
 * @param {string | URL | undefined} url
 * @returns {Worker}
 */
function startWorker(url) {
  try {
    const self = import.meta.url;
    if (url === undefined) {
      // Bundlers look for exactly this expression. Files that are served as they are know the address themselves.
      const bundled = !self.startsWith(globalThis.location?.protocol) || !new URL(self).pathname.endsWith('/rpc.js');
      if (bundled) return new Worker(new URL('./worker.js', import.meta.url), { type: 'module' });
    }
    const { href } = new URL(url ?? './worker.js', url === undefined ? self : globalThis.location?.href);
    allowed.add(href);
    return new GenuineWorker(policy()?.createScriptURL(href) ?? href, bare({ type: 'module' }));
  } catch {
    throw workerError();
  }
}

/** Addresses of workers that the policy lets through. @type {Set<string>} */
const allowed = new Set();
/** @type {any} */
let trusted;

/** The Trusted Types policy `pkcewasm`, where the browser has Trusted Types and the page allows the name. */
function policy() {
  if (trusted === undefined) {
    trusted = null;
    try {
      trusted = /** @type {any} */ (globalThis).trustedTypes?.createPolicy('pkcewasm', {
        createScriptURL(/** @type {string} */ href) {
          if (allowed.has(href)) return href;
          throw new TypeError('not the address of our worker');
        },
      }) ?? null;
    } catch { /* the page does not list the name: a plain address will do, or the browser refuses it */ }
  }
  return trusted;
}

function workerError() {
  return new AuthError('unsupported', 'the worker could not be started: worker.js must be served as JavaScript from the page\'s origin, and the Content-Security-Policy must allow it (worker-src, and trusted-types pkcewasm where Trusted Types are required)', { description: 'worker' });
}

/**
 * Asks whether the worker lives, while it has work.
 * @param {() => void} ask
 * @param {() => void} onDead
 */
function createWatchdog(ask, onDead) {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  let asked = false, heard = false, silent = 0;
  const arm = () => {
    const due = performance.now() + PING_INTERVAL;
    timer = setTimeout(() => {
      if (heard) silent = 0;
      else if (asked && performance.now() - due < LATE) silent++;
      if (silent === 2) {
        onDead();
        return;
      }
      heard = false;
      asked = true;
      ask();
      arm();
    }, PING_INTERVAL);
  };
  return {
    start: () => {
      if (timer === undefined) arm();
    },
    heard: () => {
      heard = true;
    },
    stop: () => {
      clearTimeout(timer);
      timer = undefined;
      asked = heard = false;
      silent = 0;
    },
  };
}

/**
 * @param {unknown} data
 * @returns {Answer}
 */
function parse(data) {
  const at = own(data, 'at');
  return { value: JSON.parse(String(own(data, 'text'))), age: Math.max(0, Date.now() - Number(at)) };
}
