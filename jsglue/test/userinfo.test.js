// fetchUserInfo and buildSignOutUrl, with and without a session.

import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { startProvider } from './provider.js';
import { started } from './thread-worker.js';

// The package captures Worker when it is evaluated, so it comes after.
const { AuthError, createClient, loadPkce } = await import('../index.js');

/** @type {Awaited<ReturnType<typeof startProvider>>} */
let provider;
/** @type {import('../types.d.ts').Client | undefined} */
let client;
beforeEach(async () => {
  provider = await startProvider();
  started.length = 0;
});
afterEach(async () => {
  await client?.close();
  client = undefined;
  await provider.stop();
});

/** @param {Partial<import('../types.d.ts').ClientConfig>} changes */
async function openSignedIn(changes) {
  client = await createClient({ issuer: provider.issuer, clientId: 'app', redirectUri: 'http://127.0.0.1:4000/callback', allowLoopbackHttp: true, ...changes });
  let url = '';
  await client.signInRedirect({ navigate: (to) => { url = to; } });
  await client.handleRedirectCallback(provider.signIn(url));
  return client;
}

for (const changes of /** @type {const} */ ([{ isolation: 'none' }, { isolation: 'dedicated', exposeAccessToken: false }])) {
  test(`the claims of the signed-in user, ${JSON.stringify(changes)}`, async () => {
    const { fetchUserInfo } = await openSignedIn(changes);
    assert.deepEqual(await fetchUserInfo(), { sub: 'alice', email: 'alice@id.example' });
    assert.equal(provider.calls.at(-1)?.method, 'GET');
    const messages = started.map((worker) => JSON.stringify(worker.received)).join();
    if (changes.exposeAccessToken === false) assert.equal(messages.includes(provider.accessToken), false, 'the token stays in the worker');
  });
}

test('claims of another user are refused, and the session goes on', async () => {
  const { fetchUserInfo, getUser } = await openSignedIn({ isolation: 'none' });
  provider.subject = 'bob';
  await assert.rejects(fetchUserInfo(), { code: 'response', description: 'sub', retryable: false });
  assert.equal(getUser()?.subject, 'alice');
});

test('a token that is refused is renewed once', async () => {
  const { fetchUserInfo } = await openSignedIn({ isolation: 'none' });
  provider.accessToken = 'another';
  assert.equal((await fetchUserInfo()).sub, 'alice');
  assert.deepEqual(provider.ledger.map((form) => form.get('grant_type')), ['authorization_code', 'refresh_token']);
});

test('a signed answer is refused with what to do about it', async () => {
  const { fetchUserInfo } = await openSignedIn({ isolation: 'none' });
  provider.script.push((_, response) => response.writeHead(200, { 'content-type': 'application/jwt' }).end('e30.e30.e30'));
  await assert.rejects(fetchUserInfo(), (/** @type {any} */ error) => error.code === 'response' && error.description === 'jwt' && /userinfo_signed_response_alg/.test(error.message));
});

test('wrong options send nothing', async () => {
  const { fetchUserInfo } = await openSignedIn({ isolation: 'none' });
  const before = provider.calls.length;
  await assert.rejects(fetchUserInfo(/** @type {any} */ ({ url: 'https://evil.example' })), { code: 'config' });
  await assert.rejects(fetchUserInfo({ signal: AbortSignal.abort() }), { code: 'aborted' });
  assert.equal(provider.calls.length, before);
});

test('without a session', async () => {
  const pkce = await loadPkce();
  const options = { allowLoopbackHttp: true };
  const server = await pkce.discover(provider.issuer, options);
  provider.accessToken = 'AT-known';
  assert.deepEqual(await pkce.fetchUserInfo(server, { accessToken: 'AT-known' }, options), { sub: 'alice', email: 'alice@id.example' });
  assert.equal((await pkce.fetchUserInfo(server, { accessToken: 'AT-known', expectedSubject: 'alice' }, options)).sub, 'alice');
  await assert.rejects(pkce.fetchUserInfo(server, { accessToken: 'AT-known', expectedSubject: 'bob' }, options), { code: 'response', description: 'sub' });
  await assert.rejects(pkce.fetchUserInfo(server, { accessToken: 'AT-other' }, options), (/** @type {any} */ error) => error instanceof AuthError && error.status === 401 && !error.retryable && !JSON.stringify(error).includes('AT-other'));
  const asked = provider.calls.length;
  for (const request of [undefined, {}, { accessToken: '' }, { accessToken: 5 }, { accessToken: 'AT', token: 'x' }]) {
    await assert.rejects(pkce.fetchUserInfo(server, /** @type {any} */ (request), options), { code: 'config' });
  }
  assert.equal(provider.calls.length, asked);
});

test('the sign-out URL, at once', async () => {
  const { buildSignOutUrl } = await loadPkce();
  const server = { issuer: 'https://id.example', token_endpoint: 'https://id.example/t', end_session_endpoint: 'https://id.example/logout?tenant=1' };
  assert.equal(buildSignOutUrl(server), 'https://id.example/logout?tenant=1');
  assert.equal(buildSignOutUrl(server, { clientId: 'app', idTokenHint: 'e30.e30.x', postLogoutRedirectUri: 'https://app.example/', state: 's' }),
    'https://id.example/logout?tenant=1&id_token_hint=e30.e30.x&client_id=app&post_logout_redirect_uri=https%3A%2F%2Fapp.example%2F&state=s');
  for (const call of [
    () => buildSignOutUrl({ issuer: 'https://id.example', token_endpoint: 'https://id.example/t' }), () => buildSignOutUrl(server, /** @type {any} */ ({ returnTo: 'https://app.example/' })),
    () => buildSignOutUrl(server, { postLogoutRedirectUri: 'javascript:alert(1)' }), () => buildSignOutUrl(server, /** @type {any} */ ('x')),
  ]) assert.throws(call, (/** @type {any} */ error) => error instanceof AuthError && error.code === 'config', String(call));
});
