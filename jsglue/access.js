// What the HTTP clients of axios.js need of a client or of a token source, and applications do not.

import { configError } from './errors.js';

/** @import { Access } from './fetch.js' */

/** @typedef {Access & { direct: boolean }} ClientAccess direct: the HTTP client may send the token itself, which is all that a request needs */

/** @type {WeakMap<object, ClientAccess>} */
const accesses = new WeakMap();

/** @param {object} client @param {ClientAccess} access */
export function publishAccess(client, access) {
  accesses.set(client, access);
}

/** @param {object} client @returns {ClientAccess} */
export function accessOf(client) {
  const access = accesses.get(client);
  if (!access) throw configError('client', 'must be what createClient or createTokenSource returned, of the same copy of this package');
  return access;
}
