// The access token for HTTP clients that an application has already: axios, and what calls fetch.

import { accessOf } from './access.js';
import { configError } from './errors.js';
import { refusesToken } from './fetch.js';

/** @import { AxiosLike } from './axios.d.ts' */
/** @import { TokenSource } from './server.d.ts' */
/** @import { Client } from './types.d.ts' */

/** Member of a request's configuration: 'first' or 'again', with the token attached; 'repeat' on the way from one to the other. */
const ATTEMPT = 'pkcewasmAttempt';

/**
 * Adds the access token to the requests of an axios instance, to allowed origins only, and answers a 401 `invalid_token` by
 * one refresh that all requests share and one retry. The token is taken out again before the application sees the
 * configuration, in answers and errors.
 * @param {AxiosLike} axios
 * @param {Client | TokenSource} client
 * @returns {() => void} ends it
 */
export function attachTo(axios, client) {
  const access = accessOf(client);

  const onRequest = async (/** @type {any} */ config) => {
    if (!access.allows(absolute(axios.getUri(config)))) return config;
    if (!access.direct) return throughClient(config, client);
    config.headers.set('Authorization', `Bearer ${await access.getToken({ signal: config.signal })}`);
    const { beforeRedirect } = config;
    // In Node, most versions would take it to a subdomain. Browsers keep it to one origin.
    config.beforeRedirect = (/** @type {any} */ next, /** @type {unknown[]} */ ...rest) => {
      if (!access.allows(next.href)) delete next.headers.Authorization;
      beforeRedirect?.(next, ...rest);
    };
    config[ATTEMPT] = config[ATTEMPT] === 'repeat' ? 'again' : 'first';
    return config;
  };

  const onResponse = (/** @type {any} */ response) => {
    takeToken(response.config);
    return response;
  };

  const onError = async (/** @type {any} */ error) => {
    const { config, response } = error ?? {};
    const bad = takeToken(config);
    if (bad === undefined || config[ATTEMPT] !== 'first' || !canRepeat(config.data)) throw error;
    if (!response || !refusesToken(response.status, response.headers['www-authenticate'] ?? null)) throw error;
    const fresh = await access.renew(bad).catch(() => undefined);
    if (fresh === undefined || fresh === bad) throw error;
    config[ATTEMPT] = 'repeat';
    return axios.request(config);
  };

  const request = axios.interceptors.request.use(onRequest);
  const response = axios.interceptors.response.use(onResponse, onError);
  return () => {
    axios.interceptors.request.eject(request);
    axios.interceptors.response.eject(response);
  };
}

/**
 * A fetch that sends the access token to allowed origins, and to all others what window.fetch would send.
 * @param {Client | TokenSource} client
 * @returns {typeof fetch}
 */
export function createFetch(client) {
  const { allows } = accessOf(client);
  return (input, init) => (allows(absolute(input instanceof Request ? input.url : String(input))) ? client.fetch : globalThis.fetch)(input, init);
}

/**
 * A request that client.fetch sends: the token may not be in the page, or needs a proof with every attempt.
 * @param {any} config
 * @param {Client | TokenSource} client
 */
function throughClient(config, client) {
  let sent = false;
  const send = (/** @type {RequestInfo} */ input, /** @type {RequestInit} */ init) => {
    sent = true;
    return client.fetch(input, init);
  };
  return {
    ...config, adapter: 'fetch', env: { ...config.env, fetch: send },
    validateStatus(/** @type {number} */ status) {
      if (!sent) throw configError('axios', 'must be version 1.12 or later with exposeAccessToken: false or dpop');
      return config.validateStatus ? config.validateStatus(status) : true;
    },
  };
}

/**
 * Takes out the token that a request was sent with.
 * @param {any} config
 * @returns {string | undefined}
 */
function takeToken(config) {
  if (!config?.[ATTEMPT]) return undefined;
  const value = config.headers?.get('Authorization');
  config.headers?.delete('Authorization');
  return typeof value === 'string' ? value.slice('Bearer '.length) : undefined;
}

/** A body that is read while it is sent cannot be sent twice. @param {any} body */
function canRepeat(body) {
  return !(body && typeof body === 'object' && (typeof body.getReader === 'function' || typeof body.pipe === 'function'));
}

/** @param {string} address */
function absolute(address) {
  try {
    return new URL(address, globalThis.location?.href).href;
  } catch {
    throw configError('url', 'must be absolute where there is no page');
  }
}
