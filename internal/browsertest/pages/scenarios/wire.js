// What real authorization servers do that no document says, and what the package makes of it. With the steps, without a session.
import { loadPkce } from '/pkcewasm/index.js';
import { assert, check, done, equal } from '../harness/harness.js';
import { parameter, provider, sleep } from '../harness/scenario.js';

const KEY = 'wire.request';
const HTTP = { allowLoopbackHttp: true };
const SCOPE = 'openid profile email offline_access';
const LIFETIME = 3;
const redirectUri = `${location.origin}/callback.html`;

/**
 * What each server does.
 * - granted: the scope of the first token answer, all of it if it is not here
 * - tokenType, cacheControl: of a token answer, as sent
 * - old: status of userinfo with an access token from before a refresh
 * - narrower: what a refresh for `openid` grants; wider: what one for another scope as well ends in
 * - expired: status of userinfo with an expired token, and its error; challenge: whether there is a WWW-Authenticate
 * - raced: whether a refresh token is good after two refreshes with one at the same time; Hydra does not always do the same
 * - extra: a parameter of the authorization response that nobody asked for
 * - proof: whether a request with a header DPoP is let through
 * @type {any}
 */
const HYDRA = {
  extra: 'scope', tokenType: 'bearer', cacheControl: true, old: 401, wider: 'ok', narrower: SCOPE, expired: 'oauth invalid_token 401', challenge: true, proof: 'answered',
};

/** @type {Record<string, any>} */
const SERVERS = {
  'oidc-provider': {
    granted: 'openid profile email', extra: '', tokenType: 'Bearer', cacheControl: true, old: 200, wider: 'oauth invalid_scope 400', narrower: 'openid',
    expired: 'oauth invalid_token 401', challenge: true, raced: false, proof: 'answered',
  },
  'go-oidc': {
    extra: '', tokenType: 'Bearer', cacheControl: true, old: 200, wider: 'oauth invalid_scope 400', narrower: 'openid',
    expired: 'oauth invalid_token 401', challenge: false, raced: true, proof: 'answered',
  },
  hydra: HYDRA,
  'hydra-grace': { ...HYDRA, raced: true },
  zitadel: {
    extra: '', tokenType: 'Bearer', cacheControl: false, old: 403, wider: 'oauth invalid_scope 400', narrower: 'openid',
    expired: 'http 403', challenge: false, raced: true, proof: 'refused',
  },
};

export async function start() {
  const { issuer, clientId } = await provider();
  const pkce = await loadPkce();
  const server = await pkce.discover(issuer, HTTP);
  const request = { state: pkce.generateState(), nonce: pkce.generateNonce(), codeVerifier: pkce.generateCodeVerifier() };
  sessionStorage.setItem(KEY, JSON.stringify(request));
  const { state, nonce, codeVerifier } = request;
  location.assign(pkce.buildAuthorizationUrl(server, { clientId, redirectUri, scope: SCOPE, state, nonce, codeChallenge: pkce.generateCodeChallenge(codeVerifier) }, HTTP));
}

export async function callback() {
  const { issuer, clientId } = await provider();
  const expected = SERVERS[parameter('provider') ?? ''];
  const back = new URL(location.href);
  const pkce = await loadPkce();
  const server = await pkce.discover(issuer, HTTP);
  const { state, nonce, codeVerifier } = JSON.parse(sessionStorage.getItem(KEY) ?? '');
  const { code } = pkce.parseCallback(back, { state, server }, HTTP);
  let tokens = await pkce.exchangeCode(server, { clientId, code, codeVerifier, redirectUri, nonce }, HTTP);
  const refresh = async (/** @type {any} */ more = {}) => { tokens = await pkce.refreshTokens(server, { clientId, refreshToken: String(tokens.refreshToken), ...more }, HTTP); };
  const userInfo = (/** @type {string} */ accessToken) => fetch(server.userinfo_endpoint, { headers: { Authorization: `Bearer ${accessToken}` } });
  /** @param {Promise<any>} call */
  const outcome = (call) => call.then(() => 'ok', ({ code: is, oauthError, status }) => [is, oauthError, status].filter(Boolean).join(' '));

  await check('a parameter nobody asked for', () => {
    const known = ['code', 'state', 'iss'];
    equal([...back.searchParams.keys()].filter((name) => !known.includes(name)).join(), expected.extra, 'parameters');
  });
  await check('the granted scope', () => equal(tokens.scope, expected.granted ?? SCOPE, 'scope'));
  await check('a token answer as sent', async () => {
    const body = new URLSearchParams({ grant_type: 'refresh_token', client_id: clientId, refresh_token: String(tokens.refreshToken) });
    const answer = await fetch(server.token_endpoint, { method: 'POST', body });
    const { token_type, expires_in, refresh_token } = await answer.json();
    tokens = { ...tokens, refreshToken: refresh_token };
    equal(token_type, expected.tokenType, 'token_type');
    assert(expires_in === LIFETIME || expires_in === LIFETIME - 1, `expires_in is ${expires_in}`); // Hydra and zitadel round down
    equal(answer.headers.get('cache-control') !== null, expected.cacheControl, 'whether there is a Cache-Control');
    await refresh();
    equal(tokens.tokenType, 'Bearer', 'tokenType');
    const left = Number(tokens.expiresAt) - Date.now();
    assert(left <= 1000 * expires_in, `${left} ms to live`);
  });
  await check('an access token after a refresh', async () => {
    for (let i = 0; i < 5; i++) {
      const { accessToken } = tokens, asked = Date.now();
      await refresh();
      const { status } = await userInfo(accessToken);
      if (Date.now() - asked > 1000) continue; // it may have expired
      equal(status, expected.old, 'status');
      return;
    }
    throw new Error('too slow to see it');
  });
  await check('a refresh for another scope', async () => {
    equal(await outcome(refresh({ scope: `${SCOPE} other` })), expected.wider, 'a wider one');
    await refresh({ scope: 'openid' });
    equal(tokens.scope, expected.narrower, 'a narrower one');
    await refresh();
  });
  await check('an expired access token', async () => {
    await sleep(Number(tokens.expiresAt) - Date.now() + 1500);
    const { accessToken } = tokens;
    equal((await userInfo(accessToken)).headers.has('www-authenticate'), expected.challenge, 'whether there is a challenge to be seen');
    equal(await outcome(pkce.fetchUserInfo(server, { accessToken }, HTTP)), expected.expired, 'fetchUserInfo()');
  });
  await check('two refreshes with one token', async () => {
    const { refreshToken } = tokens;
    const both = await Promise.allSettled([0, 1].map(() => pkce.refreshTokens(server, { clientId, refreshToken: String(refreshToken) }, HTTP)));
    const said = both.map((one) => (one.status === 'fulfilled' ? 'ok' : `${one.reason.code} ${one.reason.oauthError}`));
    let alive = 0;
    for (const one of both) {
      if (one.status === 'fulfilled' && await outcome(pkce.refreshTokens(server, { clientId, refreshToken: String(one.value.refreshToken) }, HTTP)) === 'ok') alive++;
    }
    if ('raced' in expected) equal(alive > 0, expected.raced, `whether the session lives on after ${said.join(', ')}`);
    return said.join(', ');
  });
  await check('a request with a DPoP header', async () => {
    equal(await fetch(server.userinfo_endpoint, { headers: { DPoP: 'x' } }).then(() => 'answered', () => 'refused'), expected.proof, 'which is');
  });
  await done();
}
