// A service at a real authorization server, with the grants that a page is refused. interop_test.go runs it:
//
//   node service.js MODULE ISSUER KEY-FILE SERVER FEATURE...
//
// Prints a JSON object with the outcome of every feature, "ok" or what went wrong, and as `stranger` the error for a refresh of another
// origin. What the service is called is as in
// internal/provider.
import { readFile } from 'node:fs/promises';
import { createTokenSource } from '../../server.js';
import { loadPkce } from '../../index.js';

const [module, issuer, keyFile, name, ...features] = process.argv.slice(2);
const HTTP = { allowLoopbackHttp: true };
const ASSERTER = 'test-asserter', JWT_BEARER = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
const HS256 = { algorithm: /** @type {const} */ ('HS256'), key: 'an HS256 secret of the tests, 32 bytes and more' };

const pkce = await loadPkce({ wasm: await readFile(module) });
const server = await pkce.discover(issuer, HTTP);

/** How the servers differ in the assertions they take. `replayed` is what a second use of one ends in. @type {Record<string, any>} */
const ASSERTIONS = {
  'go-oidc': { ...HS256, aud: server.token_endpoint, replayed: 'ok' },
  hydra: { ...HS256, aud: server.token_endpoint, replayed: 'jti_known' },
  'hydra-grace': { ...HS256, aud: server.token_endpoint, replayed: 'jti_known' },
  zitadel: { algorithm: 'RS256', key: await readFile(keyFile, 'utf8'), aud: issuer, scope: 'openid', replayed: 'ok' },
};

/** @type {Record<string, () => Promise<void>>} */
const RUN = {
  async client_credentials() {
    const grant = { grantType: 'client_credentials', clientId: 'test-service', clientSecret: 'test-service-secret', clientAuth: /** @type {const} */ ('basic'), scope: 'api:read' };
    const source = createTokenSource({ pkce, server, grant, leewaySeconds: 1, ...HTTP });
    const [one, other] = await Promise.all([source.getAccessToken(), source.getAccessToken()]);
    equal(one, other, 'two callers, one token');
    equal(await source.getAccessToken({ forceRefresh: true }) === one, false, 'the same token again');
    await outcome({ ...grant, clientSecret: 'wrong' }, 'invalid_client');
  },
  async 'jwt-bearer'() {
    const { algorithm, key, aud, scope = 'api:read', replayed } = ASSERTIONS[name];
    const sign = (/** @type {object} */ claims) => pkce.signJwtAssertion({ algorithm, key, keyId: 'test-key', claims: { iss: ASSERTER, sub: ASSERTER, aud, ...claims } });
    const grant = async () => ({ grantType: JWT_BEARER, clientId: name === 'zitadel' ? undefined : ASSERTER, scope, assertion: await sign({}) });
    const source = createTokenSource({ pkce, server, grant, leewaySeconds: 1, ...HTTP });
    const first = await source.getAccessToken();
    equal(await source.getAccessToken({ forceRefresh: true }) === first, false, 'the same token again');
    const used = await grant();
    await outcome(used, 'ok');
    await outcome(used, replayed);
    await outcome({ ...used, assertion: await sign({ aud: 'https://other.example' }) }, 'refused');
  },
};

/** @param {unknown} got @param {unknown} want @param {string} what */
function equal(got, want, what) {
  if (got !== want) throw new Error(`${what}: got ${got}, want ${want}`);
}

/** @param {any} grant @param {string} want `ok`, `refused`, or the server's error */
async function outcome({ grantType, ...grant }, want) {
  const got = await pkce.requestTokens(server, grantType, grant, HTTP).then(() => 'ok', ({ oauthError }) => oauthError ?? 'another error');
  if (want === 'refused' ? got === 'ok' || got === 'another error' : got !== want) throw new Error(`${grantType}: got ${got}, want ${want}`);
}

/** @type {Record<string, string>} */
const outcomes = {};
for (const feature of features) {
  outcomes[feature] = await RUN[feature]().then(() => 'ok', (error) => [error.code, error.oauthError, error.message].join(' '));
}
const body = new URLSearchParams({ grant_type: 'refresh_token', client_id: 'test-spa', refresh_token: 'unknown' });
outcomes.stranger = (await (await fetch(server.token_endpoint, { method: 'POST', body, headers: { Origin: 'https://other.example' } })).json()).error;
console.log(JSON.stringify(outcomes));
