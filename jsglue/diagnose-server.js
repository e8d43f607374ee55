// What diagnose() finds out about the provider from the page: its metadata, its clock, and why an answer does not arrive.

import { ok, problem, warning } from './finding.js';

/** @import { ClientConfig, Finding } from './types.d.ts' */
/** @import { Ask } from './examine.js' */

/** Clocks that differ by less are as good as equal, those that differ by more break ID tokens (s). */
const TOLERABLE = 30, BREAKING = 300;

/**
 * What the page could read.
 * @typedef {object} Metadata
 * @property {string} address where it is published
 * @property {Record<string, any> | undefined} server with what the configuration says in its place; undefined if it could not be read
 * @property {number | undefined} skew how far this device is ahead of the provider, in seconds, if the provider lets it be known
 */

/**
 * Reads the metadata once more, for a look at it: the engine has a strict reader of its own, and its own opinion.
 * @param {ClientConfig} config
 * @param {Ask} ask
 * @returns {Promise<Metadata>}
 */
export async function readMetadata({ issuer, server }, ask) {
  const { origin, pathname } = new URL(issuer), path = pathname.replace(/\/$/, '');
  const address = `${origin}${path}/.well-known/openid-configuration`;
  for (const url of [address, `${origin}/.well-known/oauth-authorization-server${path}`]) {
    try {
      const { response, skew } = await timed(url, ask, { credentials: 'omit' });
      if (response.ok) return { address, server: { ...await response.json(), ...server }, skew };
    } catch { /* the engine tells why */ }
  }
  return { address, server: server?.token_endpoint ? { ...server } : undefined, skew: undefined };
}

/**
 * @param {string} url
 * @param {Ask} ask
 * @param {RequestInit} init
 */
async function timed(url, ask, init) {
  const before = Date.now();
  const response = await ask(url, { redirect: 'manual', ...init });
  const after = Date.now(), date = Date.parse(response.headers.get('date') ?? '');
  const age = Number(response.headers.get('age') ?? 0) * 1000;
  // Date has whole seconds, cut off.
  return { response, skew: Number.isNaN(date + age) ? undefined : Math.round(((before + after) / 2 - date - age - 500) / 1000) };
}

/** @param {ClientConfig} config @param {Metadata} metadata @returns {Finding[]} */
export function examineProvider({ scope = 'openid', par = 'auto', dpop, postLogoutRedirectUri }, { server }) {
  if (!server) return [];
  const scopes = scope.split(' '), lacks = (/** @type {string} */ list, /** @type {string} */ value) => Array.isArray(server[list]) && !server[list].includes(value);
  /** @type {Finding[]} */
  const found = [];
  if (lacks('code_challenge_methods_supported', 'S256')) found.push(problem('provider', 'The provider does not support S256, and this package does nothing weaker: enable PKCE with S256 there.'));
  if (lacks('response_types_supported', 'code')) found.push(problem('provider', 'The provider does not support the authorization code flow (response_types_supported): enable it there.'));
  if (par === 'required' && !server.pushed_authorization_request_endpoint) found.push(problem('provider', "par is 'required', and the provider has no endpoint for pushed authorization requests: leave par out."));
  if (dpop === 'required' && !server.dpop_signing_alg_values_supported?.includes('ES256')) found.push(problem('provider', "dpop is 'required', and the provider does not say that it takes proofs with ES256 (dpop_signing_alg_values_supported): enable DPoP there, or use 'preferred'."));
  if (scopes.includes('offline_access') && lacks('grant_types_supported', 'refresh_token')) found.push(warning('provider', 'offline_access is asked for, and the provider does not list the grant refresh_token: the session may end with its first access token. Allow refresh tokens for this client.'));
  const unknown = scopes.filter((item) => lacks('scopes_supported', item));
  if (unknown.length) found.push(warning('provider', `The provider does not list the scope ${unknown.join(' ')} (scopes_supported): check its spelling, and whether the client may ask for it.`));
  if (postLogoutRedirectUri && !server.end_session_endpoint) found.push(warning('provider', 'The provider publishes no end_session_endpoint: signOut() ends the session here, and the one at the provider goes on.'));
  return [...found, ok('provider', describe(server))];
}

/** @param {Record<string, any>} server */
function describe(server) {
  const abilities = Object.entries({
    'S256': server.code_challenge_methods_supported?.includes('S256'),
    'iss in its responses (RFC 9207)': server.authorization_response_iss_parameter_supported === true,
    'pushed authorization requests': server.pushed_authorization_request_endpoint,
    'DPoP': server.dpop_signing_alg_values_supported?.includes('ES256'),
    'a sign-out page': server.end_session_endpoint,
    'revocation': server.revocation_endpoint,
  });
  const list = (/** @type {boolean} */ has) => abilities.filter(([, value]) => Boolean(value) === has).map(([name]) => name).join(', ') || 'nothing';
  return `The provider says that it supports: ${list(true)}. It does not mention: ${list(false)}.`;
}

/** @param {Metadata} metadata @param {Ask} ask @returns {Promise<Finding[]>} */
export async function examineClock({ skew }, ask) {
  let whose = 'the provider';
  const { location } = globalThis;
  if (skew === undefined && location) {
    // Without the query, which may hold a code. Date is not exposed to other origins unless the provider says so; the page's own server has a clock, too.
    whose = 'the server of this page';
    skew = await timed(location.origin + location.pathname, ask, { method: 'HEAD' }).then((answer) => answer.skew, () => undefined);
  }
  if (skew === undefined) return [ok('clock', 'No server tells this page what time it is, so the clock could not be compared. The error id_token would say by how much it is wrong.')];
  const by = Math.abs(skew), how = `${by} seconds ${skew > 0 ? 'ahead of' : 'behind'} ${whose}`;
  if (by < TOLERABLE) return [ok('clock', `The clock of this device agrees with ${whose}.`)];
  return [(by < BREAKING ? warning : problem)('clock', `The clock of this device is ${how}: set it automatically, or ID tokens will be refused as not yet valid or as expired.`)];
}

/**
 * Why an engine that got no answer from an address did not get one, and what to do.
 * @param {string} address asked for without a body: that means nothing to any endpoint
 * @param {ClientConfig} config
 * @param {object} options
 * @param {Ask} options.ask
 * @param {(origin: string) => boolean} options.violated the page's policy forbids it
 * @returns {Promise<string>}
 */
export async function explainSilence(address, { isolation }, { ask, violated }) {
  const { origin } = new URL(address), { location } = globalThis;
  if (globalThis.navigator?.onLine === false) return 'The browser is offline.';
  const answers = (/** @type {RequestInit} */ init) => ask(address, { method: 'GET', credentials: 'omit', ...init }).then(() => true, () => false);
  const readable = await answers({});
  const forbidden = violated(origin);
  if (isolation !== 'none' && readable) return `The page can read ${origin}, and the worker cannot: the Content Security Policy that worker.js is delivered with must allow it (connect-src ${origin}).`;
  if (forbidden && isolation === 'none') return `The page's Content Security Policy must allow it: connect-src ${origin}.`;
  if (location && (readable || await answers({ mode: 'no-cors' }))) {
    return `${origin} answers, and does not let pages of ${location.origin} read it (CORS). Add ${location.origin} to the allowed origins of the client at the provider (Auth0: Allowed Origins, Keycloak: Web origins, Okta: Trusted Origins, Entra: a redirect URI of the type single-page application).`;
  }
  return `${origin} does not answer: check the address, the network, its certificate, and whether an extension or a proxy blocks it.${forbidden ? ` If worker.js is delivered with the policy of this page, that must allow it, too (connect-src ${origin}).` : ''}`;
}
