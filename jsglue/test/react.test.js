// pkcewasm/react with the real React and module.

import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { visit } from './dom.js';
import { shown, startSignIn } from './views.js';

// React looks for a document when it is evaluated.
const { StrictMode, createElement } = await import('react');
const { flushSync } = await import('react-dom');
const { createRoot } = await import('react-dom/client');
const { renderToString } = await import('react-dom/server');
const { AuthProvider, useAuth } = await import('../react.js');

/** @type {Awaited<ReturnType<typeof startSignIn>>} */
let signIn;
/** @type {import('react-dom/client').Root} */
let root;
/** What was handed to onSignedIn. @type {any[]} */
let results;
/** The last client that a component saw. @type {import('../types.d.ts').Client | undefined} */
let client;
/** @type {unknown[]} */
let mistakes;

function Greeting() {
  const { user, error, isLoading, client: current } = useAuth();
  client = current;
  return createElement('p', null, isLoading ? 'loading' : error ? `failed: ${error.code}` : `Hello ${user?.claims.name ?? 'stranger'}`);
}

/** @param {object} [props] */
const page = (props) => createElement(StrictMode, null,
  createElement(AuthProvider, { config: { ...signIn.config }, onSignedIn: (result) => results.push(result), ...props }, createElement(Greeting)));

beforeEach(async () => {
  signIn = await startSignIn();
  results = [];
  mistakes = [];
  visit('/');
  document.body.innerHTML = '<main></main>';
  root = createRoot(/** @type {Element} */ (document.querySelector('main')), { onUncaughtError: (error) => { mistakes.push(error); } });
});
afterEach(() => {
  root.unmount();
  signIn.uninstall();
  assert.deepEqual(mistakes, []);
});

test('nobody, then somebody, then nobody', async () => {
  root.render(page());
  await shown('Hello stranger');
  await signIn.provider.signIn(/** @type {any} */ (client));
  await shown('Hello Alice Liddell');
  signIn.provider.endSession();
  await assert.rejects(/** @type {any} */ (client).refresh(), { code: 'session_expired' });
  await shown('Hello stranger');
  assert.deepEqual(results, [], 'that was no callback of this page');
});

test('in StrictMode a callback is handled once', async () => {
  await signIn.comeBack();
  root.render(page());
  await shown('Hello Alice Liddell');
  assert.equal(signIn.exchanges(), 1);
  assert.deepEqual(results.map(({ user, returnTo }) => [user.subject, returnTo]), [['alice', '/orders']]);
  assert.equal(globalThis.location.href.includes('code='), false);
});

test('a part of the page that goes and comes back is signed in, and a client that nobody shows is closed', async () => {
  await signIn.comeBack();
  root.render(page());
  await shown('Hello Alice Liddell');
  const before = client;
  flushSync(() => root.render(null)); // else its effects end some time after the page has changed
  await shown('');
  await assert.rejects(/** @type {any} */ (before).getAccessToken(), { code: 'closed' });
  root.render(page());
  await shown('Hello stranger'); // memory of isolation 'none' ends with its last client
  assert.equal(signIn.exchanges(), 1);
});

test('gone before the client is there', async () => {
  await signIn.comeBack();
  root.render(page());
  await new Promise((resolve) => { setTimeout(resolve); });
  root.render(null);
  await shown('');
  assert.deepEqual(results, []);
});

test('a refusal of the provider, and a client that cannot be opened', async () => {
  await signIn.comeBack({ deny: true });
  root.render(page());
  await shown('failed: authorization');
  assert.ok(client, 'the user can try again');
  root.render(page({ key: 'another', config: { ...signIn.config, issuer: 'nowhere' } }));
  await shown('failed: config');
  assert.equal(client, undefined);
});

test('rendered on a server it is loading, and asks nobody', () => {
  assert.match(renderToString(page()), /loading/);
  assert.deepEqual(signIn.provider.requests, []);
  assert.throws(() => renderToString(createElement(Greeting)), { code: 'config' });
});
