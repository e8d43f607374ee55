// A scenario is a module with start() and callback(): the page it begins on, and the page the provider comes back to.
// Its parameters are those of the first address and live in sessionStorage meanwhile.
import { config } from './harness.js';

const KEY = 'harness.scenario';

/** Begins the scenario that the address names. */
export function begin() {
  sessionStorage.clear();
  sessionStorage.setItem(KEY, location.search);
  return resume();
}

/** Loads the scenario that was begun. */
export function resume() {
  return import(`../scenarios/${parameter('scenario')}.js`);
}

/** A parameter of the address that the scenario began with. @param {string} name */
export function parameter(name) {
  return new URLSearchParams(sessionStorage.getItem(KEY) ?? '').get(name);
}

/** The provider that the scenario runs against, as the test described it, and who signs in there. */
export async function provider() {
  const described = (await config())[parameter('provider') ?? ''];
  return { ...described, user: 'alice', scope: 'openid offline_access', control: `${described.issuer}/control` };
}

/** What every client of the provider has. */
export async function clientConfig(changes = {}) {
  const { issuer, clientId, scope, api } = await provider();
  return {
    issuer, clientId, scope,
    redirectUri: `${location.origin}/callback.html`,
    postLogoutRedirectUri: `${location.origin}/`,
    isolation: 'dedicated', allowLoopbackHttp: true, fetchOrigins: [new URL(api).origin],
    ...changes,
  };
}

/** @param {number} ms */
export const sleep = (ms) => new Promise((resolve) => { setTimeout(resolve, ms); });

/**
 * Resolves when the client has emitted an event so many times.
 * @param {any} client @param {string} event @param {number} count @param {number} seconds
 */
export function times(client, event, count, seconds) {
  let seen = 0;
  return new Promise((resolve, reject) => {
    const off = client.on(event, () => {
      if (++seen === count) { off(); resolve(seen); }
    });
    setTimeout(() => reject(new Error(`${seen} times ${event} in ${seconds} s`)), seconds * 1000);
  });
}
