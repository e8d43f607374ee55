// An OpenID provider as a function from request to response: no server, no network, no secret. It checks what real ones
// check, and misbehaves on demand.

/** @import { FakeProvider, FakeProviderOptions, Fault, ProviderRequest } from './testing.d.ts' */

/**
 * Everything that a provider knows, as JSON: the service worker keeps it between its lives.
 * @typedef {object} State
 * @property {JsonWebKey} key private, ES256
 * @property {number} last number that was given to something
 * @property {boolean} remembered the user has a session here
 * @property {Record<string, any>} user claims
 * @property {Record<string, { request: Record<string, string>, grant?: string }>} codes
 * @property {Record<string, { scope: string, authTime: number, over: boolean }>} grants
 * @property {Record<string, { grant: string, spent: boolean }>} refreshTokens
 * @property {Record<string, { grant: string, expiresAt: number }>} accessTokens
 * @property {{ endpoint: string, fault: Fault, times: number }[]} faults
 */

const ALGORITHM = /** @type {const} */ ({ name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' });
/** Paths of the endpoints below the issuer. */
const ENDPOINTS = /** @type {Record<string, string>} */ ({
  '/.well-known/openid-configuration': 'discovery', '/jwks': 'jwks', '/authorize': 'authorization', '/token': 'token', '/userinfo': 'userinfo', '/revoke': 'revocation', '/logout': 'end_session',
});
const CORS = { 'access-control-allow-origin': '*', 'access-control-expose-headers': 'Retry-After, WWW-Authenticate, Date' };
const USER = { sub: 'alice', name: 'Alice Liddell', email: 'alice@example.com' };
const KID = 'testing';

/** Requests of all providers so far, and those under way: a fake clock waits for them. */
export const traffic = { begun: 0, underWay: 0 };

/** @param {Record<string, unknown>} [user] @returns {Promise<State>} */
export async function createState(user = USER) {
  const { privateKey } = await crypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  const key = await crypto.subtle.exportKey('jwk', privateKey);
  return { key, last: 0, remembered: false, user, codes: {}, grants: {}, refreshTokens: {}, accessTokens: {}, faults: [] };
}

/**
 * @param {FakeProviderOptions} options
 * @param {State} state
 * @returns {Omit<FakeProvider, 'install' | 'signIn'>}
 */
export function openProvider({ issuer = 'https://provider.test', clientId = 'app', accessTokenSeconds = 300 }, state) {
  /** @type {ProviderRequest[]} */
  const requests = [];
  const seconds = () => Math.floor(Date.now() / 1000);
  const number = (/** @type {string} */ kind) => `${kind}-${++state.last}`;

  /** @param {Record<string, string>} request */
  const allows = (request) => request.response_type === 'code' && request.client_id === clientId && Boolean(request.redirect_uri) && request.code_challenge_method === 'S256' && /^[\w-]{43}$/.test(request.code_challenge ?? '');

  /** @param {string | URL} url @param {{ deny?: boolean }} [decision] @returns {Promise<string>} */
  const authorize = async (url, { deny = false } = {}) => {
    const request = Object.fromEntries(new URL(url).searchParams);
    if (!allows(request)) throw new Error('the authorization request is not one of this client, or without PKCE (S256)');
    requests.push({ endpoint: 'authorization', status: 302 });
    const fault = takeFault('authorization');
    const error = typeof fault === 'object' && 'error' in fault ? fault.error : deny ? 'access_denied' : request.prompt === 'none' && !state.remembered ? 'login_required' : undefined;
    const response = { state: request.state ?? '', iss: issuer };
    if (error) return answered(request, { ...response, error });
    state.remembered = true;
    const code = number('code');
    state.codes[code] = { request };
    return answered(request, { ...response, code });
  };

  /** @param {Record<string, string>} request @param {Record<string, string>} response */
  const answered = (request, response) => {
    const to = new URL(request.redirect_uri);
    if (request.response_mode === 'fragment') to.hash = new URLSearchParams(response).toString();
    else for (const [name, value] of Object.entries(response)) to.searchParams.set(name, value);
    return to.href;
  };

  /** @param {URLSearchParams} form */
  const token = async (form) => {
    if (form.get('client_id') !== clientId) return json({ error: 'invalid_client' }, 401);
    if (form.get('grant_type') === 'authorization_code') {
      const code = state.codes[form.get('code') ?? ''];
      if (code?.grant) end(code.grant); // presented twice: what came of it ends (RFC 6749 section 4.1.2)
      if (!code || code.grant || form.get('redirect_uri') !== code.request.redirect_uri || await hash(form.get('code_verifier') ?? '') !== code.request.code_challenge) return refused();
      code.grant = number('grant');
      state.grants[code.grant] = { scope: code.request.scope ?? '', authTime: seconds(), over: false };
      return issue(code.grant, code.request.nonce);
    }
    if (form.get('grant_type') !== 'refresh_token') return json({ error: 'unsupported_grant_type' }, 400);
    const presented = state.refreshTokens[form.get('refresh_token') ?? ''];
    if (!presented || state.grants[presented.grant].over) return refused();
    if (presented.spent) { // somebody else has it, too: nobody may go on with it (RFC 9700 section 4.14.2)
      end(presented.grant);
      return refused();
    }
    presented.spent = true;
    return issue(presented.grant);
  };

  const refused = () => json({ error: 'invalid_grant' }, 400);
  const end = (/** @type {string} */ grant) => { state.grants[grant].over = true; };

  /** @param {string} grant @param {string} [nonce] */
  const issue = async (grant, nonce) => {
    const { scope, authTime } = state.grants[grant];
    const accessToken = number('access');
    state.accessTokens[accessToken] = { grant, expiresAt: Date.now() + accessTokenSeconds * 1000 };
    const answer = /** @type {Record<string, unknown>} */ ({ access_token: accessToken, token_type: 'Bearer', expires_in: accessTokenSeconds, scope });
    const scopes = scope.split(' ');
    if (scopes.includes('offline_access')) {
      const refreshToken = number('refresh');
      state.refreshTokens[refreshToken] = { grant, spent: false };
      answer.refresh_token = refreshToken;
    }
    if (scopes.includes('openid')) {
      const now = seconds();
      const atHash = (await digest(accessToken)).slice(0, 16);
      answer.id_token = await sign({ iss: issuer, aud: clientId, iat: now, exp: now + 3600, auth_time: authTime, at_hash: base64url(atHash), ...(nonce && { nonce }), ...state.user });
    }
    return json(answer);
  };

  /** @param {object} claims */
  const sign = async (claims) => {
    const input = [{ alg: 'ES256', typ: 'JWT', kid: KID }, claims].map((part) => base64url(new TextEncoder().encode(JSON.stringify(part)))).join('.');
    const key = await crypto.subtle.importKey('jwk', state.key, ALGORITHM, false, ['sign']);
    return `${input}.${base64url(new Uint8Array(await crypto.subtle.sign(ALGORITHM, key, new TextEncoder().encode(input))))}`;
  };

  const accepts = (/** @type {string} */ accessToken) => {
    const known = state.accessTokens[accessToken];
    return known !== undefined && known.expiresAt > Date.now() && !state.grants[known.grant].over;
  };

  /** @param {string} endpoint @param {Headers} headers @param {URLSearchParams} form */
  const answer = (endpoint, headers, form) => {
    if (endpoint === 'discovery') return json(metadata(issuer));
    if (endpoint === 'jwks') {
      const { kty, crv, x, y } = state.key;
      return json({ keys: [{ kty, crv, x, y, alg: 'ES256', use: 'sig', kid: KID }] });
    }
    if (endpoint === 'token') return token(form);
    if (endpoint === 'userinfo') {
      if (accepts(headers.get('authorization')?.replace(/^Bearer /, '') ?? '')) return json(state.user);
      return json({}, 401, { 'www-authenticate': 'Bearer error="invalid_token"' });
    }
    if (endpoint === 'revocation') {
      const given = form.get('token') ?? '';
      const known = state.refreshTokens[given] ?? state.accessTokens[given];
      if (known) end(known.grant);
      return json({});
    }
    return json({ error: 'not_found' }, 404);
  };

  /** @param {string} endpoint @returns {Fault | undefined} */
  const takeFault = (endpoint) => {
    const next = state.faults.find((item) => item.endpoint === endpoint);
    if (next && --next.times < 1) state.faults = state.faults.filter((item) => item !== next);
    return next?.fault;
  };

  /** @type {typeof globalThis.fetch} */
  const fetch = async (input, init = {}) => {
    const url = new URL(input instanceof Request ? input.url : input);
    const endpoint = ENDPOINTS[url.href.slice(issuer.length).replace(/[?#].*$/, '')] ?? 'unknown';
    const form = new URLSearchParams(input instanceof Request ? await input.clone().text() : String(init.body ?? ''));
    const headers = new Headers(init.headers ?? (input instanceof Request ? input.headers : undefined));
    const fault = takeFault(endpoint);
    traffic.begun++;
    traffic.underWay++;
    try {
      const response = typeof fault === 'object' ? broken(fault) : fault === 'network' ? undefined : await answer(endpoint, headers, form);
      const grantType = form.get('grant_type');
      requests.push({ endpoint, status: response?.status ?? 0, ...(grantType && { grantType }) });
      if (init.signal?.aborted || fault === 'network' || fault === 'lost') throw new TypeError('Failed to fetch');
      return /** @type {Response} */ (response);
    } finally {
      traffic.underWay--;
    }
  };

  return {
    issuer, clientId, requests, fetch, authorize, accepts,
    get user() { return state.user; },
    set user(user) { state.user = user; },
    fail(endpoint, fault, times = 1) {
      if (times >= 1) state.faults.push({ endpoint, fault, times });
    },
    recover(endpoint) {
      state.faults = state.faults.filter((item) => endpoint !== undefined && item.endpoint !== endpoint);
    },
    endSession() {
      state.remembered = false;
      for (const grant of Object.keys(state.grants)) end(grant);
    },
  };
}

/** @param {Exclude<Fault, string>} fault */
function broken(fault) {
  if ('error' in fault) return json({ error: fault.error }, 400);
  return json({}, fault.status, fault.retryAfterSeconds === undefined ? {} : { 'retry-after': String(fault.retryAfterSeconds) });
}

/** @param {string} issuer */
function metadata(issuer) {
  return {
    issuer, authorization_endpoint: `${issuer}/authorize`, token_endpoint: `${issuer}/token`, jwks_uri: `${issuer}/jwks`, userinfo_endpoint: `${issuer}/userinfo`,
    revocation_endpoint: `${issuer}/revoke`, end_session_endpoint: `${issuer}/logout`, code_challenge_methods_supported: ['S256'], response_types_supported: ['code'],
    subject_types_supported: ['public'], id_token_signing_alg_values_supported: ['ES256'], authorization_response_iss_parameter_supported: true,
  };
}

/** @param {unknown} data */
function json(data, status = 200, more = {}) {
  return new Response(JSON.stringify(data), { status, headers: { 'content-type': 'application/json', 'cache-control': 'no-store', date: new Date().toUTCString(), ...CORS, ...more } });
}

/** @param {string} text */
async function digest(text) {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text)));
}

/** @param {string} verifier */
async function hash(verifier) {
  return base64url(await digest(verifier));
}

/** @param {Uint8Array} bytes */
function base64url(bytes) {
  return btoa(String.fromCharCode(...bytes)).replace(/\+/g, '-').replace(/\//g, '_').replace(/=/g, '');
}
