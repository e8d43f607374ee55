// An access token for a service, without a user: fetched when it is needed, kept until shortly before it expires, shared
// by everybody who asks.

import { publishAccess } from './access.js';
import { refuseInPage } from './assertion.js';
import { boolean, fun, milliseconds, object, origins, seconds, signal, validate } from './config.js';
import { AuthError, aborted, configError } from './errors.js';
import { createAccess } from './fetch.js';
import { own } from './own.js';
import { loadPkce } from './pkce.js';
import { isValid } from './token.js';

/** @import { TokenSource, TokenSourceConfig } from './server.d.ts' */
/** @import { Pkce } from './types.d.ts' */
/** @import { CachedToken } from './token.js' */

/** Longest pause after failures, in milliseconds. The first is a second, and each is twice the one before. */
const LONGEST_PAUSE = 60_000;

const OPTIONS = {
  __proto__: /** @type {any} */ (null),
  server: object,
  grant: (/** @type {any} */ value, /** @type {string} */ option) => { if (typeof value !== 'function') object(value, option, { http: false }); },
  leewaySeconds: seconds,
  defaultLifetimeSeconds: seconds,
  fetchOrigins: origins,
  timeoutMs: milliseconds,
  allowLoopbackHttp: boolean,
  pkce: (/** @type {any} */ value, /** @type {string} */ option) => { fun(own(value, 'requestTokens'), `${option}.requestTokens`, { http: false }); },
};

const CALL = { __proto__: /** @type {any} */ (null), signal, forceRefresh: boolean };

/** The module of all sources that were given none. @type {Promise<Pkce> | undefined} */
let shared;

/**
 * @param {TokenSourceConfig} config
 * @returns {TokenSource}
 */
export function createTokenSource(config) {
  refuseInPage('createTokenSource');
  const copy = validate(config, OPTIONS, '', { http: own(config, 'allowLoopbackHttp') === true });
  for (const name of ['server', 'grant']) {
    if (copy[name] === undefined) throw configError(name, 'is missing');
  }
  const { server, grant, leewaySeconds = 60, defaultLifetimeSeconds = 300, fetchOrigins, allowLoopbackHttp, timeoutMs, pkce } = copy;

  /** `renewal`: when it is to be renewed, by the wall clock. @type {Omit<CachedToken, 'promise'> & { renewal: number } | undefined} */
  let held;
  /** @type {Promise<string> | undefined} */
  let flight;
  /** What failed last, how often in a row, and until when nothing is sent. @type {{ cause: unknown, count: number, until: number } | undefined} */
  let failure;

  const request = async () => {
    const { grantType, ...parameters } = typeof grant === 'function' ? await grant() : grant;
    const module = await (pkce ?? start());
    try {
      return await module.requestTokens(server, grantType, parameters, { timeoutMs, allowLoopbackHttp });
    } catch (cause) {
      if (own(cause, 'code') === 'crashed') shared = undefined; // the next request starts another
      throw cause;
    }
  };

  const renew = async () => {
    try {
      const { accessToken, tokenType, expiresAt } = await request();
      if (tokenType !== 'Bearer') throw new AuthError('response', 'the server issued something else than an access token', { description: 'token_type' });
      const wall = Date.now(), left = expiresAt === undefined ? defaultLifetimeSeconds * 1000 : expiresAt - wall;
      const leeway = Math.min(leewaySeconds * 1000, left / 2);
      held = { value: accessToken, wall: wall + left, monotonic: performance.now() + left, renewal: wall + left - leeway };
      failure = undefined;
      return accessToken;
    } catch (cause) {
      const count = (failure?.count ?? 0) + 1, wished = Number(own(cause, 'retryAfterSeconds') ?? 0) * 1000;
      failure = { cause, count, until: performance.now() + Math.max(wished, Math.min(1000 * 2 ** (count - 1), LONGEST_PAUSE)) };
      throw cause;
    } finally {
      flight = undefined;
    }
  };

  /** @type {TokenSource['getAccessToken']} */
  const getAccessToken = async (options = {}) => {
    const { signal: ended, forceRefresh } = validate(options, CALL, '', { http: false });
    if (ended?.aborted) throw aborted();
    if (held && !forceRefresh && isValid(held, held.wall - held.renewal)) return held.value;
    try {
      if (!flight && failure && performance.now() < failure.until) throw failure.cause;
      flight ??= renew();
      return await within(flight, ended);
    } catch (cause) {
      if (held && !forceRefresh && !ended?.aborted && isValid(held, 0)) return held.value;
      throw cause;
    }
  };

  const access = createAccess({ fetchOrigins, allowLoopbackHttp, getToken: getAccessToken });
  const source = Object.freeze({
    getAccessToken, fetch: access.fetch,
    get expiresAt() { return held?.wall; },
    get renewsAt() { return held?.renewal; },
  });
  publishAccess(source, { ...access, direct: true });
  return source;
}

/**
 * Waits for what others wait for too.
 * @template T
 * @param {Promise<T>} promise
 * @param {AbortSignal | undefined} signal
 * @returns {Promise<T>}
 */
function within(promise, signal) {
  return new Promise((resolve, reject) => {
    const abort = () => reject(aborted());
    signal?.addEventListener('abort', abort);
    promise.then(resolve, reject).finally(() => signal?.removeEventListener('abort', abort));
  });
}

function start() {
  shared ??= loadPkce();
  shared.catch(() => { shared = undefined; });
  return shared;
}
