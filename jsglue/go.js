// The loader of pkce.wasm, the build of the Go toolchain. The toolchain's wasm_exec.js defines globals, reads others while
// the module starts, and lets the module register its own. go.exec.js has it do so on the host object, which passes for
// globalThis: neither side sees what the other has (in a page, any element's id is a global, too).
// Imports nothing, see runtime.js.

/**
 * Instantiates and starts a module. After a crash every function of it returns the crash error.
 * @param {WebAssembly.Module} module
 * @param {object} options
 * @param {(globalThis: object) => void} options.defineGo of go.exec.js
 * @param {Record<string, any>} options.host from createHost
 * @param {() => Error} options.crashed makes the error that a crash is reported as
 * @param {() => void} options.onCrash called once, when the module trapped or ended
 * @returns {Promise<import('./scratch.js').Scratch>}
 */
export async function instantiate(module, { defineGo, host, crashed, onCrash }) {
  const console = { error() {} }; // told of calls of released functions
  defineGo(Object.assign(host, { TextEncoder, TextDecoder, console }));
  const go = new host.Go();
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
  go.run(instance).then(die, die); // a module that ends is as dead as one that traps
  const { exports } = /** @type {{ exports: any }} */ (instance);

  /** Exported functions enter the module past `_resume`. @param {string} name */
  const enter = (name) => (/** @type {number[]} */ ...args) => {
    if (dead) return 0;
    try {
      return exports[name](...args);
    } catch {
      die();
      return 0;
    }
  };
  return {
    memory: exports.mem, crypto: host.crypto,
    address: enter('pkcewasm_scratch'), random: enter('pkcewasm_random'), challenge: enter('pkcewasm_challenge'),
  };
}
