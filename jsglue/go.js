// Runs a module that the Go toolchain built, with the toolchain's own wasm_exec.js, and leaves no trace on the global object.
// Another build brings another file with the same two exports.

import { replace, restore, takeDefined } from './go.globals.js';
import { withScratch } from './go.scratch.js';
import './wasm_exec.js';

const defined = takeDefined();
const Go = defined.get('Go');

/**
 * The object that the module's functions are found on once it runs.
 * @returns {{ pkcewasm?: any }}
 */
export function createHost() {
  return Object.create(null);
}

/**
 * Instantiates and starts a module. After a crash every function of it returns the crash error.
 * @param {WebAssembly.Module} module
 * @param {object} options
 * @param {{ pkcewasm?: any }} options.host from createHost
 * @param {() => Error} options.crashed makes the error that a crash is reported as
 * @param {() => void} options.onCrash called once, when the module trapped or ended
 * @returns {Promise<void>}
 */
export async function instantiate(module, { host, crashed, onCrash }) {
  const go = new Go();
  let dead = false;
  const die = () => {
    if (dead) return;
    dead = true;
    go.exited = true;
    for (const timer of go._scheduledTimeouts.values()) clearTimeout(timer);
    onCrash();
  };

  go.exit = () => {};
  go.importObject.gojs['runtime.wasmWrite'] = () => {}; // the text of a panic may hold a token
  const resume = go._resume;
  go._resume = () => {
    if (dead) return;
    try {
      resume.call(go);
    } catch {
      die();
    }
  };
  const wrap = go._makeFuncWrapper;
  go._makeFuncWrapper = (/** @type {number} */ id) => {
    const call = wrap.call(go, id);
    return function (/** @type {unknown[]} */ ...args) {
      if (dead) return crashed();
      // @ts-expect-error: `this` is whatever the caller passes on to Go
      const result = call.apply(this, args);
      return dead ? crashed() : result;
    };
  };

  const instance = await WebAssembly.instantiate(module, go.importObject);
  host.pkcewasm = withScratch(startWithGlobals(go, instance, die), guarded(instance.exports));

  /** Exported functions enter the module past `_resume`. @param {any} exports */
  function guarded(exports) {
    const enter = (/** @type {string} */ name) => (/** @type {number[]} */ ...args) => {
      if (dead) return 0;
      try {
        return exports[name](...args);
      } catch {
        die();
        return 0;
      }
    };
    return {
      mem: exports.mem,
      pkcewasm_scratch: enter('pkcewasm_scratch'),
      pkcewasm_random: enter('pkcewasm_random'),
      pkcewasm_challenge: enter('pkcewasm_challenge'),
    };
  }
}

/**
 * Go reads its globals while it starts and registers its own, all before `run` first waits: so nobody sees them.
 * @param {any} go
 * @param {WebAssembly.Instance} instance
 * @param {() => void} die
 * @returns {unknown}
 */
function startWithGlobals(go, instance, die) {
  const saved = replace(new Map([...defined, ['pkcewasm', undefined]]));
  try {
    go.run(instance).then(die, die); // a module that ends is as dead as one that traps
    return /** @type {any} */ (globalThis).pkcewasm;
  } finally {
    restore(saved);
  }
}
