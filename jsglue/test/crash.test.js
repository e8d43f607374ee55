// A module that traps, for real: its entry throws what an `unreachable` throws.

import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { createClient } from '../index.js';
import { loadPkce } from '../pkce.js';
import { startProvider } from './provider.js';

const { instantiate } = WebAssembly;
let trapped = false;

/** Makes the modules instantiated from now on trap when `trapped` is set. */
function breakModules() {
  WebAssembly.instantiate = /** @type {any} */ (async (/** @type {WebAssembly.Module} */ module, /** @type {WebAssembly.Imports} */ imports) => {
    const { exports } = await instantiate(module, imports);
    const guarded = Object.entries(exports).map(([name, value]) => [name, typeof value !== 'function' ? value : (/** @type {any[]} */ ...args) => {
      if (trapped) throw new WebAssembly.RuntimeError('unreachable');
      return value(...args);
    }]);
    return Object.create(WebAssembly.Instance.prototype, { exports: { value: Object.fromEntries(guarded) } });
  });
}

afterEach(() => {
  WebAssembly.instantiate = instantiate;
  trapped = false;
});

test('a trap rejects what is pending within 100 ms, and everything after it', async (t) => {
  const provider = await startProvider();
  t.after(() => provider.stop());
  breakModules();
  const pkce = await loadPkce();
  provider.script.push(() => {});
  const waiting = pkce.refreshTokens({ issuer: provider.issuer, token_endpoint: `${provider.issuer}/token` }, { clientId: 'a', refreshToken: 'r' }, { allowLoopbackHttp: true });
  await new Promise((resolve) => setTimeout(resolve, 50));
  trapped = true;
  const began = performance.now();
  assert.throws(() => pkce.generateState(), { code: 'crashed' });
  await assert.rejects(waiting, { code: 'crashed' });
  assert.ok(performance.now() - began < 100);
  trapped = false;
  assert.throws(() => pkce.generateState(), { code: 'crashed' }, 'a dead module stays dead');
  await assert.rejects(pkce.discover(provider.issuer), { code: 'crashed' });
  WebAssembly.instantiate = instantiate;
  assert.equal((await loadPkce()).generateState().length, 43);
});

test('a trap in a timer of the module is noticed, too', async (t) => {
  const provider = await startProvider();
  t.after(() => provider.stop());
  breakModules();
  const pkce = await loadPkce();
  provider.script.push(() => {});
  const waiting = pkce.refreshTokens({ issuer: provider.issuer, token_endpoint: `${provider.issuer}/token` }, { clientId: 'a', refreshToken: 'r' }, { allowLoopbackHttp: true, timeoutMs: 1000 });
  setTimeout(() => { trapped = true; }, 50);
  await assert.rejects(waiting, { code: 'crashed' });
});

test('a refresh schedule ends with its module, and says so once', async (t) => {
  const provider = await startProvider();
  t.after(() => provider.stop());
  breakModules();
  const pkce = await loadPkce();
  /** @type {string[]} */
  const errors = [];
  const open = (/** @type {AbortSignal} */ signal) => pkce.scheduleRefresh({ issuer: provider.issuer, token_endpoint: `${provider.issuer}/token` }, {
    clientId: 'a', tokens: { accessToken: 'a', tokenType: 'Bearer', refreshToken: 'r', expiresAt: Date.now() + 3600_000 }, onTokens() {}, onError: ({ code }) => errors.push(code),
  }, { allowLoopbackHttp: true, signal });
  const controller = new AbortController();
  const leaving = new AbortController();
  const [schedule, cancelled, left] = [open(controller.signal), open(controller.signal), open(leaving.signal)];
  assert.throws(() => open(AbortSignal.abort()), { code: 'aborted' });
  cancelled.cancel();
  leaving.abort();
  assert.equal(typeof schedule.nextAt, 'number');
  assert.deepEqual([cancelled.nextAt, left.nextAt], [undefined, undefined]);
  const received = new Promise((resolve) => { provider.script.push(resolve); });
  const waiting = schedule.refreshNow();
  await received;
  trapped = true;
  assert.throws(() => pkce.generateState(), { code: 'crashed' });
  await assert.rejects(waiting, { code: 'crashed' });
  assert.deepEqual(errors, ['crashed']);
  await assert.rejects(schedule.refreshNow(), { name: 'AuthError', code: 'crashed' });
  assert.equal(schedule.nextAt, undefined);
  for (const ended of [cancelled, left]) await assert.rejects(ended.refreshNow(), { code: 'closed' });
  schedule.cancel();
  controller.abort();
  assert.deepEqual(errors, ['crashed']);
});

test("a client with isolation 'none' starts a new module, without the session", async (t) => {
  const provider = await startProvider();
  breakModules();
  const client = await createClient({ issuer: provider.issuer, clientId: 'app', redirectUri: 'http://127.0.0.1:4000/', isolation: 'none', allowLoopbackHttp: true });
  t.after(async () => {
    await client.close();
    await provider.stop();
  });
  let url = '';
  await client.signInRedirect({ navigate: (to) => { url = to; } });
  await client.handleRedirectCallback(provider.signIn(url));
  /** @type {string[]} */
  const events = [];
  client.on('crashed', ({ type }) => events.push(type));
  client.on('signedOut', ({ reason }) => events.push(reason));
  provider.script.push(() => {});
  const waiting = client.refresh();
  await new Promise((resolve) => setTimeout(resolve, 50));
  trapped = true;
  const other = client.getAccessToken({ forceRefresh: true });
  await assert.rejects(waiting, { code: 'crashed' });
  await assert.rejects(other, { code: 'crashed' });
  assert.deepEqual(events, ['crashed', 'crashed']);
  trapped = false;
  assert.equal(client.getUser(), undefined);
  await assert.rejects(client.getAccessToken(), { code: 'login_required' });
});
