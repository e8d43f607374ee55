// signInPopup with the real module in this realm and windows that are not real: what the user and the browser do is scripted.

import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { createClient } from '../index.js';
import { openPage } from './page.js';
import { startProvider } from './provider.js';

const origin = 'http://127.0.0.1:4000';
const redirectUri = `${origin}/callback`;
/** @type {Awaited<ReturnType<typeof startProvider>>} */
let provider;
/** @type {import('../types.d.ts').Client} */
let client;
/** @type {import('./page.js').Page} */
let page;
/** Windows opened so far. @type {ReturnType<typeof fakeWindow>[]} */
let windows = [];
let focused = true, blocking = false;

beforeEach(async () => {
  provider = await startProvider();
  page = openPage(`${origin}/`, { prerendering: false });
  page.document.hasFocus = () => focused;
  focused = true;
  blocking = false;
  windows = [];
  Object.assign(globalThis, { screen: { availWidth: 1280, availHeight: 600 }, screenX: 100, screenY: 50, outerWidth: 1000, outerHeight: 500 });
  Object.assign(globalThis, {
    open(/** @type {string} */ url, /** @type {string} */ target, /** @type {string} */ features) {
      if (blocking) return null;
      windows.push(fakeWindow({ url, target, features }));
      return windows.at(-1);
    },
  });
  client = await open();
});
afterEach(async () => {
  await client.close();
  await until(() => page.listeners() === 0, 'end of the listeners');
  page.remove();
  for (const name of ['open', 'screen', 'screenX', 'screenY', 'outerWidth', 'outerHeight']) Reflect.deleteProperty(globalThis, name);
  await provider.stop();
});

/** @param {Partial<import('../types.d.ts').ClientConfig>} [changes] */
const open = (changes) => createClient({ issuer: provider.issuer, clientId: 'app', redirectUri, isolation: 'none', allowLoopbackHttp: true, ...changes });

/** @param {object} opened how it was */
function fakeWindow(opened) {
  const state = {
    opened, focuses: 0, elsewhere: false, isClosed: false,
    /** How often it was looked at. */
    looks: 0,
    get closed() {
      state.looks++;
      return state.isClosed;
    },
    set closed(value) { state.isClosed = value; },
    /** Messages to it. @type {any[]} */
    received: [],
    /** Where it was sent. @type {string[]} */
    visited: [],
    location: {
      get href() {
        if (state.elsewhere) throw new Error('SecurityError');
        return 'about:blank';
      },
      replace(/** @type {string} */ url) {
        state.visited.push(url);
        state.elsewhere = true;
      },
    },
    close() { state.closed = true; },
    focus() { state.focuses++; },
    postMessage(/** @type {any} */ data, /** @type {string} */ to) { state.received.push([data, to]); },
  };
  return state;
}

/** @param {() => unknown} condition @param {string} what */
async function until(condition, what) {
  for (const end = Date.now() + 20_000; !condition();) {
    assert.ok(Date.now() < end, `no ${what}`);
    await new Promise((resolve) => { setTimeout(resolve, 5); });
  }
}
const arrived = async () => {
  await until(() => windows.at(-1)?.visited.length, 'navigation of the popup');
  return /** @type {ReturnType<typeof fakeWindow>} */ (windows.at(-1));
};
/** Resolves when a window was looked at so many times more. @param {ReturnType<typeof fakeWindow>} popup @param {number} times */
const seen = (popup, times) => {
  const before = popup.looks;
  return until(() => popup.looks >= before + times, 'look at the popup');
};
const stateOf = (/** @type {string} */ url) => String(new URL(url).searchParams.get('state'));
const message = (/** @type {any} */ source, /** @type {string} */ url, from = origin) => page.dispatch('message', { origin: from, source, data: { kind: 'pkcewasm.response', url } });
/** What a callback page does whose window is cut off. @param {string} url */
function broadcast(url) {
  const channel = new BroadcastChannel(`pkcewasm.callback ${stateOf(url)}`);
  channel.postMessage({ kind: 'pkcewasm.response', url });
  return channel;
}

test('the window opens in the same tick, sized and centred, and goes to the provider', async () => {
  const signingIn = client.signInPopup({ prompt: 'login', loginHint: 'alice', params: { audience: 'api' }, returnTo: '/ignored' });
  assert.deepEqual(windows.map(({ opened }) => opened), [{ url: 'about:blank', target: '_blank', features: 'popup,width=480,height=600,left=360,top=0' }]);
  const popup = await arrived();
  const { searchParams } = new URL(popup.visited[0]);
  assert.deepEqual(['prompt', 'login_hint', 'audience', 'redirect_uri', 'code_challenge_method'].map((name) => searchParams.get(name)), ['login', 'alice', 'api', redirectUri, 'S256']);
  assert.match(String(searchParams.get('state')), /^[\w-]{43}\.popup$/);
  message(popup, provider.signIn(popup.visited[0]));
  const user = await signingIn;
  assert.equal(user.subject, 'alice');
  assert.equal(client.getUser(), user);
  assert.deepEqual(popup.received, [[{ kind: 'pkcewasm.taken', state: searchParams.get('state') }, origin]]);
  assert.equal(popup.closed, true);
  assert.deepEqual([page.visited, page.writes], [[], []], 'the page stays, and nothing is stored');
  assert.equal(provider.ledger.length, 1);
});

test('a popup that is cut off answers through the channel', async () => {
  const signingIn = client.signInPopup();
  const popup = await arrived();
  popup.closed = true; // as every engine says from then on
  popup.elsewhere = false;
  const channel = broadcast(provider.signIn(popup.visited[0]));
  const taken = new Promise((resolve) => { channel.onmessage = ({ data }) => resolve(data.kind); });
  assert.equal((await signingIn).subject, 'alice');
  assert.equal(await taken, 'pkcewasm.taken');
  channel.close();
});

test('forged messages are ignored', async () => { // F-164, T-12
  const signingIn = client.signInPopup();
  const popup = await arrived();
  const good = provider.signIn(popup.visited[0]);
  const evil = new URL(good);
  evil.searchParams.set('state', `${'A'.repeat(43)}.popup`);
  message(popup, good, 'https://evil.example');
  message(popup, good, 'null');
  message({}, good);
  message(null, good);
  message(popup, evil.href);
  message(popup, good.replace(origin, 'https://evil.example'));
  message(popup, good.replace('/callback', '/other')); // where another provider's responses may arrive
  message(popup, 'not a url');
  page.dispatch('message', { origin, source: popup, data: null });
  page.dispatch('message', { origin, source: popup, data: { kind: 'other', url: good } });
  page.dispatch('message', { origin, source: popup, data: { kind: 'pkcewasm.response', url: { toString: () => good } } });
  page.dispatch('message', { origin, source: popup, data: Object.create({ kind: 'pkcewasm.response', url: good }) });
  broadcast(evil.href).close();
  await new Promise(setImmediate);
  assert.deepEqual([provider.ledger.length, popup.received.length, client.getUser()], [0, 0, undefined]);
  message(popup, good);
  assert.equal((await signingIn).subject, 'alice');
});

test('a blocked popup is told at once, and nothing was asked', async () => {
  const before = page.listeners();
  blocking = true;
  await assert.rejects(client.signInPopup(), { code: 'popup_blocked', retryable: false });
  assert.deepEqual([provider.calls.length, page.listeners()], [0, before]);
});

test('wrong options open no window', async () => {
  for (const options of [{ returnTo: '//evil.example' }, { prompt: 5 }, { unknown: 1 }, { signal: {} }, { params: { client_secret: 'x' } }, null]) {
    await assert.rejects(client.signInPopup(/** @type {any} */ (options)), { code: 'config' });
  }
  await assert.rejects(client.signInPopup({ signal: AbortSignal.abort() }), { code: 'aborted' });
  const elsewhere = await open({ redirectUri: 'https://elsewhere.example/callback' });
  await assert.rejects(elsewhere.signInPopup(), { code: 'config', message: /redirectUri/ });
  await elsewhere.close();
  const popupElsewhere = await open({ popupRedirectUri: 'https://elsewhere.example/callback' });
  await assert.rejects(popupElsewhere.signInPopup(), { code: 'config', message: /popupRedirectUri/ });
  await popupElsewhere.close();
  assert.equal(windows.length, 0);
});

test('a window that the user closes, at the provider or before', async () => {
  const before = page.listeners();
  const signingIn = client.signInPopup();
  const popup = await arrived();
  await seen(popup, 2);
  popup.closed = true;
  await assert.rejects(signingIn, { code: 'popup_closed' });

  const again = client.signInPopup();
  /** @type {any} */ (windows[1]).closed = true;
  await assert.rejects(again, { code: 'popup_closed' });

  const third = client.signInPopup();
  const last = await arrived();
  message(last, provider.signIn(last.visited[0]));
  assert.equal((await third).subject, 'alice');
  assert.equal(windows.length, 3);
  await until(() => page.listeners() === before, 'end of the listeners');
});

test('a message that comes shortly after the end of the window counts', async () => { // F-163
  const signingIn = client.signInPopup();
  const popup = await arrived();
  await seen(popup, 2);
  popup.closed = true;
  await seen(popup, 1);
  message(popup, provider.signIn(popup.visited[0]));
  assert.equal((await signingIn).subject, 'alice');
});

test('a window that was cut off is not taken for closed until the page has the focus again', async () => {
  const signingIn = client.signInPopup();
  let settled = false;
  signingIn.catch(() => {}).finally(() => { settled = true; });
  const popup = await arrived();
  popup.closed = true;
  focused = false; // the user is in the popup
  await seen(popup, 10); // well beyond the grace
  assert.equal(settled, false);
  focused = true;
  await assert.rejects(signingIn, { code: 'popup_closed' });

  // They were in it all the same, and finish.
  const signedIn = new Promise((resolve) => { client.on('signedIn', resolve); });
  broadcast(provider.signIn(popup.visited[0])).close();
  assert.equal((/** @type {any} */ (await signedIn)).user.subject, 'alice');
});

test('another call brings the window to the front and waits with the first', async () => {
  const first = client.signInPopup();
  const second = client.signInPopup({ prompt: 'login' });
  const popup = await arrived();
  assert.deepEqual([windows.length, popup.focuses], [1, 1]);
  message(popup, provider.signIn(popup.visited[0]));
  assert.equal(await first, await second);
});

test('whoever ends it closes the window: the caller, the client, the page that leaves', async () => {
  const abort = new AbortController();
  const aborted = client.signInPopup({ signal: abort.signal });
  await arrived();
  abort.abort();
  await assert.rejects(aborted, { code: 'aborted' });
  await until(() => windows[0].closed, 'end of the window');

  const left = client.signInPopup();
  await arrived();
  page.dispatch('pagehide', { persisted: false });
  await assert.rejects(left, { code: 'aborted', description: 'pagehide' });
  await until(() => windows[1].closed, 'end of the window');

  const closed = client.signInPopup();
  await arrived();
  await client.close();
  await assert.rejects(closed, { code: 'closed' });
  await until(() => windows[2].closed, 'end of the window');
});

test('after 5 minutes it is over', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout', 'setInterval'] });
  const signingIn = client.signInPopup();
  const failing = assert.rejects(signingIn, { code: 'timeout', retryable: true });
  focused = false;
  t.mock.timers.tick(5 * 60_000);
  await failing;
  assert.equal(windows[0].closed, true);
});

test('the error of the provider is the error of the call', async () => {
  const signingIn = client.signInPopup();
  const popup = await arrived();
  message(popup, `${redirectUri}?error=access_denied&state=${stateOf(popup.visited[0])}&iss=${encodeURIComponent(provider.issuer)}`);
  await assert.rejects(signingIn, { code: 'authorization', oauthError: 'access_denied' });
  assert.equal(popup.closed, true);
});

test('without windows it is refused with the reason', async () => {
  const { document } = globalThis;
  Reflect.deleteProperty(globalThis, 'document');
  try {
    await assert.rejects(client.signInPopup(), { code: 'unsupported', description: 'window' });
    await assert.rejects(client.signInSilent(), { code: 'unsupported', description: 'window' });
  } finally {
    Object.defineProperty(globalThis, 'document', { value: document, configurable: true });
  }
});
