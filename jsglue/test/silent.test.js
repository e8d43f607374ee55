// What restore: 'silent' does at the start of a page, without an engine. What a frame does is tested in browsers (TestWindows).

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { restore } from '../silent.js';
import { openPage } from './page.js';

const redirectUri = 'http://127.0.0.1:4000/callback';

for (const [name, address, responseMode] of /** @type {[string, string, 'query' | 'fragment'][]} */ ([
  ['a response in the query', `${redirectUri}?code=c&state=s`, 'query'], ['a response in the fragment', `${redirectUri}#code=c&state=s`, 'fragment'],
  ['a response for another window', `${redirectUri}?code=c&state=${'s'.repeat(43)}.popup`, 'query'],
])) {
  test(`nothing is tried on the page of ${name}`, async (t) => {
    const page = openPage(address, { prerendering: false });
    t.after(page.remove);
    /** @type {any} */
    const session = { getUser: () => undefined, silent: new Map(), link: { call: () => assert.fail('it asked for a sign-in') }, onDegraded: (/** @type {string} */ _, /** @type {string} */ reason) => assert.fail(reason) };
    await restore(/** @type {any} */ ({ redirectUri, responseMode }), session);
  });
}
