// SHA-256 in JavaScript: no promise, no WebAssembly.

import { sha256 } from '@noble/hashes/sha2.js';

const base64url = (bytes) => bytes.toBase64({ alphabet: 'base64url', omitPadding: true });
const encoder = new TextEncoder();

export const createPairs = () => () => {
  const verifier = base64url(crypto.getRandomValues(new Uint8Array(32)));
  return [verifier, base64url(sha256(encoder.encode(verifier)))];
};
