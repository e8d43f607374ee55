// The code samples that need a page: components, popups and hidden frames, in a page of jsdom with the provider of pkcewasm/testing.

import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { visit } from './dom.js';
import { isGuide, needsPage, readSamples, runSample } from './samples.js';
import { shown, startSignIn } from './views.js';

// React and Vue look for a document when they are evaluated.
const { createClient } = await import('../index.js');
const { h } = await import('vue');
const { useAuth } = await import('../vue.js');

const samples = (await readSamples()).filter((sample) => needsPage(sample) && !isGuide(sample));
/** Those that say something, and are to be run one after the other. @param {RegExp} text */
const saying = (text) => {
  const found = samples.filter(({ code }) => text.test(code));
  assert.ok(found.length > 0, String(text));
  return found;
};

/** @type {Awaited<ReturnType<typeof startSignIn>>} */
let signIn;
/** @type {import('../types.d.ts').Client} */
let client;
/** What the samples printed, and whether the application was started. @type {unknown[]} */
let printed;
let starts = 0;
const world = { createClient, log: (/** @type {unknown} */ text) => printed.push(text) };

beforeEach(async () => {
  signIn = await startSignIn();
  client = await createClient(signIn.config);
  printed = [];
  starts = 0;
  visit('/');
  Object.assign(globalThis, { client, config: signIn.config, startTheApplication: () => { starts++; }, close() {}, screen: { availWidth: 1280, availHeight: 600 }, screenX: 0, screenY: 0, outerWidth: 1280, outerHeight: 600 });
});
afterEach(async () => {
  for (const name of ['client', 'config', 'startTheApplication', 'close', 'open', 'button', 'App', 'router', 'screen', 'screenX', 'screenY', 'outerWidth', 'outerHeight']) Reflect.deleteProperty(globalThis, name);
  signIn.provider.endSession();
  await client.refresh().catch(() => {}); // ends the session of the components, too, which nobody takes away
  await client.close();
  signIn.uninstall();
});

/** @template T @param {() => T | undefined} look @returns {Promise<T>} */
async function found(look) {
  for (const end = Date.now() + 10_000; Date.now() < end; await new Promise((resolve) => { setTimeout(resolve, 5); })) {
    const value = look();
    if (value) return value;
  }
  throw new Error(`nothing: ${look}`);
}

for (const sample of saying(/pkcewasm\/react/)) {
  test(`runs: ${sample.name}`, async () => {
    document.body.innerHTML = '<div id="root"></div>';
    await runSample(sample, world);
    await shown('Sign in');
    await signIn.comeBack();
    document.body.innerHTML = '<div id="root"></div>';
    await runSample(sample, world);
    await shown('Hello Alice Liddell');
    assert.equal(globalThis.location.pathname, '/orders');
  });
}

for (const sample of saying(/pkcewasm\/vue/)) {
  test(`runs: ${sample.name}`, async () => {
    document.body.innerHTML = '<div id="app"></div>';
    /** @type {string[]} */
    const went = [];
    const App = { setup: () => {
      const { user } = useAuth();
      return () => h('p', `Hello ${user.value?.claims.name ?? 'stranger'}`);
    } };
    Object.assign(globalThis, { App, router: { replace: (/** @type {string} */ to) => went.push(to) } });
    await signIn.comeBack();
    await runSample(sample, world);
    await shown('Hello Alice Liddell');
    assert.deepEqual(went, ['/orders']);
  });
}

// Each page at the redirect URI of a popup or a frame, with each page that opens one.
for (const page of saying(/forwardCallback/)) {
  for (const sample of saying(/signInPopup/)) {
    test(`run: ${sample.name} and ${page.name}`, async () => {
      /** @type {string | undefined} */
      let url;
      const button = document.createElement('button');
      Object.assign(globalThis, { button, open: () => ({ closed: false, close() {}, postMessage() {}, location: { href: 'about:blank', replace: (/** @type {string} */ to) => { url = to; } } }) });
      await runSample(sample, world);
      button.click();
      visit(await signIn.provider.authorize(await found(() => url)));
      await runSample(page, world);
      await found(() => printed.length);
      assert.deepEqual([printed, starts], [['alice'], 0]);
      visit('/');
      await runSample(page, world);
      assert.equal(starts + printed.length, 2, 'it is the application, and starts');
    });
  }
  for (const sample of saying(/signInSilent/)) {
    test(`run: ${sample.name} and ${page.name}`, async () => {
      for (const expected of [[], ['alice']]) { // the provider knows nobody at first
        const running = runSample(sample, world);
        const { src } = await found(() => document.querySelector('iframe') ?? undefined);
        visit(await signIn.provider.authorize(src));
        await runSample(page, { log: () => assert.fail('it is no application') });
        await running;
        assert.deepEqual([printed, starts], [expected, 0]);
        if (expected.length === 0) await signIn.provider.signIn(client);
      }
    });
  }
}

test('all of them ran', () => {
  for (const { name, code } of samples) assert.match(code, /pkcewasm\/(react|vue)|forwardCallback|signIn(Popup|Silent)/, name);
});
