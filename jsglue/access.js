// What the HTTP clients of axios.js need of a client, and applications do not.

import { configError } from './errors.js';

/** @import { Access } from './fetch.js' */
/** @import { Client } from './types.d.ts' */

/** @typedef {Access & { exposed: boolean }} ClientAccess exposed: the token may be in the page */

/** @type {WeakMap<object, ClientAccess>} */
const accesses = new WeakMap();

/** @param {Client} client @param {ClientAccess} access */
export function publishAccess(client, access) {
  accesses.set(client, access);
}

/** @param {Client} client @returns {ClientAccess} */
export function accessOf(client) {
  const access = accesses.get(client);
  if (!access) throw configError('client', 'must be what createClient returned, of the same copy of this package');
  return access;
}
