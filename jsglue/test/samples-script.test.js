// The README's way without npm: the toolchain's loader, the Go build, and globalThis.pkcewasm, as the page in it has them.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { runInThisContext } from 'node:vm';
import { createProvider } from '../testing.js';

const read = (/** @type {string} */ path) => readFile(new URL(path, import.meta.url), 'utf8');

test('the page without npm signs in, with its comments as code', async (t) => {
  const [, html] = (await read('../../README.md')).match(/^```html\n(.*?)^```$/ms) ?? [];
  const [, loader] = html?.match(/<script src="(\w+\.js)"><\/script>/) ?? [];
  const [, script] = html?.match(/<script type="module">\n(.*?)<\/script>/s) ?? [];
  assert.equal(loader, 'wasm_exec.js');

  const provider = await createProvider({ issuer: 'https://id.example.com', clientId: 'my-app' });
  const uninstall = provider.install();
  const { fetch } = globalThis;
  globalThis.fetch = async (input, init) => (input === 'pkce.wasm' ? new Response(await readFile(new URL('../pkce.wasm', import.meta.url)), { headers: { 'content-type': 'application/wasm' } }) : fetch(input, init));
  t.after(() => {
    globalThis.fetch = fetch;
    uninstall();
  });
  runInThisContext(await read('../../wasm_exec.js'));

  const comments = /^ *\/\/ ((?:const|if|pkcewasm).*)$/gm;
  assert.equal(script?.match(comments)?.length, 4);
  const code = String(script).replace(comments, '$1').replace('location.href', 'await authorize(url)').replace('{ ... }', 'received(fresh)').replace('pkcewasm.scheduleRefresh', 'return pkcewasm.scheduleRefresh');
  /** @type {any[]} */
  const tokens = [];
  const run = runInThisContext(`async (authorize, received) => {${code}}`);
  const schedule = await run(provider.authorize, (/** @type {any} */ fresh) => tokens.push(fresh));
  assert.ok(!(schedule instanceof Error), schedule.message);
  const { accessToken } = await schedule.refreshNow();
  assert.ok(provider.accepts(accessToken));
  assert.equal(tokens.length, 1);
  schedule.cancel();
});
