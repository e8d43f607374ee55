import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { callbackUrl, cleanLocation, isCallback, keepTransaction, takeTransaction } from '../callback.js';
import { openPage } from './page.js';

const redirectUri = 'https://app.example/callback';
const owner = { issuer: 'https://id.example', clientId: 'app', redirectUri };
const state = 'S'.repeat(43);
/** @type {import('./page.js').Page | undefined} */
let page;
/** What is taken, without the function. @param {URL} url @param {import('../callback.js').Owner} whose */
const take = (url, whose) => Object.fromEntries(Object.entries(takeTransaction(url, whose)).filter(([name]) => name !== 'putBack'));
const open = (/** @type {string} */ address, /** @type {object} */ options = {}) => page = openPage(address, options);
afterEach(() => page?.remove());

test('an authorization response to the redirect URI is recognised, nothing else', () => {
  for (const [address, expected] of /** @type {[string, boolean][]} */ ([
    ['?code=a&state=b', true], ['/?code=a&state=b', true], ['?error=access_denied&state=b', true], ['?state=b&code=a&iss=x&session_state=y#_=_', true], ['?code=&state=', true],
    ['', false], ['?code=a', false], ['?state=b', false], ['?error=x', false], ['#code=a&state=b', false], ['/other?code=a&state=b', false], ['.htm?code=a&state=b', false], ['index.html?code=a&state=b', false], ['/index?code=a&state=b', false],
    ['.html?code=a&state=b', true], ['/index.html?code=a&state=b', true],
  ])) assert.equal(isCallback(new URL(redirectUri + address), redirectUri), expected, address);
  assert.equal(isCallback(new URL('https://evil.example/callback?code=a&state=b'), redirectUri), false);
  assert.equal(isCallback(new URL('https://app.example/?code=a&state=b'), 'https://app.example'), true);
  assert.equal(isCallback(new URL('https://app.example/callback?code=a&state=b'), 'https://app.example/callback.html'), true, 'a static host');
  assert.equal(isCallback(new URL(`${redirectUri}?code=a&state=b`), redirectUri, 'fragment'), false);
  assert.equal(isCallback(new URL(`${redirectUri}#code=a&state=b`), redirectUri, 'fragment'), true);
  assert.equal(isCallback(new URL(`${redirectUri}#error=a&state=b`), redirectUri, 'fragment'), true);
});

test('the address bar and the history are cleaned, and only of the response', () => {
  const cases = [
    [`${redirectUri}?code=C0DE&state=${state}&iss=x#frag`, redirectUri, '/callback'],
    [`${redirectUri}?tenant=1&code=C0DE&state=${state}`, `${redirectUri}?tenant=1`, '/callback?tenant=1'],
    [`${redirectUri}?error=access_denied&error_description=x&state=${state}`, redirectUri, '/callback'],
    [`${redirectUri}#access_token=t&state=${state}`, redirectUri, '/callback'],
    [`https://app.example//evil.example/?code=C0DE&state=${state}`, redirectUri, '//evil.example/'], // a path of this origin
  ];
  for (const [address, uri, cleaned] of cases) {
    const { location } = open(address);
    cleanLocation(new URL(address), uri);
    assert.equal(location.href, `https://app.example${cleaned}`);
  }
  const { location } = open(`${redirectUri}?tab=2#top`);
  cleanLocation(new URL(location.href), redirectUri);
  assert.equal(location.href, `${redirectUri}?tab=2#top`, 'not a response');
  cleanLocation(new URL(`${redirectUri}?code=a&state=b`), redirectUri);
  assert.equal(location.href, `${redirectUri}?tab=2#top`, 'not this address');
});

test('history.state is kept unless a router put the code into it', () => {
  const address = `${redirectUri}?code=C0DE&state=${state}`;
  const { history } = open(address);
  history.state = { key: 'x', scroll: [0, 5] };
  cleanLocation(new URL(address), redirectUri);
  assert.deepEqual(history.state, { key: 'x', scroll: [0, 5] });

  const other = open(address).history;
  other.state = { current: '/callback?code=C0DE' };
  cleanLocation(new URL(address), redirectUri);
  assert.equal(other.state, null);
});

test('a transaction is taken once, and known as consumed afterwards', () => {
  const { storage } = open('https://app.example/');
  keepTransaction(state, 'opaque', owner);
  const url = new URL(`${redirectUri}?code=a&state=${state}`);
  assert.deepEqual(take(url, owner), { transaction: 'opaque' });
  assert.deepEqual(take(url, owner), { consumed: true });
  assert.equal([...storage].flat().some((text) => text.includes(state.slice(0, 12))), false, 'the state itself is forgotten');
});

test('a transaction that is put back can be taken again, once', () => {
  const { storage } = open('https://app.example/');
  keepTransaction(state, 'opaque', owner);
  const before = [...storage];
  const url = new URL(`${redirectUri}?code=a&state=${state}`);
  takeTransaction(url, owner).putBack?.();
  assert.deepEqual([...storage].filter(([key]) => key !== 'pkcewasm.spent'), before);
  assert.deepEqual(take(url, owner), { transaction: 'opaque' });
  assert.deepEqual(take(url, owner), { consumed: true });
});

test('with responseMode fragment, what is in the query is no answer', () => {
  const { location } = open(`https://app.example/callback#code=a&state=${state}`);
  keepTransaction(state, 'opaque', owner);
  const fragment = { ...owner, responseMode: /** @type {const} */ ('fragment') };
  assert.deepEqual(takeTransaction(new URL(`${redirectUri}?code=a&state=${state}`), fragment), {});
  assert.deepEqual(takeTransaction(new URL(location.href), owner), {});
  assert.equal(takeTransaction(new URL(location.href), fragment).transaction, 'opaque');
});

test('nothing is taken for a state that is missing, double, unknown or an attacker\'s', () => {
  open('https://app.example/');
  keepTransaction(state, 'opaque', owner);
  for (const query of ['?code=a', '?code=a&state=', `?code=a&state=${state}&state=${state}`, '?code=a&state=attacker', `?error=access_denied&state=${state.toLowerCase()}`]) {
    assert.deepEqual(take(new URL(redirectUri + query), owner), {}, query);
  }
  assert.deepEqual(take(new URL(`${redirectUri}?code=a&state=${state}`), owner), { transaction: 'opaque' });
});

test("another client's transaction stays where it is", () => {
  open('https://app.example/');
  keepTransaction(state, 'opaque', owner);
  const url = new URL(`${redirectUri}?code=a&state=${state}`);
  for (const other of [{ ...owner, clientId: 'other' }, { ...owner, issuer: 'https://id.example/' }, { ...owner, redirectUri: `${redirectUri}2` }]) assert.deepEqual(take(url, other), { foreign: true });
  assert.deepEqual(take(url, owner), { transaction: 'opaque' });
});

test('a transaction lives for 10 minutes', (t) => {
  open('https://app.example/');
  t.mock.timers.enable({ apis: ['Date'], now: 1e12 });
  keepTransaction(state, 'opaque', owner);
  const url = new URL(`${redirectUri}?code=a&state=${state}`);
  t.mock.timers.tick(10 * 60_000 + 1);
  assert.throws(() => takeTransaction(url, owner), { code: 'state', description: 'expired' });
  assert.deepEqual(take(url, owner), { consumed: true });
});

test('at most 10 transactions are live, the newest', (t) => {
  const { storage } = open('https://app.example/');
  t.mock.timers.enable({ apis: ['Date'], now: 1e12 });
  storage.set('pkcewasm.transaction.broken', '{');
  storage.set('application', 'x');
  for (let i = 0; i < 15; i++) {
    t.mock.timers.tick(1000);
    keepTransaction(`state-${i}`, `transaction ${i}`, owner);
  }
  const live = [...storage.keys()].filter((key) => key.startsWith('pkcewasm.transaction.'));
  assert.deepEqual(live, Array.from({ length: 10 }, (_, i) => `pkcewasm.transaction.state-${i + 5}`));
  assert.ok(storage.has('application'));
});

test('a forged record is not believed', () => {
  const { storage } = open('https://app.example/');
  const url = new URL(`${redirectUri}?code=a&state=${state}`);
  for (const record of ['{', 'null', '5', '[]', '{"__proto__":{"issuer":"https://id.example","clientId":"app"}}']) {
    storage.set(`pkcewasm.transaction.${state}`, record);
    storage.set('pkcewasm.spent', record);
    assert.deepEqual(take(url, owner), { foreign: true }, record);
  }
  storage.set(`pkcewasm.transaction.${state}`, JSON.stringify({ v: 2, at: Date.now(), ...owner, transaction: 'x' }));
  assert.throws(() => takeTransaction(url, owner), { code: 'state' });
});

test('without storage nothing is kept and nothing is found', () => {
  open('https://app.example/', { storage: false });
  assert.throws(() => keepTransaction(state, 'opaque', owner), { code: 'storage' });
  assert.deepEqual(take(new URL(`${redirectUri}?code=a&state=${state}`), owner), {});
});

test('without a page the URL must be given', () => {
  assert.throws(() => callbackUrl(undefined), { code: 'callback' });
  assert.throws(() => callbackUrl('not a url'), { code: 'callback' });
  assert.equal(callbackUrl(`${redirectUri}?x`).search, '?x');
});
