// The page's copy of the current access token, with the moments at which either clock says that it has expired.

import { own } from './own.js';

/** @import { Answer } from './rpc.js' */

/**
 * @typedef {object} CachedToken
 * @property {string} value
 * @property {Promise<string>} promise the same, for callers who await it
 * @property {number} wall
 * @property {number} monotonic
 */

/**
 * @param {Answer} answer
 * @returns {CachedToken | undefined} if the answer has a token
 */
export function tokenOf({ value, age }) {
  const token = own(value, 'token');
  if (!token) return undefined;
  const text = String(own(token, 'accessToken'));
  const left = Number(own(token, 'validForMs')) - age;
  return { value: text, promise: Promise.resolve(text), wall: Date.now() + left, monotonic: performance.now() + left };
}

/**
 * Whether a token is valid by both clocks for so many more milliseconds.
 * @param {Pick<CachedToken, 'wall' | 'monotonic'> | undefined} token
 * @param {number} left
 */
export function isValid(token, left) {
  return token !== undefined && Date.now() + left < token.wall && performance.now() + left < token.monotonic;
}
