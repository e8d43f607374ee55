// The stateless functions: the raw module's, with JSON text going in and errors coming out as exceptions.

import { validateCall } from './config.js';
import { aborted, configError, notify, toAuthError } from './errors.js';
import { load } from './load.js';
import { bare, own } from './own.js';
import { createSchedules } from './schedule.js';
import { withScratch } from './scratch.js';

/** @import { LoadOptions, Pkce, RequestOptions } from './types.d.ts' */
/** @import { Module } from './load.js' */

/**
 * Starts an instance of the module in the caller's realm.
 * @param {LoadOptions} [options]
 * @returns {Promise<Pkce>}
 */
export async function loadPkce(options) {
  return wrap(await load(validateCall('loadPkce', options), import('./runtime.js')));
}

/**
 * @param {Module} module
 * @returns {Pkce}
 */
export function wrap(module) {
  const { guard } = module, raw = withScratch(module.raw, module.scratch);
  const open = createSchedules(module);
  /**
   * A call that answers at once. The module cannot throw: it returns the error.
   * @param {string} name
   * @param {(...args: any[]) => unknown[]} prepare
   */
  const sync = (name, prepare) => (/** @type {any[]} */ ...args) => {
    const result = raw[name](...prepare(...args));
    if (typeof result === 'string') return result;
    if (result === undefined || result instanceof Error) throw toAuthError(result);
    return result;
  };
  /**
   * A call that sends a request.
   * @param {string} name
   * @param {(...args: any[]) => unknown[]} prepare
   */
  const async = (name, prepare) => async (/** @type {any[]} */ ...args) => {
    const promise = raw[name](...prepare(...args));
    if (!(promise instanceof Promise)) throw toAuthError(promise);
    try {
      return await guard(promise);
    } catch (cause) {
      throw toAuthError(cause);
    }
  };
  const none = () => [];

  /** @type {any} */
  const pkce = {
    version: raw.version,
    generateCodeVerifier: sync('generateCodeVerifier', none),
    generateCodeChallenge: sync('generateCodeChallenge', (verifier) => [verifier]),
    generateState: sync('generateState', none),
    generateNonce: sync('generateNonce', none),
    discover: async('discover', (issuer, options) => [issuer, requestOptions(options)]),
    buildAuthorizationUrl: sync('buildAuthorizationUrl', (server, parameters, options) => [text('server', server), text('parameters', parameters), requestOptions(options)]),
    parseCallback: sync('parseCallback', (url, expected, options) => [url instanceof URL ? url.href : url, text('expected', expected), requestOptions(options)]),
    exchangeCode: async('exchangeCode', (server, exchange, options) => [text('server', server), publicText('exchange', exchange), requestOptions(options)]),
    refreshTokens: async('refreshTokens', (server, grant, options) => [text('server', server), publicText('grant', grant), requestOptions(options)]),
    scheduleRefresh: sync('scheduleRefresh', (server, schedule, options) => [text('server', server), withErrors(schedule), requestOptions(options)]),
    validateIdToken: async('validateIdToken', (server, expected, options) => [text('server', server), text('expected', expected), requestOptions(options)]),
    requestTokens: async('requestTokens', (server, grantType, parameters, options) => [text('server', server), grantType, publicText('parameters', parameters), requestOptions(options)]),
    fetchUserInfo: async('fetchUserInfo', (server, request, options) => [text('server', server), text('request', request), requestOptions(options)]),
    buildSignOutUrl: sync('buildSignOutUrl', (server, parameters = {}, options = undefined) => [text('server', server), text('parameters', parameters), requestOptions(options)]),
    revokeToken: async('revokeToken', (server, revocation, options) => [text('server', server), text('revocation', revocation), requestOptions(options)]),
  };
  // Pages cannot use it, so they do not load it either.
  pkce.signJwtAssertion = async (/** @type {any} */ assertion) => (await import('./assertion.js')).signJwtAssertion(assertion);
  const { scheduleRefresh } = pkce;
  pkce.scheduleRefresh = (/** @type {any} */ server, /** @type {any} */ schedule, /** @type {any} */ options) => {
    if (requestOptions(options)?.signal?.aborted) throw aborted();
    return open(scheduleRefresh(server, schedule, options), schedule.onError, options?.signal);
  };
  return Object.freeze(pkce);
}

/**
 * @param {string} name
 * @param {unknown} object
 * @returns {string}
 */
function text(name, object) {
  if (typeof object !== 'object' || object === null || Array.isArray(object)) throw configError(name, 'must be an object');
  try {
    return JSON.stringify(object);
  } catch {
    throw configError(name, 'must be plain data');
  }
}

/**
 * The same for the functions that know client secrets: a page must not have one (RFC 6749 section 2.1).
 * @param {string} name
 * @param {unknown} object
 * @returns {string}
 */
function publicText(name, object) {
  if (own(object, 'clientSecret') !== undefined && typeof document !== 'undefined') {
    throw configError('clientSecret', 'is refused in a page, which cannot keep a secret; use a public client');
  }
  return text(name, object);
}

/** @param {RequestOptions | undefined} options */
function requestOptions(options) {
  return options === undefined ? undefined : validateCall('request', options);
}

/**
 * @param {any} schedule
 * @returns {object}
 */
function withErrors(schedule) {
  text('schedule', schedule);
  const { onTokens, onError } = schedule;
  if (typeof onTokens !== 'function') throw configError('onTokens', 'must be a function');
  if (onError !== undefined && typeof onError !== 'function') throw configError('onError', 'must be a function');
  // Nothing may be thrown into the module.
  return bare({
    ...schedule,
    onTokens: (/** @type {unknown} */ tokens) => notify(onTokens, tokens),
    onError: onError && ((/** @type {unknown} */ cause) => notify(onError, toAuthError(cause))),
  });
}
