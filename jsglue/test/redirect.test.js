// Leaving for the provider and coming back, with the real module in this realm, against a provider on loopback.

import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { createClient } from '../index.js';
import { openPage } from './page.js';
import { startProvider } from './provider.js';

const redirectUri = 'http://127.0.0.1:4000/callback';
/** @type {Awaited<ReturnType<typeof startProvider>>} */
let provider;
/** @type {import('../types.d.ts').Client[]} */
let clients = [];
/** @type {import('./page.js').Page | undefined} */
let page;

beforeEach(async () => {
  provider = await startProvider();
});
afterEach(async () => {
  await Promise.all(clients.map((client) => client.close()));
  clients = [];
  page?.remove();
  page = undefined;
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

/** Leaves for the provider and comes back, as the next page of the same tab. @param {import('../types.d.ts').SignInOptions} [options] */
async function comeBack(options) {
  page = openPage('http://127.0.0.1:4000/');
  const client = await open();
  client.signInRedirect(options).catch(() => {});
  while (page.visited.length === 0) await new Promise(setImmediate);
  await client.close();
  const { storage, visited: [url] } = page;
  page.remove();
  page = openPage(provider.signIn(url));
  for (const [key, value] of storage) page.storage.set(key, value);
  return page;
}

const transactions = (/** @type {import('./page.js').Page} */ { storage }) => [...storage.keys()].filter((key) => key.includes('transaction'));

test('a page: leaves for the provider, comes back, and cleans the address before the first await', async () => {
  page = openPage('http://127.0.0.1:4000/');
  const client = await open();
  const leaving = client.signInRedirect({ returnTo: '/back' });
  const twice = client.signInRedirect({ returnTo: '/back' });
  const visited = page.visited;
  while (visited.length === 0) await new Promise(setImmediate);
  await new Promise(setImmediate);
  assert.equal(visited.length, 1, 'two calls in one tick are one navigation');
  assert.equal(page.storage.size, 1);
  await client.close();
  await assert.rejects(leaving, { code: 'closed' });
  await assert.rejects(twice, { code: 'closed' });

  // The next page of the same tab.
  const { storage } = page;
  page.remove();
  page = openPage(provider.signIn(visited[0]));
  for (const [key, value] of storage) page.storage.set(key, value);
  const back = await open();
  assert.equal(back.isRedirectCallback(), true);
  const handling = back.handleRedirectCallback();
  assert.equal(page.location.href, redirectUri, 'clean at once');
  assert.equal([...page.storage.keys()].some((key) => key.includes('transaction')), false, 'and the transaction is gone');
  assert.equal(back.isRedirectCallback(), true, 'while it is being handled');

  // StrictMode: everything again, by another instance, with a clean address.
  const strict = await open();
  assert.equal(strict.isRedirectCallback(), true);
  const [first, second] = await Promise.all([handling, strict.handleRedirectCallback()]);
  assert.equal(first, second);
  assert.equal(first.returnTo, '/back');
  assert.equal(back.isRedirectCallback(), false);
  assert.equal(provider.ledger.length, 1);
});

test('a second sign-in in one tick: the same one joins, another one is told to wait', async () => {
  page = openPage('http://127.0.0.1:4000/');
  const client = await open(), twin = await open();
  const first = client.signInRedirect({ prompt: 'login', loginHint: 'alice' });
  const same = twin.signInRedirect({ loginHint: 'alice', prompt: 'login' });
  for (const options of [undefined, { prompt: 'login' }, { prompt: 'login', loginHint: 'bob' }, { prompt: 'login', loginHint: 'alice', navigate() {} }]) {
    await assert.rejects(client.signInRedirect(options), { code: 'callback', description: 'pending' });
  }
  const { visited } = page;
  while (visited.length === 0) await new Promise(setImmediate);
  assert.equal(new URL(visited[0]).searchParams.get('login_hint'), 'alice');
  await new Promise(setImmediate);
  client.signInRedirect({ loginHint: 'bob' }).catch(() => {}); // the first is on its way: this one overtakes it
  while (visited.length === 1) await new Promise(setImmediate);
  assert.equal(new URL(visited[1]).searchParams.get('login_hint'), 'bob');
  assert.equal(transactions(page).length, 2, 'whichever comes back is known');
  await Promise.all([client.close(), twin.close()]);
  for (const promise of [first, same]) await assert.rejects(promise, { code: 'closed' });
});

test('a callback page that cannot reach the provider keeps the sign-in: the same call succeeds later', async () => {
  const tab = await comeBack({ returnTo: '/back' });
  const kept = transactions(tab);
  const back = await open();
  for (const status of [503, 404]) {
    provider.metadata = status;
    const handling = back.handleRedirectCallback();
    assert.deepEqual(transactions(tab), [], 'no other page finds it meanwhile');
    await assert.rejects(handling, { code: 'discovery', retryable: true });
    assert.equal(tab.location.href, redirectUri, 'the address stays clean');
    assert.deepEqual(transactions(tab), kept, 'it is put back');
    assert.equal(back.isRedirectCallback(), true);
  }
  provider.metadata = 200;
  assert.equal((await back.handleRedirectCallback()).returnTo, '/back');
  assert.equal(back.isRedirectCallback(), false);
  assert.deepEqual(transactions(tab), []);
  assert.equal(provider.ledger.length, 1);
  assert.equal(tab.writes.flat().some((text) => text.includes('code-')), false, 'the code was in no storage');
});

test('a client closed while it handles a callback does not lose it', async () => {
  await comeBack();
  const first = await open();
  const lost = first.handleRedirectCallback();
  await first.close();
  await assert.rejects(lost, { code: 'closed' });
  const second = await open();
  assert.equal(second.isRedirectCallback(), true);
  assert.equal((await second.handleRedirectCallback()).user.subject, 'alice');
  assert.equal(provider.ledger.length, 1);
});

test('a page shown again by the back button learns that nobody signed in', async () => {
  page = openPage('http://127.0.0.1:4000/');
  const client = await open();
  const leaving = client.signInRedirect();
  while (page.visited.length === 0) await new Promise(setImmediate);
  await new Promise(setImmediate);
  page.dispatch('pageshow', { persisted: false });
  page.dispatch('pageshow', { persisted: true });
  await assert.rejects(leaving, { code: 'aborted' });
});

test('without sessionStorage a redirect is refused before it', async () => {
  page = openPage('http://127.0.0.1:4000/', { storage: false });
  const client = await open();
  await assert.rejects(client.signInRedirect(), { code: 'storage' });
  assert.deepEqual(page.visited, []);
});

test('foreign and forged callbacks send nothing and disturb no pending sign-in', async () => {
  page = openPage('http://127.0.0.1:4000/');
  const client = await open();
  const url = await authorizationUrl(client);
  const state = new URL(url).searchParams.get('state');
  for (const [query, code] of [
    ['?code=X', 'state'], ['?code=X&state=attacker', 'state'], ['?error=access_denied&state=attacker', 'state'], [`?code=X&state=${state}&state=${state}`, 'callback'], ['', 'state'],
  ]) await assert.rejects(client.handleRedirectCallback(redirectUri + query), { name: 'AuthError', code }, query);
  const other = await open({ clientId: 'other' });
  const response = provider.signIn(url);
  await assert.rejects(other.handleRedirectCallback(response), { code: 'state' });
  // Of another provider's redirect URI it may be that provider's, too (RFC 9700 section 4.4.2).
  for (const elsewhere of ['/callback/other', '/', '//127.0.0.1:4000/callback']) {
    await assert.rejects(client.handleRedirectCallback(response.replace('/callback', elsewhere)), { name: 'AuthError', code: 'state' }, elsewhere);
  }
  await assert.rejects(client.handleRedirectCallback(response.replace('127.0.0.1', 'localhost')), { code: 'state' });
  assert.equal(provider.ledger.length, 0);
  await client.handleRedirectCallback(response.replace('/callback', '/callback/')); // as static hosts have it
  assert.equal(client.getUser()?.subject, 'alice');
});

test('the same callback again is the same result, without a request', async () => {
  const client = await open();
  const callback = provider.signIn(await authorizationUrl(client));
  const [a, b] = await Promise.all([client.handleRedirectCallback(callback), client.handleRedirectCallback(new URL(callback))]);
  assert.equal(a, b);
  assert.equal(await client.handleRedirectCallback(callback), a);
  assert.equal(provider.ledger.length, 1);
  await client.signOut({ local: true });
  await assert.rejects(client.handleRedirectCallback(callback), { code: 'state' });
  assert.equal(provider.ledger.length, 1);
});

test('after a failed exchange the same callback is refused as consumed', async () => {
  page = openPage('http://127.0.0.1:4000/');
  const client = await open();
  const callback = provider.signIn(await authorizationUrl(client));
  provider.script.push((_, response) => response.writeHead(400, { 'content-type': 'application/json' }).end('{"error":"invalid_grant"}'));
  await assert.rejects(client.handleRedirectCallback(callback), { code: 'oauth', oauthError: 'invalid_grant' });
  await assert.rejects(client.handleRedirectCallback(callback), { code: 'state' });
  assert.equal(provider.ledger.length, 1);
});

test('a description that nobody reads does not hide the error, and a code that long is refused', async () => {
  page = openPage('http://127.0.0.1:4000/');
  const client = await open();
  const long = 'a'.repeat(1 << 20);
  const stateOf = async () => new URL(await authorizationUrl(client)).searchParams.get('state');
  await assert.rejects(client.handleRedirectCallback(`${redirectUri}?error=access_denied&state=${await stateOf()}&error_description=${long}`), { code: 'authorization', oauthError: 'access_denied' });
  await assert.rejects(client.handleRedirectCallback(`${redirectUri}?code=${long}&state=${await stateOf()}`), { code: 'callback', description: 'too_large' });
  assert.equal(provider.ledger.length, 0);
  await client.close();
  assert.equal(page.listeners(), 0, 'nothing holds the session');
});
