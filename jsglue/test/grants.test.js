// requestTokens: grants of services, against a token endpoint on loopback.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, beforeEach, test } from 'node:test';
import { AuthError, loadPkce } from '../index.js';
import { startProvider } from './provider.js';

/** @type {import('../types.d.ts').Pkce} */
let pkce;
/** @type {Awaited<ReturnType<typeof startProvider>>} */
let provider;
/** @type {import('../types.d.ts').ServerMetadata} */
let server;
before(async () => {
  [pkce, provider] = await Promise.all([loadPkce(), startProvider()]);
  server = { issuer: provider.issuer, token_endpoint: `${provider.issuer}/token` };
});
beforeEach(() => { provider.ledger.length = 0; });
after(() => provider.stop());

const options = { allowLoopbackHttp: true };
const JWT_BEARER = 'urn:ietf:params:oauth:grant-type:jwt-bearer', TOKEN_EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange';

/** What the next token request is answered with, and the header that it came with. @param {unknown} body @param {number} [status] */
function answer(body, status = 200) {
  const got = { /** @type {string | undefined} */ authorization: undefined };
  provider.script.push((request, response) => {
    got.authorization = request.headers.authorization;
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(JSON.stringify(body));
  });
  return got;
}
const token = { access_token: 'service', token_type: 'bearer', expires_in: 300 };
const sent = () => provider.ledger.map((form) => Object.fromEntries(form));

test('client_credentials, the secret in the form or in a header', async () => {
  const inForm = answer(token);
  const set = await pkce.requestTokens(server, 'client_credentials', { clientId: 'svc', clientSecret: 's&1', scope: 'a b' }, options);
  assert.equal(set.accessToken, 'service');
  assert.equal(set.tokenType, 'Bearer');
  assert.ok(Math.abs(Number(set.expiresAt) - Date.now() - 300_000) < 10_000);
  assert.equal(inForm.authorization, undefined);
  const inHeader = answer(token);
  await pkce.requestTokens(server, 'client_credentials', { clientId: 'my svc', clientSecret: 's:é', clientAuth: 'basic' }, options);
  assert.equal(inHeader.authorization, `Basic ${btoa('my+svc:s%3A%C3%A9')}`);
  assert.deepEqual(sent(), [{ grant_type: 'client_credentials', client_id: 'svc', client_secret: 's&1', scope: 'a b' }, { grant_type: 'client_credentials' }]);
});

test('an assertion in the place of a secret, and one as the grant (RFC 7523 sections 2.1 and 2.2)', async () => {
  const assertion = await pkce.signJwtAssertion({ algorithm: 'HS256', key: 'secret', claims: { iss: 'svc', sub: 'svc', aud: server.token_endpoint } });
  answer(token);
  await pkce.requestTokens(server, 'client_credentials', { clientId: 'svc', clientAssertion: assertion }, options);
  answer(token);
  await pkce.requestTokens(server, JWT_BEARER, { assertion }, options);
  assert.deepEqual(sent(), [
    { grant_type: 'client_credentials', client_id: 'svc', client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer', client_assertion: assertion },
    { grant_type: JWT_BEARER, assertion },
  ]);
});

test('token exchange (RFC 8693 section 2.3), and what it issues', async () => {
  answer({ access_token: 'other', issued_token_type: 'urn:ietf:params:oauth:token-type:jwt', token_type: 'N_A' });
  const set = await pkce.requestTokens(server, TOKEN_EXCHANGE, {
    clientId: 'svc', resource: ['https://a.example/', 'urn:b'], params: { subject_token: 'st', subject_token_type: 'urn:ietf:params:oauth:token-type:access_token' },
  }, options);
  assert.deepEqual(set, { accessToken: 'other', tokenType: 'N_A', issuedTokenType: 'urn:ietf:params:oauth:token-type:jwt' });
  assert.deepEqual(provider.ledger[0].getAll('resource'), ['https://a.example/', 'urn:b']);
  assert.equal(provider.ledger[0].get('subject_token'), 'st');
  answer({ access_token: 'other', issued_token_type: 'urn:x', token_type: 'N_A' });
  await assert.rejects(pkce.requestTokens(server, 'client_credentials', { clientId: 'svc' }, options), { code: 'response' });
});

test('an ID token in the answer is checked as after a code exchange', async () => {
  const now = Math.floor(Date.now() / 1000);
  const idToken = (/** @type {string} */ aud) => [{ alg: 'RS256' }, { iss: provider.issuer, sub: 'service-account', aud, iat: now, exp: now + 60 }, 0]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
  answer({ ...token, id_token: idToken('svc') });
  assert.equal((await pkce.requestTokens(server, 'client_credentials', { clientId: 'svc' }, options)).claims?.sub, 'service-account');
  answer({ ...token, id_token: idToken('another') });
  await assert.rejects(pkce.requestTokens(server, 'client_credentials', { clientId: 'svc' }, options), { code: 'id_token' });
  answer({ ...token, id_token: idToken('another') });
  assert.equal((await pkce.requestTokens(server, JWT_BEARER, { assertion: 'a' }, options)).idToken, undefined, 'nobody knows whom it is for');
});

test('a refusal is told with its code, and without what was sent', async () => {
  answer({ error: 'invalid_grant', error_description: 'bad assertion 0123456789abcdef0123' }, 400);
  await assert.rejects(pkce.requestTokens(server, JWT_BEARER, { assertion: '0123456789abcdef0123' }, options), (/** @type {any} */ error) => {
    assert.deepEqual([error.code, error.oauthError, error.status], ['oauth', 'invalid_grant', 400]);
    assert.doesNotMatch(`${error.stack}${JSON.stringify(error)}`, /0123456789abcdef/);
    return true;
  });
});

test('wrong arguments are named, and nothing is sent', async () => {
  const secret = { clientId: 'svc', clientSecret: 's' };
  /** @type {[any, any, RegExp][]} */
  const wrong = [
    [undefined, {}, /grantType/], ['', {}, /grantType/], [5, {}, /grantType/], ['a b', {}, /grantType/], ['password', secret, /grantType.*9700/], ['authorization_code', secret, /exchangeCode/], ['refresh_token', secret, /refreshTokens/],
    ['x', undefined, /parameters/], ['x', 'y', /parameters/], ['x', { unknown: 1 }, /unknown/], ['x', { clientSecret: 's' }, /clientId/], ['x', { clientId: 'a', clientAuth: 'basic' }, /client/], ['x', { ...secret, clientAuth: 'jwt' }, /clientAuth/],
    ['x', { ...secret, clientAssertion: 'a' }, /clientAssertion/], ['x', { assertion: 5 }, /assertion/], ['x', { scope: '"' }, /scope/], ['x', { resource: 'relative' }, /resource/], ['x', { resource: [5] }, /resource/], ['x', { params: { a: 5 } }, /params\.a/],
    ...['grant_type', 'client_id', 'client_secret', 'client_assertion', 'client_assertion_type', 'assertion', 'scope'].map((name) => ['x', { params: { [name]: 'y' } }, new RegExp(`params\\.${name} `)]),
  ];
  for (const [grantType, parameters, message] of wrong) {
    await assert.rejects(pkce.requestTokens(server, grantType, parameters, options), (/** @type {any} */ error) => {
      assert.ok(error instanceof AuthError);
      assert.equal(error.code, 'config');
      assert.match(error.message, message);
      return true;
    });
  }
  assert.equal(provider.ledger.length, 0);
});

test('in a page and its workers grants of services are refused with the reason, and others work', async () => {
  const wasm = await readFile(new URL('../pkce.slim.wasm', import.meta.url));
  for (const name of ['document', 'importScripts']) {
    Object.defineProperty(globalThis, name, { value: {}, configurable: true });
    try {
      const inPage = await loadPkce({ wasm });
      for (const [grantType, parameters] of /** @type {[string, import('../types.d.ts').GrantParameters][]} */ ([
        ['client_credentials', { clientId: 'svc' }], [JWT_BEARER, { assertion: 'a' }], [TOKEN_EXCHANGE, { params: { subject_token: 'x' } }], ['urn:ietf:params:oauth:grant-type:saml2-bearer', {}],
        ['x', { assertion: 'a' }], ['x', { clientId: 'svc', clientAssertion: 'a' }],
      ])) await assert.rejects(inPage.requestTokens(server, grantType, parameters, options), { code: 'config', message: /page.*server/ }, grantType);
      await assert.rejects(inPage.requestTokens(server, 'x', { clientId: 'svc', clientSecret: 's' }, options), { code: 'config', message: /clientSecret.*page/ });
      assert.equal(provider.ledger.length, 0);
      answer(token);
      await inPage.requestTokens(server, 'urn:ietf:params:oauth:grant-type:device_code', { clientId: 'app', params: { device_code: 'd' } }, options);
      assert.deepEqual(sent().splice(0), [{ grant_type: 'urn:ietf:params:oauth:grant-type:device_code', client_id: 'app', device_code: 'd' }]);
      provider.ledger.length = 0;
    } finally {
      Reflect.deleteProperty(globalThis, name);
    }
  }
});
