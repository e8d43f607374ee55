// pkcewasm/testing, as an application's tests use it, with the real module.

import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { createClient, loadPkce } from '../index.js';
import { createClock, createProvider, registerProvider } from '../testing.js';

const HOUR = 3600;
const redirectUri = 'https://app.example/callback';

/** @type {import('../testing.d.ts').FakeProvider} */
let provider;
/** @type {import('../testing.d.ts').FakeClock} */
let clock;
/** @type {import('../types.d.ts').Client} */
let client;
/** What a test has to undo. @type {(() => unknown)[]} */
const cleanups = [];

/** @param {Partial<import('../types.d.ts').ClientConfig>} [changes] */
const openClient = (changes) => createClient({ issuer: provider.issuer, clientId: provider.clientId, redirectUri, scope: 'openid offline_access', isolation: 'none', refresh: { jitterSeconds: 0 }, ...changes });

beforeEach(async () => {
  clock = createClock();
  provider = await createProvider();
  cleanups.push(clock.uninstall, provider.install());
  client = await openClient();
});
afterEach(async () => {
  await client.close();
  for (const cleanup of cleanups.splice(0)) cleanup();
});

const refreshes = () => provider.requests.filter(({ grantType }) => grantType === 'refresh_token').length;

test('a sign-in passes every check of the client', async () => {
  const user = await provider.signIn(client, { loginHint: 'alice' });
  assert.equal(user.subject, 'alice');
  assert.equal(user.claims.email, 'alice@example.com');
  const token = await client.getAccessToken();
  assert.match(token, /^access-\d+$/);
  assert.ok(provider.accepts(token));
  assert.equal(provider.accepts('access-0'), false);
  assert.equal((await client.fetchUserInfo()).name, 'Alice Liddell');
  await client.signOut({ local: true });
  assert.equal(provider.accepts(token), false);
});

test('another user, another client, and without openid or offline_access', async () => {
  await client.close();
  provider.user = { sub: 'bob', roles: ['admin'] };
  client = await openClient({ scope: 'profile' });
  assert.equal((await provider.signIn(client)).subject, '');
  await assert.rejects(client.refresh(), { code: 'login_required' });
  await client.close();
  client = await openClient({ scope: 'openid' });
  assert.deepEqual((await provider.signIn(client)).claims.roles, ['admin']);
  await client.close();
  client = await openClient({ clientId: 'stranger' });
  await assert.rejects(provider.signIn(client), /not one of this client/);
});

test('eight hours asleep cost nothing but a refresh', async () => {
  await provider.signIn(client);
  const before = await client.getAccessToken();
  await clock.sleep(8 * HOUR);
  assert.equal(provider.accepts(before), false);
  const after = await client.getAccessToken();
  assert.ok(provider.accepts(after));
  assert.equal(refreshes(), 1);
  assert.equal(provider.requests.at(-1)?.status, 200);
});

test('eight hours awake are one refresh for each token', async () => {
  const user = await provider.signIn(client);
  assert.ok(user.expiresAt - Date.now() <= 300_000);
  await clock.advance(8 * HOUR);
  assert.ok(Math.abs(refreshes() - 8 * HOUR / 240) <= 2, `${refreshes()} refreshes`);
  assert.ok(provider.accepts(await client.getAccessToken({ cacheOnly: true })));
});

test('a token that expires now is not handed out', async () => {
  const { expiresAt } = await provider.signIn(client);
  await clock.sleep((expiresAt - Date.now()) / 1000 + 1);
  provider.fail('token', 'network', 10);
  await assert.rejects(client.getAccessToken({ cacheOnly: true }), { code: 'login_required' });
});

test('faults are met as they were asked for', async () => {
  await provider.signIn(client);
  /** @type {any[]} */
  const failures = [];
  client.on('refreshFailed', ({ error }) => failures.push(error.code));
  for (const [fault, code] of /** @type {const} */ ([[{ status: 503 }, 'http'], [{ status: 429, retryAfterSeconds: 30 }, 'rate_limited'], ['network', 'network']])) {
    failures.length = 0;
    provider.fail('token', fault);
    await client.refresh().catch(() => {});
    await clock.advance(120);
    assert.equal(failures[0], code);
    assert.ok(provider.accepts(await client.getAccessToken()), 'the session is kept');
  }
});

test('an outage lasts until the provider recovers, at one endpoint or at all', async () => {
  await provider.signIn(client);
  const get = async (/** @type {string} */ path) => (await fetch(`${provider.issuer}${path}`)).status;
  provider.fail('token', { status: 503 }, Infinity);
  provider.fail('jwks', { status: 500 }, Infinity);
  provider.fail('discovery', { status: 500 }, 0);
  for (let i = 0; i < 3; i++) assert.deepEqual([await get('/token'), await get('/jwks')], [503, 500]);
  assert.equal(await get('/.well-known/openid-configuration'), 200, 'not once is not once');
  provider.recover('jwks');
  assert.deepEqual([await get('/token'), await get('/jwks')], [503, 200]);
  provider.fail('jwks', { status: 500 }, 5);
  provider.recover();
  assert.equal(await get('/jwks'), 200);
  await client.refresh();
});

test('a refresh token that comes back ends the session, and so does the provider', async () => {
  const pkce = await loadPkce();
  const server = await pkce.discover(provider.issuer);
  const codeVerifier = pkce.generateCodeVerifier(), state = pkce.generateState();
  const url = pkce.buildAuthorizationUrl(server, { clientId: 'app', redirectUri, scope: 'openid offline_access', state, nonce: 'n', codeChallenge: pkce.generateCodeChallenge(codeVerifier) });
  const { code } = pkce.parseCallback(await provider.authorize(url), { state, server });
  const exchange = { clientId: 'app', code, codeVerifier, redirectUri, nonce: 'n' };
  const first = await pkce.exchangeCode(server, exchange);
  assert.equal((await pkce.validateIdToken(server, { idToken: String(first.idToken), clientId: 'app', nonce: 'n', accessToken: first.accessToken })).sub, 'alice');
  const refresh = (/** @type {import('../types.d.ts').TokenSet} */ { refreshToken }) => pkce.refreshTokens(server, { clientId: 'app', refreshToken: String(refreshToken) });
  const second = await refresh(first);
  await assert.rejects(refresh(first), { oauthError: 'invalid_grant' });
  await assert.rejects(refresh(second), { oauthError: 'invalid_grant' }, 'nobody may go on');
  assert.equal(provider.accepts(second.accessToken), false);

  await provider.signIn(client);
  const ended = new Promise((resolve) => { client.on('signedOut', ({ reason }) => resolve(reason)); });
  provider.endSession();
  await assert.rejects(client.refresh(), { code: 'session_expired' });
  assert.equal(await ended, 'invalid_grant');
});

test('a code works once, and with its own verifier and redirect URI only', async () => {
  const pkce = await loadPkce();
  const server = await pkce.discover(provider.issuer);
  const codeVerifier = pkce.generateCodeVerifier();
  const request = async () => {
    const url = pkce.buildAuthorizationUrl(server, { clientId: 'app', redirectUri, scope: 'openid', state: 's', nonce: 'n', codeChallenge: pkce.generateCodeChallenge(codeVerifier) });
    return { clientId: 'app', redirectUri, nonce: 'n', codeVerifier, code: pkce.parseCallback(await provider.authorize(url), { state: 's', server }).code };
  };
  const good = await request();
  const { accessToken } = await pkce.exchangeCode(server, good);
  await assert.rejects(pkce.exchangeCode(server, good), { oauthError: 'invalid_grant' });
  assert.equal(provider.accepts(accessToken), false, 'what came of it ends');
  for (const wrong of [{ codeVerifier: pkce.generateCodeVerifier() }, { redirectUri: 'https://app.example/other' }, { code: 'code-0' }]) {
    await assert.rejects(pkce.exchangeCode(server, { ...await request(), ...wrong }), { oauthError: 'invalid_grant' });
  }
  await assert.rejects(provider.authorize(`${provider.issuer}/authorize?client_id=app&response_type=code&redirect_uri=${redirectUri}`), /PKCE/);
});

test('the user cancels, is unknown to a silent sign-in, or the provider fails them', async () => {
  /** @type {string} */
  let url = '';
  const begin = (/** @type {object} */ options = {}) => client.signInRedirect({ ...options, navigate: (to) => { url = to; } });
  await begin();
  await assert.rejects(client.handleRedirectCallback(await provider.authorize(url, { deny: true })), { code: 'authorization', oauthError: 'access_denied' });
  await begin({ prompt: 'none' });
  await assert.rejects(client.handleRedirectCallback(await provider.authorize(url)), { oauthError: 'login_required' });
  provider.fail('authorization', { error: 'server_error' });
  await begin();
  await assert.rejects(client.handleRedirectCallback(await provider.authorize(url)), { oauthError: 'server_error' });
  await provider.signIn(client);
  await provider.signIn(client, { prompt: 'none' });
});

test('other addresses, and everything afterwards, are left alone', async () => {
  for (const address of ['data:,hello', new URL('data:,hello'), new Request('data:,hello')]) assert.equal(await (await fetch(address)).text(), 'hello');
  for (const cleanup of cleanups.splice(0).reverse()) cleanup();
  assert.match(String(setTimeout), /^function setTimeout/);
  assert.equal(new Date() instanceof Date, true);
  assert.ok(Math.abs(performance.timeOrigin + performance.now() - Date.now()) < 60_000);
});

test('the clock moves timers in order, and what it does not move runs on', async () => {
  /** @type {string[]} */
  const seen = [];
  const start = Date.now(), monotonic = performance.now();
  setTimeout(() => {
    seen.push('second');
    setTimeout(() => seen.push('third'), 500);
  }, 20_000);
  setTimeout((/** @type {string} */ word) => seen.push(word), 10_000, 'first');
  const cancelled = setTimeout(() => seen.push('never'), 15_000);
  const ticks = setInterval(() => seen.push('tick'), 9_000);
  clearTimeout(cancelled);
  await clock.advance(21);
  clearInterval(ticks);
  await clock.advance(100);
  assert.deepEqual(seen, ['tick', 'first', 'tick', 'second', 'third']);
  for (const passed of [Date.now() - start, new Date().getTime() - start, performance.now() - monotonic]) assert.ok(passed >= 120_990, String(passed));
  assert.ok(Number.isInteger(Date.now()));
  await clock.sleep(60);
  assert.ok(Date.now() - start >= 180_990);
  assert.ok(performance.now() - monotonic < 181_000);
  await new Promise((resolve) => { setTimeout(resolve, 5); });
});

/** A page at that address, whose service workers serve `/app/`; `asked` is what the worker was told. @param {string} path */
function openServedPage(path) {
  /** @type {unknown[]} */
  const asked = [];
  const serviceWorker = Object.assign(new EventTarget(), {
    controller: null,
    register: async () => ({ scope: 'https://app.example/app/' }),
    ready: Promise.resolve({
      active: {
        postMessage(/** @type {unknown} */ message) {
          asked.push(message);
          serviceWorker.dispatchEvent(new Event('controllerchange'));
        },
      },
    }),
  });
  for (const [name, value] of Object.entries({ navigator: { serviceWorker }, location: new URL(path, 'https://app.example') })) {
    const before = Object.getOwnPropertyDescriptor(globalThis, name);
    Object.defineProperty(globalThis, name, { value, configurable: true });
    cleanups.push(() => (before ? Object.defineProperty(globalThis, name, before) : Reflect.deleteProperty(globalThis, name)));
  }
  return { asked, serviceWorker };
}

test('a page that the service worker passed by when it started asks it to serve', async () => {
  const { asked } = openServedPage('/app/page');
  assert.equal(await registerProvider('/app/provider-worker.js'), 'https://app.example/app/provider');
  assert.equal(asked.length, 1);
});

test('a page that is served already does not ask', async () => {
  const { asked, serviceWorker } = openServedPage('/app/page');
  Object.assign(serviceWorker, { controller: {} });
  assert.equal(await registerProvider('/app/provider-worker.js'), 'https://app.example/app/provider');
  assert.deepEqual(asked, []);
});

test('a page that the service worker cannot serve is told so, and does not wait', async () => {
  openServedPage('/elsewhere');
  await assert.rejects(registerProvider('/app/provider-worker.js'), { name: 'TypeError', message: /\/app\/provider-worker\.js must be in a folder above this page/ });
});
