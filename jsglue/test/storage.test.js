// Clients whose session is stored, with the real module in this realm. Clients with different options have engines of
// their own on the same record, as tabs have.

import 'fake-indexeddb/auto';
import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { createClient } from '../index.js';
import { openPage } from './page.js';
import { startProvider } from './provider.js';
import { installLocks } from './web-locks.js';

const redirectUri = 'http://127.0.0.1:4000/callback';
/** @type {Awaited<ReturnType<typeof startProvider>>} */
let provider;
/** @type {import('../types.d.ts').Client[]} */
let clients = [];
/** @type {import('./page.js').Page} */
let page;
/** @type {ReturnType<typeof installLocks>} */
let platform;
let tabs = 0;

beforeEach(async () => {
  provider = await startProvider();
  platform = installLocks();
  page = openPage('http://127.0.0.1:4000/');
});
afterEach(async () => {
  await Promise.all(clients.map((client) => client.close()));
  clients = [];
  page.remove();
  platform.remove();
  await provider.stop();
});

/** @param {Partial<import('../types.d.ts').ClientConfig>} [changes] */
async function open(changes) {
  const client = await createClient({
    issuer: provider.issuer, clientId: 'app', redirectUri, scope: 'openid offline_access', allowLoopbackHttp: true, isolation: 'none', storage: 'indexeddb',
    timeoutMs: 10_000 + tabs++, ...changes,
  });
  clients.push(client);
  return client;
}

/** @param {import('../types.d.ts').Client} client */
async function signIn(client) {
  let url = '';
  await client.signInRedirect({ navigate: (to) => { url = to; } });
  return client.handleRedirectCallback(provider.signIn(url));
}

/** @param {import('../types.d.ts').Client} client */
function record(client) {
  /** @type {[string, string | undefined][]} */
  const events = [];
  for (const name of /** @type {const} */ (['signedIn', 'refreshed', 'signedOut', 'degraded'])) {
    client.on(name, (/** @type {any} */ event) => events.push([event.type, event.reason ?? event.user?.subject]));
  }
  return events;
}

/** @param {() => unknown} condition */
async function until(condition) {
  for (const end = performance.now() + 1000; !condition();) {
    assert.ok(performance.now() < end, 'within a second');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** The degraded events of a client. @param {import('../types.d.ts').Client} client */
async function degradations(client) {
  /** @type {string[]} */
  const features = [];
  client.on('degraded', ({ feature }) => features.push(feature));
  await new Promise((resolve) => setTimeout(resolve, 1));
  return features;
}

test('one session for all tabs: sign-in, refresh, another user, sign-out', async () => {
  const [a, b] = [await open(), await open()];
  const events = record(b);
  await signIn(a);
  await until(() => b.getUser()?.subject === 'alice');
  assert.equal(await b.getAccessToken(), await a.getAccessToken());
  await b.refresh();
  await until(() => events.length === 2);
  await new Promise((resolve) => setTimeout(resolve, 50));
  assert.equal(await a.getAccessToken(), provider.accessToken);
  assert.equal(provider.ledger.length, 2);

  const late = await open();
  assert.equal(late.getUser()?.subject, 'alice', 'a tab that is opened later');

  provider.subject = 'bob';
  await signIn(a);
  await until(() => b.getUser()?.subject === 'bob');
  assert.equal(await b.getAccessToken(), provider.accessToken);

  await a.signOut({ local: true });
  await until(() => !b.getUser());
  await assert.rejects(b.getAccessToken(), { code: 'login_required' });
  assert.deepEqual(events, [['signedIn', 'alice'], ['refreshed', 'alice'], ['signedOut', 'replaced'], ['signedIn', 'bob'], ['signedOut', 'logout_other_tab']]);
  assert.equal((await open()).getUser(), undefined);
  await until(() => platform.locks.held().length === 0);
});

test('what tabs tell each other is a hint, and nothing else', async (t) => {
  const channel = new BroadcastChannel(`pkcewasm:${provider.issuer} app`);
  t.after(() => channel.close());
  /** @type {unknown[]} */
  const heard = [];
  channel.onmessage = ({ data }) => { heard.push(data); };
  const [a, b] = [await open(), await open()];
  await signIn(a);
  await until(() => b.getUser());
  await b.refresh();
  await a.signOut({ local: true });
  await until(() => heard.length >= 3);
  for (const message of heard) assert.deepEqual(message, { type: 'changed' });
});

test('ten tabs that want a new token at once send one request', async () => {
  const first = await open();
  await signIn(first);
  const rest = await Promise.all(Array.from({ length: 9 }, () => open()));
  const used = new Set();
  for (let round = 0; round < 3; round++) {
    const tokens = await Promise.all([first, ...rest].map((client) => client.getAccessToken({ forceRefresh: true })));
    assert.equal(new Set(tokens).size, 1);
  }
  for (const form of provider.ledger.slice(1)) used.add(form.get('refresh_token'));
  assert.equal(used.size, provider.ledger.length - 1, 'no refresh token was sent twice');
  assert.equal(provider.ledger.length, 4);
});

test('getAccessToken never yields a token once another tab signed out', async () => {
  const [a, b] = [await open(), await open()];
  await signIn(a);
  await until(() => b.getUser());
  provider.script.push((_, answer) => { setTimeout(() => answer.writeHead(500).end(), 200); });
  const waiting = b.getAccessToken({ forceRefresh: true });
  await new Promise((resolve) => setTimeout(resolve, 50));
  await a.signOut({ local: true, revoke: false });
  await assert.rejects(waiting, ({ code }) => ['signed_out', 'login_required'].includes(code));
  await assert.rejects(b.getAccessToken(), { code: 'login_required' });
});

test('a refresh under way when the client is closed is stored all the same', async () => {
  const client = await open();
  await signIn(client);
  /** @type {() => void} */
  let answer = () => {};
  provider.hold = new Promise((resolve) => { answer = () => resolve(undefined); });
  const waiting = client.refresh();
  await until(() => provider.ledger.length === 2);
  await client.close();
  await assert.rejects(waiting, { code: 'closed' });
  answer();
  await until(() => platform.locks.held().length === 0);
  const next = await open();
  assert.equal(await next.getAccessToken(), provider.accessToken);
  await next.refresh();
  assert.equal(provider.ledger.length, 3);
});

test('without Web Locks it says so, and works', async () => {
  /** @type {any} */ (globalThis.navigator).locks = undefined;
  const client = await open();
  assert.deepEqual(await degradations(client), ['locks']);
  await signIn(client);
  await client.refresh();
  const other = await open({ storage: 'session' });
  assert.deepEqual(await degradations(other), ['storage'], 'copies of a tab could not be told apart');
  assert.equal(other.getUser(), undefined);
});

test("storage 'session' outlives a reload, and is overwritten and deleted by a sign-out", async () => {
  const client = await open({ storage: 'session' });
  await signIn(client);
  await client.refresh();
  await client.close();
  const reloaded = await open({ storage: 'session' });
  assert.equal(reloaded.getUser()?.subject, 'alice');
  assert.equal(await reloaded.getAccessToken(), provider.accessToken);
  assert.equal(provider.ledger.length, 2);
  const second = await open({ storage: 'session' });
  assert.equal(second.getUser()?.subject, 'alice', 'another client of the page');
  const written = page.writes;
  written.length = 0;
  await reloaded.signOut({ local: true });
  await until(() => !second.getUser());
  const key = `pkcewasm.session.${provider.issuer} app`;
  assert.deepEqual([written.filter(([name]) => name === key), page.storage.has(key)], [[[key, '']], false]);
  await Promise.all([reloaded.close(), second.close()]);
  await until(() => platform.locks.held().length === 0);
});

test('a copy of a tab starts without the session and deletes its copy', async () => {
  const client = await open({ storage: 'session' });
  await signIn(client);
  const copy = [...page.storage].filter(([key]) => key.startsWith('pkcewasm.session.'));
  await client.close();
  // The original goes on elsewhere: it holds the lock.
  const { id } = JSON.parse(copy[0][1]);
  let letGo = () => {};
  platform.locks.request(`pkcewasm.tab:${id}`, {}, () => new Promise((end) => { letGo = () => end(undefined); }));
  const duplicate = await open({ storage: 'session' });
  assert.equal(duplicate.getUser(), undefined);
  assert.deepEqual([...page.storage.keys()].filter((key) => key.startsWith('pkcewasm.session.')), []);
  await signIn(duplicate);
  await duplicate.refresh();
  assert.notEqual(JSON.parse([...page.storage].find(([key]) => key.startsWith('pkcewasm.session.'))?.[1] ?? '{}').id, id);
  assert.equal(provider.ledger.length, 3);
  letGo();
});

test('what somebody else wrote into sessionStorage is no session', async () => {
  const key = `pkcewasm.session.${provider.issuer} app`;
  for (const text of ['', 'x', '5', '{}', '{"id":5}', '{"id":"a","record":"{}","generation":1}', '{"id":"a","record":5}', '{"id":"a","record":"x","generation":"1"}']) {
    page.storage.set(key, text);
    const client = await open({ storage: 'session' });
    assert.equal(client.getUser(), undefined, text);
    await signIn(client);
    assert.equal(client.getUser()?.subject, 'alice');
    await client.close();
  }
});
