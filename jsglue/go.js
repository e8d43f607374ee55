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
 * @returns {Promise<void>}
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
  host.pkcewasm = withScratch(host.pkcewasm, guarded(instance.exports), host.crypto);

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
 * A faster way to verifiers and challenges: through a few bytes of linear memory, in the place of a wrapped function. What
 * is not an everyday call takes the slow way, which knows all the errors.
 * @param {any} raw the module's functions
 * @param {any} exports of the instance
 * @param {Crypto} crypto
 * @returns {any} the same functions, four of them faster
 */
function withScratch(raw, { mem, pkcewasm_scratch: address, pkcewasm_random: random, pkcewasm_challenge: challenge }, crypto) {
  const { fromCharCode } = String;
  let bytes = new Uint8Array(0);
  const open = () => {
    if (bytes.byteLength === 0) bytes = new Uint8Array(mem.buffer, address(), 128); // anew when memory has grown
    return bytes;
  };
  /** @param {number} length */
  const text = (length) => {
    const from = open();
    const result = fromCharCode.apply(null, /** @type {any} */ (from.subarray(0, length)));
    from.fill(0); // a verifier is not left lying about
    return result;
  };

  /** @param {() => string} slow */
  const generate = (slow) => () => {
    crypto.getRandomValues(open().subarray(0, 32));
    return text(random()) || slow();
  };
  return {
    ...raw,
    generateCodeVerifier: generate(raw.generateCodeVerifier),
    generateState: generate(raw.generateState),
    generateNonce: generate(raw.generateNonce),
    generateCodeChallenge: (/** @type {unknown} */ verifier) => {
      if (typeof verifier !== 'string' || verifier.length > 128) return raw.generateCodeChallenge(verifier);
      const to = open();
      for (let i = 0; i < verifier.length; i++) {
        const code = verifier.charCodeAt(i);
        if (code > 127) return raw.generateCodeChallenge(verifier);
        to[i] = code;
      }
      return text(challenge(verifier.length)) || raw.generateCodeChallenge(verifier);
    },
  };
}
