// The page at the redirect URI of a popup or a frame.

import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { createClient } from '../index.js';
import { forwardCallback } from '../callback-page.js';
import { openPage } from './page.js';
import { startProvider } from './provider.js';

const origin = 'http://127.0.0.1:4000';
const redirectUri = `${origin}/callback`;
/** @type {Awaited<ReturnType<typeof startProvider>>} */
let provider;
/** @type {import('./page.js').Page} */
let page;

beforeEach(async () => {
  provider = await startProvider();
});
afterEach(async () => {
  page.remove();
  for (const name of ['opener', 'close']) Reflect.deleteProperty(globalThis, name);
  await provider.stop();
});

test('the callback page hands the response over, closes, and starts nothing', async () => {
  const state = `${'B'.repeat(43)}.popup`;
  const url = `${redirectUri}?code=c&state=${state}`;
  page = openPage(url, { prerendering: false });
  const waiting = new BroadcastChannel(`pkcewasm.callback ${state}`);
  const heard = new Promise((resolve) => {
    waiting.onmessage = ({ data }) => {
      waiting.postMessage({ kind: 'pkcewasm.taken', state });
      resolve(data);
    };
  });
  /** @type {any[]} */
  const posted = [];
  const closed = new Promise((resolve) => {
    Object.assign(globalThis, { opener: { postMessage: (/** @type {any[]} */ ...message) => posted.push(message) }, close: () => resolve(true) });
  });
  assert.equal(forwardCallback(), true);
  assert.equal(page.location.href, redirectUri, 'the address bar is clean at once');
  assert.deepEqual(await heard, { kind: 'pkcewasm.response', url });
  assert.deepEqual(posted, [[{ kind: 'pkcewasm.response', url }, origin]], 'never to *');
  assert.equal(await closed, true);
  assert.equal(forwardCallback(), false, 'the response is taken once');
  waiting.close();

  for (const address of [redirectUri, `${redirectUri}?code=c&state=${'B'.repeat(43)}`, `${redirectUri}?code=c&state=x.popup`, `${redirectUri}?code=c&state=${'B'.repeat(43)}.other`]) {
    page = openPage(address, { prerendering: false });
    assert.equal(forwardCallback(), false, address);
    assert.equal(page.location.href, address, 'it is the page\'s own response, or none');
  }
});

test('handleRedirectCallback does the same, and says when nobody took the response', async (t) => {
  page = openPage(`${redirectUri}?code=c&state=${'C'.repeat(43)}.popup`, { prerendering: false });
  let closed = false;
  Object.assign(globalThis, { close: () => { closed = true; } });
  const here = await createClient({ issuer: provider.issuer, clientId: 'app', redirectUri, isolation: 'none', allowLoopbackHttp: true });
  assert.equal(here.isRedirectCallback(), true);
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const handing = here.handleRedirectCallback();
  assert.equal(page.location.href, redirectUri);
  assert.equal(here.isRedirectCallback(), true, 'it is under way');
  const twice = here.handleRedirectCallback();
  t.mock.timers.tick(5_000);
  await assert.rejects(handing, { code: 'state', description: 'unknown' });
  await assert.rejects(twice, { code: 'state' });
  assert.deepEqual([closed, provider.ledger.length, here.isRedirectCallback()], [false, 0, false]);
  await here.close();
});
