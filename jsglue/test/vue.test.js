// pkcewasm/vue with the real Vue and module.

import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { visit } from './dom.js';
import { shown, startSignIn } from './views.js';

// Vue looks for a document when it is evaluated.
const { createApp, h } = await import('vue');
const { createAuth, useAuth } = await import('../vue.js');

/** @type {Awaited<ReturnType<typeof startSignIn>>} */
let signIn;
/** What was handed to onSignedIn. @type {any[]} */
let results;
/** @type {ReturnType<typeof useAuth>} */
let auth;
/** @type {import('vue').App | undefined} */
let app;

const Greeting = {
  setup() {
    auth = useAuth();
    const { user, error, isLoading } = auth;
    return () => h('p', isLoading.value ? 'loading' : error.value ? `failed: ${error.value.code}` : `Hello ${user.value?.claims.name ?? 'stranger'}`);
  },
};

/** @param {Partial<import('../types.d.ts').ClientConfig>} [changes] */
function mount(changes) {
  app = createApp(Greeting).use(createAuth({ ...signIn.config, ...changes }, { onSignedIn: (result) => results.push(result) }));
  app.mount('main');
}

beforeEach(async () => {
  signIn = await startSignIn();
  results = [];
  visit('/');
  document.body.innerHTML = '<main></main>';
});
afterEach(() => {
  app?.unmount();
  app = undefined;
  signIn.uninstall();
});

test('nobody, then somebody, then nobody', async () => {
  mount();
  assert.equal(document.body.textContent, 'loading');
  await shown('Hello stranger');
  const client = /** @type {import('../types.d.ts').Client} */ (auth.client.value);
  await signIn.provider.signIn(client);
  await shown('Hello Alice Liddell');
  signIn.provider.endSession();
  await assert.rejects(client.refresh(), { code: 'session_expired' });
  await shown('Hello stranger');
  assert.deepEqual(results, [], 'that was no callback of this page');
});

test('a callback is handled once, and the client is closed with the application', async () => {
  await signIn.comeBack();
  mount();
  await shown('Hello Alice Liddell');
  assert.equal(signIn.exchanges(), 1);
  assert.deepEqual(results.map(({ user, returnTo }) => [user.subject, returnTo]), [['alice', '/orders']]);
  const { value } = auth.client;
  app?.unmount();
  app = undefined;
  await assert.rejects(/** @type {any} */ (value).getAccessToken(), { code: 'closed' });
});

test('gone before the client is there', async () => {
  await signIn.comeBack();
  mount();
  app?.unmount();
  app = undefined;
  mount();
  await shown('Hello Alice Liddell');
  assert.equal(signIn.exchanges(), 1);
  assert.equal(results.length, 1);
});

test('a refusal of the provider, and a client that cannot be opened', async () => {
  await signIn.comeBack({ deny: true });
  mount();
  await shown('failed: authorization');
  assert.ok(auth.client.value, 'the user can try again');
  app?.unmount();
  mount({ issuer: 'nowhere' });
  await shown('failed: config');
  assert.equal(auth.client.value, undefined);
});

test('without the plugin it says what is missing', () => {
  const bare = createApp(Greeting);
  bare.config.warnHandler = () => {};
  assert.throws(() => bare.mount('main'), { code: 'config' });
});

test('rendered on a server it is loading, and asks nobody', async () => {
  const { renderToString } = await import('vue/server-renderer');
  const { document } = globalThis;
  Reflect.deleteProperty(globalThis, 'document');
  try {
    const app = createApp(Greeting).use(createAuth(signIn.config));
    assert.match(await renderToString(app), /loading/);
    assert.deepEqual(signIn.provider.requests, []);
  } finally {
    Object.defineProperty(globalThis, 'document', { value: document, configurable: true, writable: true });
  }
});
