// Fetches, compiles and starts the module, in whatever realm this runs in.

import { AuthError, aborted, configError, crashed } from './errors.js';
import { integrity } from './integrity.js';
import { bare } from './own.js';

/** @import { LoadOptions, WasmSource } from './types.d.ts' */

/** Longest start, download included, in milliseconds. */
const DEADLINE = 30_000;
/** Pauses before the second and the third try of a download, in milliseconds. */
const RETRY_PAUSES = [300, 1000];

/**
 * A running module.
 * @typedef {object} Module
 * @property {any} raw the functions that it registered
 * @property {import('./scratch.js').Scratch} scratch
 * @property {<T>(promise: Promise<T>) => Promise<T>} guard makes a promise of the module reject when the module dies
 * @property {(listener: () => void) => void} onCrash
 */

/**
 * What runs a module: runtime.js. A page imports it when it is needed, as it does engine.js, a worker with everything else,
 * because not every bundler can split a worker.
 * @typedef {typeof import('./runtime.js')} Runtime
 */

/** Where the release build is. */
export const moduleAddress = () => new URL('./pkce.slim.wasm', import.meta.url);

/** Compiled modules by address. @type {Map<string, Promise<WebAssembly.Module>>} */
const compiled = new Map();

/**
 * Starts a new instance. Downloads and compilations are shared; what failed is forgotten.
 * @param {LoadOptions} options
 * @param {Runtime | Promise<Runtime>} runtime
 * @returns {Promise<Module>}
 */
export async function load(options, runtime) {
  const { wasm, signal } = /** @type {LoadOptions} */ (bare(options));
  const loader = Promise.resolve(runtime).catch((cause) => {
    throw loadError('the loader of the module could not be loaded', 'runtime', cause);
  });
  loader.catch(() => {}); // nobody may come to wait for it
  if (signal?.aborted) throw aborted();
  if (typeof WebAssembly !== 'object') throw new AuthError('unsupported', 'this platform has no WebAssembly', { description: 'wasm' });
  if (typeof globalThis.crypto?.getRandomValues !== 'function') {
    throw new AuthError('unsupported', 'this platform has no crypto.getRandomValues', { description: 'random' });
  }
  return withinDeadline(start(compile(wasm ?? unchanged(moduleAddress(), integrity.slim)), loader), signal);
}

/**
 * @param {Promise<WebAssembly.Module>} source
 * @param {Promise<Runtime>} loader
 * @returns {Promise<Module>}
 */
async function start(source, loader) {
  const [{ createHost, instantiate }, module] = await Promise.all([loader, source]);
  /** @type {Set<(error: Error) => void>} */
  const pending = new Set();
  /** @type {Set<() => void>} */
  const listeners = new Set();
  let dead = false;
  const host = createHost();
  const clearTimers = trackTimers(host);
  let scratch;
  try {
    scratch = await instantiate(module, {
      host,
      crashed,
      onCrash() {
        dead = true;
        clearTimers();
        for (const reject of pending) reject(crashed());
        pending.clear();
        for (const listener of listeners) listener();
      },
    });
  } catch (cause) {
    throw wasmError(cause, 'instantiate');
  }
  const raw = host.pkcewasm;
  if (dead || typeof raw !== 'object' || raw === null) throw loadError('the module did not start', 'start');
  return {
    raw, scratch,
    guard: (promise) => new Promise((resolve, reject) => {
      if (dead) {
        reject(crashed());
        return;
      }
      pending.add(reject);
      promise.then(resolve, reject).finally(() => pending.delete(reject));
    }),
    onCrash: (listener) => {
      if (dead) listener();
      else listeners.add(listener);
    },
  };
}

/**
 * Keeps account of the module's timers.
 * @param {Record<string, any>} host
 * @returns {() => void} clears them, when the module is dead
 */
function trackTimers(host) {
  const timers = new Set();
  const { setTimeout, clearTimeout } = host;
  host.setTimeout = (/** @type {() => void} */ run, /** @type {number} */ delay) => {
    const timer = setTimeout(() => {
      timers.delete(timer);
      run();
    }, delay);
    timers.add(timer);
    return timer;
  };
  host.clearTimeout = (/** @type {any} */ timer) => {
    timers.delete(timer);
    clearTimeout(timer);
  };
  return () => timers.forEach((timer) => clearTimeout(timer));
}

/**
 * The address of a module with the digest that it must have: a fragment, so that it goes wherever the address goes.
 * @param {URL} url
 * @param {string} digest as fetch takes it, or empty
 */
export function unchanged(url, digest) {
  url.hash = digest;
  return url;
}

/**
 * @param {WasmSource} source
 * @returns {Promise<WebAssembly.Module>}
 */
async function compile(source) {
  if (typeof source !== 'string' && !(source instanceof URL)) return compileGiven(source);
  let href, hash;
  try {
    ({ href, hash } = new URL(source, globalThis.location?.href));
  } catch {
    throw configError('wasm', 'must be an absolute URL where there is no page');
  }
  let module = compiled.get(href);
  if (!module) {
    module = compileFrom(href, hash.startsWith('#sha384-') ? hash.slice(1) : '');
    compiled.set(href, module);
    module.catch(() => compiled.delete(href));
  }
  return module;
}

/**
 * @param {Response | BufferSource | WebAssembly.Module} source
 * @returns {Promise<WebAssembly.Module>}
 */
async function compileGiven(source) {
  if (source instanceof WebAssembly.Module) return source;
  try {
    return await (typeof Response === 'function' && source instanceof Response ? compileResponse(source) : WebAssembly.compile(/** @type {BufferSource} */ (source)));
  } catch (cause) {
    throw wasmError(cause, 'compile');
  }
}

/**
 * @param {string} href
 * @param {string} digest
 * @returns {Promise<WebAssembly.Module>}
 */
async function compileFrom(href, digest) {
  if (href.startsWith('file:')) return compileGiven(await readFile(href, digest));
  const signal = AbortSignal.timeout(DEADLINE);
  for (let attempt = 0; ; attempt++) {
    try {
      // A download that broke may sit broken in the cache.
      const cache = /** @type {RequestCache} */ (attempt ? 'reload' : 'default');
      return await compileResponse(await fetch(href, bare({ credentials: 'same-origin', cache, signal, integrity: digest })));
    } catch (cause) {
      const error = digest && attempt === 0 && await answersPage(href, signal) ? pageError() : wasmError(cause, 'fetch');
      if (!error.retryable || signal.aborted || attempt === RETRY_PAUSES.length) throw error;
      await new Promise((resolve) => setTimeout(resolve, RETRY_PAUSES[attempt]));
    }
  }
}

/**
 * @param {Response} response
 * @returns {Promise<WebAssembly.Module>}
 */
async function compileResponse(response) {
  if (!response.ok) {
    throw new AuthError('wasm_load', `the module's address answered with status ${response.status}`, { status: response.status, description: 'status', retryable: response.status >= 500 });
  }
  const type = typeOf(response);
  if (type === 'text/html') throw pageError();
  return typeof WebAssembly.compileStreaming === 'function' && type === 'application/wasm'
    ? WebAssembly.compileStreaming(response)
    : WebAssembly.compile(await response.arrayBuffer());
}

/** @param {Response} response */
function typeOf({ headers }) {
  return headers.get('content-type')?.split(';')[0].trim();
}

/**
 * Whether what has another digest than the module is a page, which fetch does not say.
 * @param {string} href
 * @param {AbortSignal} signal
 */
async function answersPage(href, signal) {
  try {
    return typeOf(await fetch(href, bare({ method: 'HEAD', credentials: 'same-origin', signal }))) === 'text/html';
  } catch {
    return false;
  }
}

function pageError() {
  return new AuthError('wasm_load', "the module's address answered with an HTML page, as servers do for what they do not find: serve pkce.slim.wasm there, or say in wasmUrl where it is", { description: 'html' });
}

/**
 * @param {string} href
 * @param {string} digest
 * @returns {Promise<Uint8Array<ArrayBuffer>>}
 */
async function readFile(href, digest) {
  const name = 'node:fs/promises'; // a variable, so that bundlers for browsers do not look for it
  try {
    const fs = await import(/* webpackIgnore: true */ /* @vite-ignore */ name);
    const bytes = await fs.readFile(new URL(href));
    if (!digest || digest === `sha384-${base64(await crypto.subtle.digest('SHA-384', bytes))}`) return bytes;
  } catch (cause) {
    throw loadError('the file of the module could not be read', 'file', cause);
  }
  throw loadError('the file of the module is not the one that the package was built with', 'integrity');
}

/** @param {ArrayBuffer} bytes */
function base64(bytes) {
  return btoa(String.fromCharCode(...new Uint8Array(bytes)));
}

/**
 * Tells a forbidden WebAssembly from a broken file: the smallest module works nowhere where a policy forbids all.
 * @param {unknown} cause
 * @param {string} description
 * @returns {AuthError}
 */
function wasmError(cause, description) {
  if (cause instanceof AuthError) return cause;
  try {
    new WebAssembly.Instance(new WebAssembly.Module(new Uint8Array([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0])));
  } catch {
    return new AuthError('unsupported', "WebAssembly is forbidden here: add 'wasm-unsafe-eval' to script-src of the Content-Security-Policy, or use a worker", { description: 'wasm' });
  }
  return loadError('the module could not be fetched or compiled; are pkce.slim.wasm, or wasmUrl, and the package\'s other files served, as they were published?', description, cause);
}

/**
 * @param {string} message
 * @param {string} description
 * @param {unknown} [cause]
 * @returns {AuthError}
 */
function loadError(message, description, cause) {
  return cause instanceof AuthError ? cause : new AuthError('wasm_load', message, { description, retryable: true });
}

/**
 * @template T
 * @param {Promise<T>} promise
 * @param {AbortSignal | undefined} signal
 * @returns {Promise<T>}
 */
function withinDeadline(promise, signal) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(loadError('the module did not start within 30 seconds', 'timeout')), DEADLINE);
    const abort = () => reject(aborted());
    signal?.addEventListener('abort', abort);
    promise.then(resolve, reject).finally(() => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', abort);
    });
  });
}
