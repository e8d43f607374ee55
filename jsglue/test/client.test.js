// createClient with the real module in this realm, against a provider on loopback.

import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { AuthError, createClient } from '../index.js';
import { startProvider } from './provider.js';

const redirectUri = 'http://127.0.0.1:4000/callback';
/** @type {Awaited<ReturnType<typeof startProvider>>} */
let provider;
/** @type {import('../types.d.ts').Client[]} */
let clients = [];

beforeEach(async () => {
  provider = await startProvider();
});
afterEach(async () => {
  await Promise.all(clients.map((client) => client.close()));
  clients = [];
  await provider.stop();
});

/** @param {Partial<import('../types.d.ts').ClientConfig>} [changes] */
async function open(changes) {
  const client = await createClient({
    issuer: provider.issuer, clientId: 'app', redirectUri, scope: 'openid offline_access', isolation: 'none', allowLoopbackHttp: true, fetchOrigins: [provider.origin], ...changes,
  });
  clients.push(client);
  return client;
}

/** @param {import('../types.d.ts').Client} client @param {import('../types.d.ts').SignInOptions} [options] */
async function authorizationUrl(client, options) {
  let url = '';
  await client.signInRedirect({ ...options, navigate: (to) => { url = to; } });
  return url;
}

/** @param {Partial<import('../types.d.ts').ClientConfig>} [changes] */
async function openSignedIn(changes) {
  const client = await open(changes);
  await client.handleRedirectCallback(provider.signIn(await authorizationUrl(client)));
  return client;
}

test('sign-in, refresh, call, sign-out', async () => {
  const client = await open();
  assert.equal(client.getUser(), undefined);
  await assert.rejects(client.getAccessToken(), { code: 'login_required' });
  /** @type {any[]} */
  const events = [];
  for (const name of /** @type {const} */ (['signedIn', 'refreshed', 'signedOut', 'refreshFailed', 'crashed'])) client.on(name, (event) => events.push(event));

  const url = await authorizationUrl(client, { returnTo: '/orders?page=2#last', prompt: 'login', loginHint: 'alice', maxAge: 600, acrValues: 'a b', uiLocales: 'de', params: { audience: 'api' } });
  const sent = new URL(url).searchParams;
  assert.deepEqual(['prompt', 'login_hint', 'max_age', 'acr_values', 'ui_locales', 'audience'].map((name) => sent.get(name)), ['login', 'alice', '600', 'a b', 'de', 'api']);
  assert.equal(url.includes('orders'), false, 'returnTo is not part of a URL of ours');

  const client2 = await open();
  const callback = provider.signIn(await authorizationUrl(client2, { returnTo: '/orders?page=2#last' }));
  assert.equal(client2.isRedirectCallback(callback), true);
  const { user, returnTo } = await client2.handleRedirectCallback(callback);
  assert.equal(returnTo, '/orders?page=2#last');
  assert.equal(user.subject, 'alice');
  assert.equal(user.claims.name, 'Alice');
  assert.ok(Object.isFrozen(user) && Object.isFrozen(user.claims));
  assert.equal(client2.getUser(), user);
  assert.equal(client.getUser(), user, 'equal configurations share a session');
  assert.equal(await client.getAccessToken(), provider.accessToken);
  assert.equal(provider.ledger.length, 1);

  await client.refresh();
  assert.equal(await client.getAccessToken(), provider.accessToken);
  assert.equal((await client.fetch(`${provider.origin}/api`)).status, 200);
  /** @type {string[]} */
  const visited = [];
  await client.signOut({ state: 'bye & thanks', navigate: (to) => { visited.push(to); } });
  assert.equal(new URL(visited[0]).pathname, '/logout');
  assert.equal(new URL(visited[0]).searchParams.get('state'), 'bye & thanks');
  assert.equal(client.getUser(), undefined);
  await assert.rejects(client.getAccessToken(), { code: 'login_required' });
  assert.deepEqual(events.map(({ type }) => type), ['signedIn', 'refreshed', 'signedOut']);
  const seen = JSON.stringify(events);
  for (const secret of [provider.accessToken, provider.refreshToken]) assert.equal(seen.includes(secret), false);
});

test('1000 calls on an expired token make one request', async () => {
  provider.lifetime = 1;
  const client = await openSignedIn({ refresh: { auto: false } });
  await new Promise((resolve) => setTimeout(resolve, 1100));
  provider.lifetime = 3600;
  const tokens = new Set(await Promise.all(Array.from({ length: 1000 }, () => client.getAccessToken())));
  assert.deepEqual([...tokens], [provider.accessToken]);
  assert.equal(provider.ledger.length, 2);
});

test('a forced call joins the one under way, and only that', async () => {
  const client = await openSignedIn();
  await Promise.all(Array.from({ length: 50 }, () => client.getAccessToken({ forceRefresh: true })));
  assert.equal(provider.ledger.length, 2);
});

test('a token that either clock calls expired is not handed out', async (t) => {
  const client = await openSignedIn({ refresh: { auto: false } });
  const first = await client.getAccessToken();
  const { now } = Date;
  Date.now = () => now() + 2 * 3600_000; // the machine slept: timers and performance.now stood still
  t.after(() => { Date.now = now; });
  assert.notEqual(await client.getAccessToken(), first);
  Date.now = now;
  const monotonic = performance.now.bind(performance);
  const second = await client.getAccessToken();
  performance.now = () => monotonic() + 2 * 3600_000; // the clock was set back
  t.after(() => { Reflect.deleteProperty(performance, 'now'); });
  assert.notEqual(await client.getAccessToken(), second);
});

test('options of getAccessToken', async () => {
  const client = await openSignedIn();
  const token = await client.getAccessToken();
  assert.equal(await client.getAccessToken({ minValiditySeconds: 3000, cacheOnly: true }), token);
  assert.equal(provider.ledger.length, 1);
  assert.notEqual(await client.getAccessToken({ forceRefresh: true }), token);
  await assert.rejects(client.getAccessToken({ signal: AbortSignal.abort() }), { code: 'aborted' });
  await assert.rejects(client.getAccessToken(/** @type {any} */ ({ force: true })), { code: 'config' });
  await assert.rejects(client.getAccessToken(/** @type {any} */ (null)), { code: 'config' });
});

test('aborting ends the wait of one caller, not the request of the others', async () => {
  const client = await openSignedIn();
  const controller = new AbortController();
  const leaving = client.getAccessToken({ forceRefresh: true, signal: controller.signal });
  const staying = client.getAccessToken({ forceRefresh: true });
  controller.abort();
  await assert.rejects(leaving, { code: 'aborted' });
  assert.equal(await staying, provider.accessToken);
  assert.equal(provider.ledger.length, 2);
});

test('nobody gets a token after signOut was called', async () => {
  const client = await openSignedIn();
  const waiting = client.getAccessToken({ forceRefresh: true });
  const leaving = client.signOut({ local: true });
  const late = client.getAccessToken();
  await assert.rejects(waiting, { code: 'signed_out' });
  await assert.rejects(late, { code: 'signed_out' });
  await leaving;
  await client.signOut({ local: true });
  assert.equal(client.getUser(), undefined);
});

test('closing settles what is pending and refuses what follows', async () => {
  const client = await openSignedIn();
  const waiting = [client.getAccessToken({ forceRefresh: true }), client.refresh(), client.fetch(`${provider.origin}/`)];
  await client.close();
  for (const promise of waiting) await assert.rejects(promise, { code: 'closed' });
  for (const call of [client.getAccessToken, client.refresh, client.signInRedirect, client.signOut, client.handleRedirectCallback, () => client.fetch('https://x')]) await assert.rejects(call(), { code: 'closed' });
  assert.equal(client.getUser(), undefined);
  await client.close();
});

test('closing one of two clients leaves the other its session', async () => {
  const first = await openSignedIn();
  const second = await open();
  await first.close();
  assert.equal(await second.getAccessToken(), provider.accessToken);
  await second.close();
  assert.equal((await open()).getUser(), undefined, 'the last one takes the session with it');
});

test('listeners: errors of one reach no other, unknown events are refused', async () => {
  const client = await open();
  /** @type {unknown[]} */
  const reported = [];
  Object.assign(globalThis, { reportError: (/** @type {unknown} */ cause) => reported.push(cause) });
  let heard = 0;
  const listener = () => { heard++; };
  client.on('signedIn', () => { throw new Error('of the application'); });
  client.on('signedIn', listener);
  client.on('signedIn', listener)();
  await client.handleRedirectCallback(provider.signIn(await authorizationUrl(client)));
  Reflect.deleteProperty(globalThis, 'reportError');
  assert.equal(heard, 1);
  assert.equal(reported.length, 1);
  assert.throws(() => client.on(/** @type {any} */ ('signedin'), listener), { code: 'config' });
  assert.throws(() => client.on('signedIn', /** @type {any} */ ('x')), { code: 'config' });
});

test('what cannot run is refused, never weakened', async () => {
  const config = { issuer: 'https://id.example', clientId: 'app', redirectUri: 'https://app.example/' };
  await assert.rejects(createClient(config), { code: 'unsupported', description: 'worker' });
  await assert.rejects(createClient({ ...config, isolation: 'none', exposeAccessToken: false }), { code: 'config' });
  await assert.rejects(createClient(/** @type {any} */ ({ ...config, clientSecret: 'x' })), (/** @type {any} */ error) => error instanceof AuthError && error.code === 'config' && error.message.includes('clientSecret'));
  await assert.rejects(createClient({ ...config, isolation: 'none', wasmUrl: new URL('missing.wasm', import.meta.url) }), { code: 'wasm_load' });
  Object.defineProperty(globalThis, 'isSecureContext', { value: false, configurable: true });
  try {
    await assert.rejects(createClient({ ...config, isolation: 'none' }), { code: 'insecure_context' });
  } finally {
    Reflect.deleteProperty(globalThis, 'isSecureContext');
  }
});
