// A faster way to verifiers and challenges in the Go build: through a few bytes of linear memory, in the place of a
// wrapped function. What is not an everyday call takes the slow way, which knows all the errors.

const { fromCharCode } = String;

/**
 * @param {any} raw the module's functions
 * @param {any} exports of the instance
 * @returns {any} the same functions, three of them faster
 */
export function withScratch(raw, exports) {
  const { mem, pkcewasm_scratch: address, pkcewasm_random: random, pkcewasm_challenge: challenge } = exports;
  const { crypto } = globalThis;
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
