// createClient with a shared worker, in a thread of Node, against a provider on loopback.

import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { openPage } from './page.js';
import { startProvider } from './provider.js';
import { endSharedWorkers, installSharedWorker, started } from './thread-worker.js';

installSharedWorker({ extended: true });
// The package captures SharedWorker when it is evaluated, so it comes after.
const { createClient } = await import('../index.js');

const redirectUri = 'http://127.0.0.1:4000/callback';
/** @type {Awaited<ReturnType<typeof startProvider>>} */
let provider;
/** @type {import('../types.d.ts').Client[]} */
let clients = [];
/** @type {import('./page.js').Page} */
let page;

beforeEach(async () => {
  provider = await startProvider();
  page = openPage('http://127.0.0.1:4000/');
  started.length = 0;
});
afterEach(async () => {
  await Promise.all(clients.map((client) => client.close()));
  clients = [];
  page.remove();
  await endSharedWorkers();
  await provider.stop();
});

/** @param {Partial<import('../types.d.ts').ClientConfig>} [changes] */
async function open(changes) {
  const client = await createClient({
    issuer: provider.issuer, clientId: 'app', redirectUri, scope: 'openid offline_access', allowLoopbackHttp: true, fetchOrigins: [provider.origin], ...changes,
  });
  clients.push(client);
  return client;
}

/** Leaves the page for the provider, and returns the callback URL. @param {import('../types.d.ts').Client} client @param {object} [options] */
async function leave(client, options) {
  const before = page.visited.length;
  client.signInRedirect(options).catch(() => {});
  while (page.visited.length === before) await new Promise((resolve) => setTimeout(resolve, 5));
  return provider.signIn(page.visited[before]);
}

/** A new page of the application in the same tab. @param {string} url @param {import('../types.d.ts').Client} client */
async function arrive(url, client) {
  await client.close();
  const { storage } = page;
  page.remove();
  page = openPage(url);
  for (const [key, value] of storage) page.storage.set(key, value);
}

const stored = () => [...page.storage.values()].join();

test('verifier, state and nonce never leave the worker, and a reload keeps the session', async () => {
  const client = await open();
  const callback = await leave(client, { returnTo: '/orders' });
  const sent = new URL(page.visited[0]).searchParams;
  for (const secret of [sent.get('state'), sent.get('nonce')]) assert.equal(stored().includes(String(secret)), false);
  await arrive(callback, client);
  const after = await open();
  const { user, returnTo } = await after.handleRedirectCallback();
  assert.deepEqual([user.subject, returnTo], ['alice', '/orders']);
  assert.deepEqual([...page.storage.keys()], ['pkcewasm.spent']);
  const token = await after.getAccessToken();
  await arrive('http://127.0.0.1:4000/', after);
  const reloaded = await open();
  assert.equal(reloaded.getUser()?.subject, 'alice');
  assert.equal(await reloaded.getAccessToken(), token);
  assert.equal(provider.ledger.length, 1);
});

test('a worker that is gone when the user comes back starts the sign-in again, once', async () => {
  const client = await open();
  const callback = await leave(client, { returnTo: '/orders', params: { organization: 'acme' } });
  await endSharedWorkers();
  await arrive(callback, client);
  const after = await open();
  assert.equal(after.isRedirectCallback(), true);
  for (let i = 0; i < 2; i++) after.handleRedirectCallback().catch(() => {});
  while (page.visited.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  assert.equal(page.visited.length, 1, 'the second call joined the first');
  assert.equal(new URL(page.visited[0]).searchParams.get('organization'), 'acme');
  assert.equal(provider.ledger.length, 0);

  const second = provider.signIn(page.visited[0]);
  await arrive(second, after);
  const again = await open();
  assert.equal((await again.handleRedirectCallback()).returnTo, '/orders');

  await again.signOut({ local: true });
  const third = await leave(again);
  await endSharedWorkers();
  await arrive(third, again);
  const lost = await open();
  lost.handleRedirectCallback().catch(() => {});
  while (page.visited.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  const fourth = provider.signIn(page.visited[0]);
  await endSharedWorkers();
  await arrive(fourth, lost);
  await assert.rejects((await open()).handleRedirectCallback(), { code: 'state', description: 'unknown' });
  assert.deepEqual(page.visited, [], 'the second time it is an error');
});

test("a foreign callback does not start a sign-in, and disturbs none", async () => {
  const client = await open();
  const callback = await leave(client);
  await arrive(`${redirectUri}?code=x&state=${'a'.repeat(43)}`, client);
  const attacked = await open();
  await assert.rejects(attacked.handleRedirectCallback(), { code: 'state', description: 'unknown' });
  assert.deepEqual([page.visited, provider.ledger.length], [[], 0]);
  await arrive(callback, attacked);
  assert.equal((await (await open()).handleRedirectCallback()).user.subject, 'alice');
});

test("transaction: 'session' keeps the record in sessionStorage", async () => {
  const client = await open({ transaction: 'session' });
  const callback = await leave(client);
  assert.ok(stored().includes('codeVerifier'));
  await endSharedWorkers();
  await arrive(callback, client);
  assert.equal((await (await open({ transaction: 'session' })).handleRedirectCallback()).user.subject, 'alice');
});

test('the order of options does not matter, and other options are another worker', async () => {
  const one = await open({ params: { a: '1', b: '2' }, timeoutMs: 9000 });
  const two = await open({ timeoutMs: 9000, params: { b: '2', a: '1' } });
  const three = await open({ timeoutMs: 9001, params: { b: '2', a: '1' } });
  assert.equal(new Set(started.map(({ key }) => key)).size, 2);
  await one.handleRedirectCallback(await leave(one));
  await two.getAccessToken();
  await assert.rejects(three.getAccessToken(), { code: 'login_required' });
});

test('an engine that dies is started again in the worker, with one new session, and not for ever', async (t) => {
  const trap = new BroadcastChannel('trap');
  t.after(() => trap.close());
  const workerUrl = new URL('./trapping-worker.js', import.meta.url);
  const client = await open({ workerUrl });
  await client.handleRedirectCallback(await leave(client));
  /** @type {string[]} */
  const events = [];
  client.on('crashed', ({ type }) => events.push(type));
  client.on('signedOut', ({ reason }) => events.push(reason));
  provider.script.push(() => {});
  const waiting = client.refresh();
  await new Promise((resolve) => setTimeout(resolve, 100));
  trap.postMessage('trap');
  await new Promise((resolve) => setTimeout(resolve, 50));
  const began = performance.now();
  const touching = client.getAccessToken({ forceRefresh: true });
  await assert.rejects(waiting, { code: 'crashed' });
  await assert.rejects(touching, { code: 'crashed' });
  assert.ok(performance.now() - began < 100);
  assert.equal(client.getUser(), undefined);
  await assert.rejects(client.getAccessToken(), { code: 'login_required' });
  assert.deepEqual(events, ['crashed', 'crashed']);
  assert.equal(new Set(started.map(({ thread }) => thread)).size, 1, 'the same worker');
  for (let i = 0; i < 3; i++) {
    trap.postMessage('trap');
    await new Promise((resolve) => setTimeout(resolve, 50));
    await assert.rejects(client.getAccessToken(), { code: 'crashed' });
    await client.getAccessToken().catch(() => {});
  }
  await assert.rejects(client.getAccessToken(), { code: 'crashed' });
});

test('a worker that only seemed dead still has the session', async () => {
  const client = await open();
  await client.handleRedirectCallback(await leave(client));
  /** @type {string[]} */
  const events = [];
  client.on('crashed', ({ type }) => events.push(type));
  client.on('signedOut', ({ reason }) => events.push(reason));
  started[0].port.onmessage({ data: { kind: 'crashed' } });
  assert.equal(await client.getAccessToken(), provider.accessToken);
  assert.equal(client.getUser()?.subject, 'alice');
  assert.deepEqual(events, ['crashed']);
});

test('a worker that does not start is replaced by a dedicated one, and an event says so', async () => {
  const client = await open({ workerUrl: new URL('./broken-shared.js', import.meta.url) });
  const event = await new Promise((resolve) => client.on('degraded', resolve));
  assert.equal(event.feature, 'shared');
  await client.handleRedirectCallback(await leave(client));
  assert.deepEqual([...page.storage.keys()], ['pkcewasm.spent']);
});

test("storage 'session' is not for a shared worker", async () => {
  await assert.rejects(open({ isolation: 'shared', storage: 'session' }), { code: 'config' });
});
