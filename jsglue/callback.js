// The page's side of a redirect: recognising the callback, cleaning the address bar, and the one-time records
// ("transactions") that wait in sessionStorage while the user is at the provider.

import { AuthError, storageError } from './errors.js';
import { own } from './own.js';

/** Keys of live transactions: prefix + state. */
const PREFIX = 'pkcewasm.transaction.';
/** Keys of marks: prefix + beginning of the state. */
const MARK = 'pkcewasm.sign-in.';
/** Key of the list of used states. */
const SPENT = 'pkcewasm.spent';
/** How long a transaction lives (RFC 6749 section 4.1.2: an authorization code at most 10 minutes). */
const LIFETIME = 10 * 60_000;
const MAX_LIVE = 10;
const MAX_SPENT = 20;
/** Any of them makes a URL one that must not stay in the address bar. */
const RESPONSE_PARAMETERS = ['code', 'state', 'error', 'response', 'access_token', 'id_token'];
/** That much of a used state is remembered: enough to know it again, too little to be worth anything. */
const SPENT_LENGTH = 8;

/** @typedef {'query' | 'fragment'} ResponseMode where an authorization response is, by default in the query */

/**
 * Whose transaction it is.
 * @typedef {{ issuer: string, clientId: string, redirectUri: string, responseMode?: ResponseMode }} Owner
 */

/**
 * Whether a URL looks like an authorization response (RFC 6749 sections 4.1.2 and 4.1.2.1) to this redirect URI.
 * @param {URL} url
 * @param {string} redirectUri
 * @param {ResponseMode} [responseMode]
 * @returns {boolean}
 */
export function isCallback(url, redirectUri, responseMode) {
  const response = responseIn(url, responseMode);
  return arrivesAt(url, redirectUri) && response.has('state') && (response.has('code') || response.has('error'));
}

/**
 * Whether a response came to the redirect URI of its request. Elsewhere it may be for another provider's client (RFC 9700
 * section 4.4.2.2).
 * @param {URL} url
 * @param {string} redirectUri
 * @returns {boolean}
 */
export function arrivesAt(url, redirectUri) {
  const target = new URL(redirectUri);
  return url.origin === target.origin && page(url) === page(target);
}

/** @param {URL} url @param {ResponseMode} [mode] */
function responseIn({ searchParams, hash }, mode) {
  return mode === 'fragment' ? new URLSearchParams(hash.slice(1)) : searchParams;
}

/** Static hosts serve a page by several names: /a, /a/, /a.html, /a/index.html. @param {URL} url */
function page({ pathname }) {
  return pathname.replace(/(\/index\.html|\.html|\/)$/, '');
}

/**
 * The URL to work on: the given one, or the page's.
 * @param {string | URL | undefined} url
 * @returns {URL}
 */
export function callbackUrl(url) {
  const base = globalThis.location?.href;
  try {
    if (url !== undefined) return new URL(url, base);
    if (base !== undefined) return new URL(base);
  } catch { /* the error below */ }
  throw new AuthError('callback', 'there is no callback URL: pass the URL that the provider redirected to', { description: 'missing' });
}

/**
 * Takes the provider's parameters out of the address bar and the history, if that is where they are.
 * @param {URL} url
 * @param {string} redirectUri
 */
export function cleanLocation(url, redirectUri) {
  const { location, history } = globalThis;
  if (!location || !history || location.href !== url.href || !carriesResponse(url)) return;
  const secrets = ['code', 'state'].flatMap((name) => [...url.searchParams.getAll(name), ...responseIn(url, 'fragment').getAll(name)]).filter((value) => value !== '');
  history.replaceState(holds(history.state, secrets) ? null : history.state, '', url.origin + url.pathname + new URL(redirectUri).search);
}

/** @param {URL} url */
function carriesResponse(url) {
  const fragment = responseIn(url, 'fragment');
  return RESPONSE_PARAMETERS.some((name) => url.searchParams.has(name) || fragment.has(name));
}

/**
 * Routers keep the address in history.state.
 * @param {unknown} state
 * @param {string[]} secrets
 * @returns {boolean}
 */
function holds(state, secrets) {
  try {
    const text = JSON.stringify(state) ?? '';
    return secrets.some((secret) => text.includes(secret) || text.includes(encodeURIComponent(secret)));
  } catch {
    return true;
  }
}

/**
 * Stores a transaction until its callback. At most 10 live, at most 10 minutes.
 * @param {string} state
 * @param {string} transaction opaque
 * @param {Owner} owner
 */
export function keepTransaction(state, transaction, { issuer, clientId }) {
  const storage = openStorage();
  try {
    sweep(storage);
    storage.setItem(PREFIX + state, JSON.stringify({ v: 1, at: Date.now(), issuer, clientId, transaction }));
  } catch {
    throw storageError();
  }
}

/**
 * A sign-in whose transaction is in the worker, so that it can be started again if the worker is gone. Nothing in it is secret.
 * @typedef {{ request: object, again: boolean }} Mark
 */

/**
 * Remembers a sign-in until its callback.
 * @param {string} state
 * @param {Mark} mark
 * @param {Owner} owner
 */
export function markSignIn(state, { request, again }, { issuer, clientId }) {
  try {
    const storage = openStorage();
    sweep(storage);
    storage.setItem(MARK + state.slice(0, SPENT_LENGTH), JSON.stringify({ v: 1, at: Date.now(), issuer, clientId, request, again }));
  } catch { /* then the user has to start it again */ }
}

/**
 * What was known of a sign-in.
 * @typedef {object} Taken
 * @property {string} [transaction]
 * @property {Mark} [mark]
 * @property {true} [consumed] it was taken before
 * @property {true} [foreign] it is another client's, or arrived elsewhere than at this one's redirect URI
 * @property {() => void} [putBack] as if it had not been taken
 */

/**
 * Takes out what is known of the sign-in that a callback belongs to; the next caller will not find it.
 * @param {URL} url
 * @param {Owner} owner
 * @returns {Taken}
 */
export function takeTransaction(url, owner) {
  const states = responseIn(url, owner.responseMode).getAll('state');
  if (states.length !== 1 || states[0] === '') return {};
  if (!arrivesAt(url, owner.redirectUri)) return { foreign: true };
  const [state] = states;
  let storage;
  try {
    storage = openStorage();
  } catch {
    return {}; // nothing can have been kept
  }
  const spent = readSpent(storage);
  const start = state.slice(0, SPENT_LENGTH);
  const key = [PREFIX + state, MARK + start].find((name) => storage.getItem(name) !== null);
  if (key === undefined) return spent.includes(start) ? { consumed: true } : {};
  const text = /** @type {string} */ (storage.getItem(key));
  const record = parse(text);
  if (own(record, 'issuer') !== owner.issuer || own(record, 'clientId') !== owner.clientId) return { foreign: true };
  storage.removeItem(key);
  try {
    storage.setItem(SPENT, JSON.stringify([...spent, start].slice(-MAX_SPENT)));
  } catch { /* only the reason of a later refusal is lost */ }
  const putBack = () => {
    try {
      storage.setItem(SPENT, JSON.stringify(readSpent(storage).filter((item) => item !== start)));
      storage.setItem(key, text);
    } catch { /* then it is used up */ }
  };
  if (key.startsWith(MARK)) return { mark: { request: /** @type {object} */ (own(record, 'request')), again: own(record, 'again') !== false }, putBack };
  const transaction = own(record, 'transaction');
  if (!isLive(record)) throw new AuthError('state', 'this sign-in took longer than 10 minutes; start it again', { description: 'expired' });
  return typeof transaction === 'string' ? { transaction, putBack } : {};
}

/**
 * Removes what is too old and, beyond the limit, what is oldest.
 * @param {Storage} storage
 */
function sweep(storage) {
  /** @type {{ key: string, at: number }[]} */
  const live = [];
  const keys = Array.from({ length: storage.length }, (_, i) => storage.key(i) ?? '');
  for (const key of keys.filter((name) => name.startsWith(PREFIX) || name.startsWith(MARK))) {
    const record = parse(storage.getItem(key));
    if (isLive(record) || key.startsWith(MARK)) live.push({ key, at: Number(own(record, 'at')) });
    else storage.removeItem(key);
  }
  live.sort((a, b) => a.at - b.at);
  for (const { key } of live.slice(0, Math.max(0, live.length - MAX_LIVE + 1))) storage.removeItem(key);
}

/** @param {unknown} record */
function isLive(record) {
  const at = own(record, 'at');
  return own(record, 'v') === 1 && typeof at === 'number' && Math.abs(Date.now() - at) <= LIFETIME;
}

/**
 * @param {Storage} storage
 * @returns {string[]}
 */
function readSpent(storage) {
  const list = parse(storage.getItem(SPENT));
  return Array.isArray(list) ? list.filter((item) => typeof item === 'string') : [];
}

/** @param {string | null} text */
function parse(text) {
  try {
    return JSON.parse(text ?? 'null');
  } catch {
    return null;
  }
}

/** @returns {boolean} */
export function hasStorage() {
  try {
    openStorage();
    return true;
  } catch {
    return false;
  }
}

/** @returns {Storage} */
function openStorage() {
  let storage;
  try {
    storage = globalThis.sessionStorage; // throws where the user blocks it
  } catch { /* the error below */ }
  if (!storage) throw storageError();
  return storage;
}
