// fetch with the access token: to allowed origins only, never along a redirect, with one refresh and one retry when the
// resource server says that the token is not valid (RFC 6750 section 3.1).

import { isLoopback } from './config.js';
import { AuthError, configError } from './errors.js';
import { bare } from './own.js';

/** Status codes of redirects, for runtimes that show them. */
const REDIRECTS = new Set([301, 302, 303, 307, 308]);
/** 1*NQCHAR (RFC 9449 section 8.1). Two headers, which are joined by a comma and a space, are none. */
const NONCE = /^[\x21\x23-\x5b\x5d-\x7e]{1,2048}$/;
/** A parameter of a challenge: a name and a token or a quoted string; or a word that is none (RFC 9110 section 11.2). */
const PARAMETER = /([^\s,="]+)(?:[\t ]*=[\t ]*(?:"((?:[^"\\]|\\.)*)"|([^\s,="]+)))?/g;
/** A server that refuses good tokens may not make us refresh more often than this, in milliseconds. */
const RENEW_PAUSE = 10_000;

/**
 * A request that is to be proven; `nonce`: the server's latest.
 * @typedef {{ method: string, url: string, nonce?: string }} Target
 */

/**
 * What a request carries: the access token and, if that is bound to a key, a proof of possession (RFC 9449).
 * @typedef {{ token: string, proof?: string }} Credentials
 */

/**
 * What an HTTP client needs to send the access token.
 * @typedef {object} Access
 * @property {typeof fetch} fetch
 * @property {(address: string) => boolean} allows whether the token may be sent there
 * @property {(options: { signal?: AbortSignal }) => Promise<string>} getToken
 * @property {(bad: string) => Promise<string | undefined>} renew the token after one that was refused; undefined if there is none to be had. Shared by all requests that it was refused to
 */

/**
 * @param {object} options
 * @param {string[]} [options.fetchOrigins]
 * @param {boolean} [options.allowLoopbackHttp]
 * @param {(options: { signal?: AbortSignal, forceRefresh?: boolean }) => Promise<string>} options.getToken
 * @param {(target: Target) => Promise<Credentials>} [options.prove] for tokens that may be bound to a key
 * @returns {Access}
 */
export function createAccess(options) {
  // Own members only: a polluted prototype must not decide where a token goes.
  const { fetchOrigins = [], allowLoopbackHttp = false, getToken, prove } = bare(options);
  const origins = new Set(fetchOrigins);
  const { location } = globalThis;
  if (location) origins.add(location.origin);
  /** @type {{ bad: string, good: Promise<string | undefined>, at: number } | undefined} */
  let renewal;
  /** The latest nonces, by origin: the authorization server's are its own (RFC 9449 section 9). @type {Map<string, string>} */
  const nonces = new Map();

  /** @param {string} bad */
  const renew = async (bad) => {
    if (renewal?.bad === bad) return renewal.good;
    const current = await getToken({});
    if (current !== bad) return current;
    if (renewal?.bad === bad) return renewal.good;
    if (renewal && performance.now() - renewal.at < RENEW_PAUSE) return undefined;
    renewal = { bad, good: getToken({ forceRefresh: true }), at: performance.now() };
    return renewal.good;
  };

  /**
   * Sends a request with the current token.
   * @param {Request} request
   * @param {AbortSignal | null} [signal]
   */
  const attempt = async (request, signal) => {
    const { method, url } = request;
    const { origin } = new URL(url);
    const nonce = nonces.get(origin);
    const { token, proof } = await credentialsFor(request, () => (prove ? prove({ method, url, nonce }) : getToken({ signal: request.signal }).then((text) => ({ token: text }))));
    const response = await send(request, { token, proof }, signal);
    const latest = proof ? response.headers.get('dpop-nonce') ?? '' : '';
    const news = latest !== nonce && NONCE.test(latest);
    if (news) nonces.set(origin, latest);
    return { token, response, again: news && wantsNonce(response) };
  };

  /** @type {typeof fetch} */
  const authorizedFetch = async (input, init) => {
    // Members that the caller did not give must not come from a prototype that somebody extended.
    const given = bare(init ?? {});
    const target = input instanceof Request ? input : String(input); // a URL may be changed while the request is under way
    const repeat = repeater(target, given);
    const request = new Request(target, given);
    const problem = problemOf(request.url, origins, allowLoopbackHttp);
    if (problem) throw problem;
    const signal = signalOf(target, given);
    let attempted = await attempt(request, signal);
    if (attempted.again && repeat) {
      attempted.response.body?.cancel().catch(() => {});
      attempted = await attempt(repeat(), signal);
    }
    const { token, response } = attempted;
    if (!repeat || !isTokenRefused(response)) return response;
    let fresh;
    try {
      fresh = await renew(token);
    } catch { /* the answer that we have says it all */ }
    if (fresh === undefined || fresh === token) return response;
    response.body?.cancel().catch(() => {});
    return (await attempt(repeat(), signal)).response;
  };

  return {
    fetch: authorizedFetch, getToken, renew,
    allows: (address) => problemOf(address, origins, allowLoopbackHttp) === undefined,
  };
}

/**
 * What makes the same request again; undefined if its body can be read only once.
 * @param {RequestInfo} input
 * @param {RequestInit | undefined} init
 * @returns {(() => Request) | undefined}
 */
function repeater(input, init) {
  const body = init?.body;
  if (body instanceof ReadableStream) return undefined;
  const isRequest = input instanceof Request;
  const hasBody = isRequest && input.method !== 'GET' && input.method !== 'HEAD';
  if (!hasBody || (body !== undefined && body !== null)) return () => new Request(input, init);
  const copy = input.clone();
  return () => new Request(copy.clone(), init);
}

/**
 * Why the token may not be sent to an address; undefined if it may.
 * @param {string} address
 * @param {Set<string>} origins
 * @param {boolean} http plain http is allowed on loopback
 */
function problemOf(address, origins, http) {
  const { protocol, hostname, origin } = new URL(address);
  const secure = protocol === 'https:' || (protocol === 'http:' && http && isLoopback(hostname));
  if (!secure) return configError('fetch', `sends the access token over https only (http on loopback with allowLoopbackHttp), not to ${origin === 'null' ? protocol : origin}`);
  return origins.has(origin) ? undefined : configError('fetchOrigins', `does not list ${origin}; the access token was not sent`);
}

/**
 * @param {Request} request
 * @param {() => Promise<Credentials>} ask
 */
async function credentialsFor({ signal }, ask) {
  try {
    return await ask();
  } catch (cause) {
    throw signal.aborted ? signal.reason : cause; // as window.fetch does
  }
}

/**
 * The caller's own signal. Node forgets to follow it once it has collected the requests that were made of the first one.
 * @param {RequestInfo} input
 * @param {RequestInit} init
 */
function signalOf(input, { signal }) {
  return signal !== undefined || !(input instanceof Request) ? signal : input.signal;
}

/**
 * @param {Request} request
 * @param {Credentials} credentials
 * @param {AbortSignal | null} [signal]
 */
async function send(request, { token, proof }, signal) {
  const headers = new Headers(request.headers);
  headers.set('Authorization', `${proof ? 'DPoP' : 'Bearer'} ${token}`);
  if (proof) headers.set('DPoP', proof);
  const follow = request.redirect === 'follow';
  // A request that is made of another with changes forgets its referrer unless it is told.
  const { referrer, referrerPolicy } = request;
  const init = bare({ headers, redirect: follow ? 'manual' : request.redirect, referrer, referrerPolicy });
  const response = await fetch(new Request(request, init), bare({ signal }));
  if (follow && (response.type === 'opaqueredirect' || REDIRECTS.has(response.status))) {
    response.body?.cancel().catch(() => {});
    throw new AuthError('redirect', `${new URL(request.url).origin} answered with a redirect, which is not followed because it would carry the access token along`);
  }
  return response;
}

/**
 * Whether the proof was refused for its nonce alone (RFC 9449 section 9). CORS may hide the header that says so.
 * @param {Response} response
 */
function wantsNonce({ status, headers }) {
  const challenge = headers.get('www-authenticate');
  return status === 401 && (challenge === null || errorsIn(challenge).includes('use_dpop_nonce'));
}

/**
 * @param {any} answer to the engine's command `proof`
 * @returns {Credentials}
 */
export function credentialsOf({ token, proof }) {
  return { token: String(token.accessToken), proof };
}

/** @param {Response} response */
function isTokenRefused({ status, headers }) {
  return refusesToken(status, headers.get('www-authenticate'));
}

/**
 * RFC 6750 section 3.1. A header that CORS hides, or that names no error, leaves the status to judge by.
 * @param {number} status
 * @param {string | null} challenge the header WWW-Authenticate
 */
export function refusesToken(status, challenge) {
  const errors = errorsIn(challenge ?? '');
  return status === 401 && (errors.length === 0 || errors.includes('invalid_token'));
}

/**
 * What the challenges in WWW-Authenticate name as their error; challenge.go reads them in the same way.
 * @param {string} challenge
 */
export function errorsIn(challenge) {
  return [...challenge.matchAll(PARAMETER)].flatMap(([, name, quoted, token]) =>
    (name.toLowerCase() === 'error' ? quoted ?? token ?? [] : []));
}
