// What diagnose() finds out about the page and the browser.

import { isLoopback } from './config.js';
import { ok, problem, warning } from './finding.js';
import { hasSharedWorker } from './start.js';

/** @import { ClientConfig, Finding } from './types.d.ts' */
/** @import { Ask } from './examine.js' */

/** Made and removed at once. */
const TRIAL = 'pkcewasm.diagnose';

/** @returns {Finding[]} */
export function examineContext() {
  if (globalThis.isSecureContext === false) return [problem('context', 'The page was not delivered securely: sign-in needs https (or localhost, for development).')];
  if (!globalThis.crypto?.subtle) return [problem('context', 'crypto.subtle is missing, and ID tokens cannot be verified without it: use a current browser and https.')];
  return [ok('context', globalThis.location ? 'The page is a secure context.' : 'There is no page here; the engine runs in the caller\'s own realm.')];
}

/** @param {ClientConfig} config @param {object[]} degraded @returns {Finding[]} */
export function examineShared({ isolation }, degraded) {
  const event = /** @type {{ feature: string, reason?: string }[]} */ (degraded).find(({ feature }) => feature === 'shared');
  if (event || (isolation === 'shared' && !hasSharedWorker())) {
    return [warning('shared', `The tabs do not share a worker (${event?.reason ?? 'this browser has no SharedWorker'}): each has a session of its own. With storage: 'indexeddb' they share one all the same.`)];
  }
  return isolation === 'shared' ? [ok('shared', 'All tabs share one worker, one session and one refresh.')] : [];
}

/** @param {ClientConfig} config @returns {Promise<Finding[]>} */
export async function examineStorage({ storage = 'memory' }) {
  if (!globalThis.location) return [];
  try {
    const { sessionStorage } = globalThis;
    sessionStorage.setItem(TRIAL, '1');
    sessionStorage.removeItem(TRIAL);
  } catch {
    return [problem('storage', 'sessionStorage is not available, and a redirect may need it: allow cookies and site data for this site, and do not sign in inside a frame of another site.')];
  }
  if (storage === 'indexeddb' && !(await canStore())) return [warning('storage', 'IndexedDB cannot be written here (a private window, or site data is blocked): the session lives in memory and ends with the page.')];
  if (storage === 'memory') return [ok('storage', 'Storage works. The session is kept in memory, where no script of the page can read the refresh token.')];
  return [ok('storage', `Storage works. The session is kept in it (storage: '${storage}'), where any script of the origin can read the refresh token.`)];
}

/** @returns {Promise<boolean>} */
function canStore() {
  return new Promise((resolve) => {
    try {
      const request = globalThis.indexedDB.open(TRIAL);
      request.onerror = request.onblocked = () => resolve(false);
      request.onsuccess = () => {
        request.result.close();
        globalThis.indexedDB.deleteDatabase(TRIAL);
        resolve(true);
      };
    } catch {
      resolve(false);
    }
  });
}

/** @param {ClientConfig} config @returns {Finding[]} */
export function examineLocks({ storage }) {
  if (globalThis.navigator?.locks) return [ok('locks', 'Web Locks keep two tabs from refreshing at once.')];
  if (storage !== 'indexeddb') return [];
  return [warning('locks', 'This browser has no Web Locks: a lease in the database keeps two tabs from refreshing at once, which takes longer if a tab crashes. A current browser has them.')];
}

/** @param {ClientConfig} config @param {Ask} ask @returns {Promise<Finding[]>} */
export async function examineRedirect({ redirectUri, popupRedirectUri }, ask) {
  const { location } = globalThis;
  if (!location) return [];
  const found = await Promise.all(Object.entries({ redirectUri, popupRedirectUri }).map(async ([option, address]) => {
    if (address === undefined) return undefined;
    const { origin, hostname } = new URL(address);
    if (origin === location.origin) return examinePage(option, address, ask);
    const twins = isLoopback(hostname) && isLoopback(location.hostname) ? ' For a browser, localhost and 127.0.0.1 are different origins.' : '';
    return problem('redirect', `The page is on ${location.origin}, and ${option} on ${origin}: what was stored before the sign-in is not found after it. Open the page on ${origin}, or register and use a redirect URI on ${location.origin}.${twins}`);
  }));
  const bad = found.filter((item) => item !== undefined);
  return bad.length ? bad : [ok('redirect', `The redirect URI is on the page's origin, and a page answers there. The provider must have it registered exactly as ${redirectUri}`)];
}

/**
 * Asks for the page that the provider will send the user to, without an answer of the provider in the address.
 * @param {string} option
 * @param {string} address
 * @param {Ask} ask
 * @returns {Promise<Finding | undefined>}
 */
async function examinePage(option, address, ask) {
  let response;
  try {
    response = await ask(address, { method: 'GET', redirect: 'manual' });
  } catch {
    return undefined; // a policy that forbids it forbids no navigation
  }
  if (response.type === 'opaqueredirect') return warning('redirect', `The server redirects ${option} elsewhere: make sure that the query survives it, or use the address that it leads to.`);
  if (!response.ok) return problem('redirect', `The server answers ${response.status} at ${option}: let it serve the application, or a callback page, there.`);
  return undefined;
}

/** Listens for what the page's Content Security Policy forbids meanwhile. */
export function watchPolicy() {
  const { document } = globalThis;
  /** Origins, or words such as `eval`, by directive. @type {Map<string, Set<string>>} */
  const blocked = new Map();
  const listen = (/** @type {SecurityPolicyViolationEvent} */ { disposition, effectiveDirective, blockedURI }) => {
    if (disposition !== 'enforce') return;
    const what = URL.canParse?.(blockedURI) ? new URL(blockedURI).origin : blockedURI;
    blocked.set(effectiveDirective, (blocked.get(effectiveDirective) ?? new Set()).add(what));
  };
  document?.addEventListener('securitypolicyviolation', listen);
  return {
    /** @param {string} origin */
    violated: (origin) => Boolean(blocked.get('connect-src')?.has(origin)),
    /** Ends it. @returns {Finding[]} */
    examine() {
      document?.removeEventListener('securitypolicyviolation', listen);
      if (!document) return [];
      // What only the worker needs, the page's policy may well forbid: that is said where it matters.
      const found = [...blocked].filter(([directive]) => directive !== 'connect-src')
        .map(([directive, what]) => problem('csp', `The page's Content Security Policy forbids what is needed: let its ${directive} allow ${[...what].join(', ')}.`));
      return found.length ? found : [ok('csp', 'The page\'s Content Security Policy, if it has one, allows what the client needs.')];
    },
  };
}
