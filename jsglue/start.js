// Starts workers: by address, by the expression that bundlers look for, and past Trusted Types.

import { AuthError } from './errors.js';
import { bare } from './own.js';

// Captured now: a script that comes later cannot put its own in its place.
const { Worker: GenuineWorker, SharedWorker: GenuineSharedWorker } = globalThis;

/**
 * A worker and the port to it.
 * @typedef {object} Channel
 * @property {Worker | MessagePort} port
 * @property {Worker | SharedWorker} worker where a failure to start is heard of
 * @property {boolean} shared other pages have the same worker
 * @property {boolean} outlives it goes on for a while when the page is gone
 * @property {() => void} end
 */

/** @returns {boolean} */
export function hasWorker() {
  return typeof GenuineWorker === 'function';
}

/** @returns {boolean} */
export function hasSharedWorker() {
  return typeof GenuineSharedWorker === 'function';
}

/**
 * @param {string | URL | undefined} url
 * @returns {Channel}
 */
export function startDedicated(url) {
  const worker = start(url, GenuineWorker,
    // Bundlers look for exactly this expression.
    () => new Worker(new URL('./worker.js', import.meta.url), { type: 'module' }),
    bare({ type: 'module' }));
  return { port: worker, worker, shared: false, outlives: false, end: () => worker.terminate() };
}

/**
 * @param {string | URL | undefined} url
 * @param {string} name pages with the same name and address have the same worker
 * @returns {Channel}
 */
export function startShared(url, name) {
  let outlives = false;
  const options = Object.create(null, {
    type: { value: 'module' },
    name: { value: name },
    // Read by browsers that know it.
    extendedLifetime: { get() { return outlives = true; } },
  });
  const worker = start(url, GenuineSharedWorker,
    // This one, too.
    // @ts-expect-error: the option is young
    () => new SharedWorker(new URL('./worker.js', import.meta.url), { type: 'module', name, get extendedLifetime() { return outlives = true; } }),
    options);
  const { port } = worker;
  return {
    port, worker, shared: true, outlives,
    end() {
      port.postMessage({ kind: 'leave' });
      port.close();
    },
  };
}

/**
 * @template T
 * @param {string | URL | undefined} url
 * @param {new (url: string | URL, options: any) => T} Constructor
 * @param {() => T} bundled
 * @param {object} options
 * @returns {T}
 */
function start(url, Constructor, bundled, options) {
  try {
    const href = workerAddress(url);
    if (href === undefined) return bundled();
    allowed.add(href);
    return new Constructor(policy()?.createScriptURL(href) ?? href, options);
  } catch {
    throw workerError();
  }
}

/**
 * Where the worker is; undefined if only the bundler knows.
 * @param {string | URL | undefined} url
 * @returns {string | undefined}
 */
export function workerAddress(url) {
  const self = import.meta.url;
  if (url !== undefined) return new URL(url, globalThis.location?.href).href;
  // Files that are served as they are know the address themselves.
  const served = self.startsWith(globalThis.location?.protocol) && new URL(self).pathname.endsWith('/start.js');
  return served ? new URL('./worker.js', self).href : undefined;
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

export function workerError() {
  return new AuthError('unsupported', 'the worker could not be started: worker.js must be served as JavaScript from the page\'s origin, and the Content-Security-Policy must allow it (worker-src, and trusted-types pkcewasm where Trusted Types are required)', { description: 'worker' });
}
