// The life of a page: shown, hidden, frozen, cached, prerendered, mounted and unmounted.

import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { openPage } from './page.js';
import { startProvider } from './provider.js';
import { endSharedWorkers, installSharedWorker, started } from './thread-worker.js';
import { installLocks } from './web-locks.js';

installSharedWorker({ extended: true });
// The package captures SharedWorker when it is evaluated, so it comes after.
const { createClient } = await import('../index.js');

/** @type {Awaited<ReturnType<typeof startProvider>>} */
let provider;
/** @type {import('../types.d.ts').Client[]} */
let clients = [];
/** @type {import('./page.js').Page} */
let page;

beforeEach(async () => {
  provider = await startProvider();
  page = openPage('http://127.0.0.1:4000/', { prerendering: false });
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
    issuer: provider.issuer, clientId: 'app', redirectUri: 'http://127.0.0.1:4000/callback', scope: 'openid offline_access', allowLoopbackHttp: true,
    fetchOrigins: [provider.origin], ...changes,
  });
  clients.push(client);
  return client;
}

/** @param {Partial<import('../types.d.ts').ClientConfig>} [changes] */
async function openSignedIn(changes) {
  const client = await open(changes);
  let url = '';
  await client.signInRedirect({ navigate: (to) => { url = to; } });
  await client.handleRedirectCallback(provider.signIn(url));
  return client;
}

const sleep = (/** @type {number} */ ms) => new Promise((resolve) => { setTimeout(resolve, ms); });

for (const isolation of /** @type {const} */ (['shared', 'dedicated'])) {
  test(`${isolation}: a page back from the cache asks what happened before it hands out a token`, async () => {
    const client = await openSignedIn({ isolation, refresh: { auto: false } });
    const token = await client.getAccessToken();
    page.dispatch('pagehide', { persisted: true });
    const { now } = Date;
    Date.now = () => now() + 2 * 3600_000; // the page's clock alone: the worker is in a thread
    try {
      page.dispatch('pageshow', { persisted: true });
      page.document.dispatchEvent(new Event('resume'));
      const sent = started.length;
      assert.equal(await client.getAccessToken(), token, 'the worker says that it is valid');
      assert.equal(started.length, sent);
    } finally {
      Date.now = now;
    }
    assert.equal(client.getUser()?.subject, 'alice');
    assert.equal(provider.ledger.length, 1);
  });

  test(`${isolation}: a valid token costs no message to the worker`, async () => {
    const client = await openSignedIn({ isolation });
    const token = await client.getAccessToken();
    const [{ sent }] = started;
    sent.length = 0;
    const asked = () => sent.filter(({ kind }) => kind !== 'pong'); // events are answered
    const all = await Promise.all(Array.from({ length: 10_000 }, (_, i) => client.getAccessToken(i % 2 ? undefined : { minValiditySeconds: 30, cacheOnly: i % 4 === 0 })));
    assert.deepEqual(new Set(all), new Set([token]));
    assert.deepEqual(asked(), []);
    await Promise.all([client.getAccessToken({ forceRefresh: true }), client.getAccessToken({ forceRefresh: true }), client.getAccessToken()]);
    assert.deepEqual(asked().map(({ kind, command }) => [kind, JSON.parse(command).op]), [['call', 'token']]);
  });

  test(`${isolation}: a call under way when the page froze is answered when it thaws`, async () => {
    const client = await openSignedIn({ isolation });
    provider.script.push((_, answer) => { setTimeout(() => answer.writeHead(503, { 'retry-after': '1' }).end(), 100); });
    const waiting = client.refresh();
    await sleep(20);
    page.document.dispatchEvent(new Event('freeze'));
    await sleep(300);
    const settled = await Promise.race([waiting.then(() => true, () => true), sleep(10)]);
    assert.equal(settled, undefined, 'nothing is said to a page that stands still');
    page.document.dispatchEvent(new Event('resume'));
    await assert.rejects(waiting, { name: 'AuthError' });
    assert.equal(client.getUser()?.subject, 'alice');
  });
}

test('each wake-up reaches the worker, and is traced with its reason', async () => {
  const client = await openSignedIn();
  /** @type {(string | undefined)[]} */
  const traced = [];
  client.on('trace', ({ step, reason }) => void (step === 'wake' && traced.push(reason)));
  const { sent } = started[0];
  const before = sent.length;
  page.dispatch('online');
  page.dispatch('offline');
  page.dispatch('pageshow', { persisted: true });
  await client.getAccessToken();
  page.document.dispatchEvent(new Event('resume'));
  await client.getAccessToken();
  page.document.dispatchEvent(new Event('visibilitychange'));
  page.document.visibilityState = 'hidden';
  page.document.dispatchEvent(new Event('visibilitychange'));
  page.dispatch('pageshow', { persisted: false });
  await client.getAccessToken();
  const reasons = ['online', 'offline', 'pageshow', 'resume', 'visible'];
  assert.deepEqual(traced, reasons);
  const commands = sent.slice(before).filter(({ kind }) => kind === 'call').map(({ command }) => JSON.parse(command));
  assert.deepEqual(commands.filter(({ op }) => op === 'wake').map(({ reason }) => reason), reasons);
});

test('a page that leaves says so, and one that only hides is not told of events', async () => {
  const client = await openSignedIn();
  const [worker] = started;
  const kinds = () => worker.sent.map(({ kind }) => kind);
  page.dispatch('pagehide', { persisted: true });
  assert.equal(kinds().at(-1), 'away');
  page.dispatch('pageshow', { persisted: true });
  await client.getAccessToken();
  page.dispatch('pagehide', { persisted: false });
  assert.equal(kinds().at(-1), 'leave');
});

test('a prerendered page does nothing until it is shown', async () => {
  page.remove();
  page = openPage('http://127.0.0.1:4000/', { prerendering: true });
  const before = page.listeners();
  const opening = open();
  const unwanted = createClient({ issuer: provider.issuer, clientId: 'other', redirectUri: 'http://127.0.0.1:4000/', allowLoopbackHttp: true });
  await sleep(50);
  assert.deepEqual([started.length, provider.calls.length], [0, 0]);
  assert.equal(await Promise.race([opening, sleep(1)]), undefined);
  page.document.prerendering = false;
  page.document.dispatchEvent(new Event('prerenderingchange'));
  const client = await opening;
  assert.equal(client.getUser(), undefined);
  await (await unwanted).close();
  await client.close();
  assert.equal(page.listeners(), before);
});

for (const isolation of /** @type {const} */ (['shared', 'dedicated', 'none'])) {
  test(`${isolation}: mounted and unmounted 100 times, nothing is left`, async () => {
    const before = page.listeners();
    for (let i = 0; i < (isolation === 'shared' ? 100 : 20); i++) {
      const [first, second] = await Promise.all([open({ isolation }), open({ isolation })]); // as StrictMode does it
      await first.close();
      await first.close();
      if (i % 10 === 0) assert.equal(second.getUser(), undefined);
      await second.close();
    }
    clients = [];
    assert.equal(page.listeners(), before);
    if (isolation === 'shared') {
      assert.equal(new Set(started.map(({ thread }) => thread)).size, 1, 'one worker');
      assert.ok(started.every(({ sent }) => sent.at(-1).kind === 'leave'));
    } else assert.ok(started.every(({ alive }) => !alive));
  });
}

test('a client that is closed while it starts', async () => {
  for (const isolation of /** @type {const} */ (['shared', 'dedicated', 'none'])) {
    const opening = open({ isolation });
    const again = open({ isolation });
    await (await opening).close();
    const client = await again;
    await assert.rejects(client.getAccessToken(), { code: 'login_required' });
    await client.close();
    await assert.rejects(client.getAccessToken(), { code: 'closed' });
    await assert.rejects(client.refresh(), { code: 'closed' });
  }
});

test("dedicated with storage 'session': the record is in the page, and a refresh under way when the client is closed is stored", async (t) => {
  const platform = installLocks();
  t.after(platform.remove);
  const client = await openSignedIn({ storage: 'session' });
  await client.refresh();
  assert.equal(started.length, 1);
  assert.ok([...page.storage.values()].some((text) => text.includes(provider.refreshToken)));
  let answer = () => {};
  provider.hold = new Promise((resolve) => { answer = () => resolve(undefined); });
  const waiting = client.refresh();
  while (provider.ledger.length < 3) await sleep(5);
  await client.close();
  await assert.rejects(waiting, { code: 'closed' });
  assert.equal(started[0].alive, true);
  answer();
  while (started[0].alive) await sleep(5);
  assert.deepEqual(platform.locks.held(), []);
  const next = await open({ storage: 'session' });
  assert.equal(next.getUser()?.subject, 'alice');
  assert.equal(await next.getAccessToken(), provider.accessToken);
});

test('two clients on a page are apart, and one closes while the other goes on', async () => {
  const one = await openSignedIn();
  const two = await open({ scope: 'openid email' });
  assert.equal(two.getUser(), undefined);
  await two.close();
  await one.refresh();
  const same = await open();
  assert.equal(await same.getAccessToken(), await one.getAccessToken());
  provider.script.push((_, answer) => { setTimeout(() => answer.writeHead(500).end(), 300); });
  const pending = one.refresh();
  await sleep(20);
  await one.close();
  await assert.rejects(pending, { code: 'closed' });
  assert.equal(same.getUser()?.subject, 'alice');
});
