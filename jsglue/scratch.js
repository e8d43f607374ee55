// A faster way to verifiers and challenges: through a few bytes of linear memory, in the place of a wrapped function. What
// is not an everyday call takes the slow way, which knows all the errors.

/**
 * What the loaders offer of an instance. Its functions return 0 for what the slow way is to answer, a dead module included.
 * @typedef {object} Scratch
 * @property {WebAssembly.Memory} memory
 * @property {Crypto} crypto as it was when the module started
 * @property {() => number} address of the 128 bytes
 * @property {() => number} random makes a verifier of the first 32, returns its length
 * @property {(length: number) => number} challenge makes the challenge of that many characters, returns its length
 */

/**
 * @param {any} raw the module's functions
 * @param {Scratch} scratch
 * @returns {any} the same functions, four of them faster
 */
export function withScratch(raw, { memory, crypto, address, random, challenge }) {
  const { fromCharCode } = String;
  let bytes = new Uint8Array(0);
  const open = () => {
    if (bytes.byteLength === 0) bytes = new Uint8Array(memory.buffer, address(), 128); // anew when memory has grown
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
    try {
      crypto.getRandomValues(open().subarray(0, 32));
    } catch {
      return slow();
    }
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
