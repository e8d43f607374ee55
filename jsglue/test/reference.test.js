// The reference in docs/ says something about every code and every page is reachable.

import assert from 'node:assert/strict';
import { access, readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const docs = fileURLToPath(new URL('../../docs/', import.meta.url));
const read = (/** @type {string} */ name) => readFile(join(docs, name), 'utf8');

test('every error code has its meaning, its cause and what to do', async () => {
  const types = await read('../jsglue/types.d.ts');
  const [, union] = /** @type {RegExpMatchArray} */ (types.match(/export type AuthErrorCode =(.*?);\n/s));
  const codes = [...union.matchAll(/\| '(\w+)'/g)].map(([, code]) => code);
  assert.ok(codes.length > 25, union);
  const reference = await read('errors.md');
  const sections = [...reference.matchAll(/^## (\w+)\n\n.+\n\n- \*\*Cause\*\*: .+\n- \*\*What to do\*\*: .+\n/gm)].map(([, code]) => code);
  assert.deepEqual(sections, codes);
});

test('every guide is in the site\'s sidebar', async () => {
  const sidebar = await read('.vitepress/config.mjs');
  const files = (await readdir(docs, { recursive: true })).filter((file) => file.endsWith('.md') && /^(start|guides|migrate)\b/.test(file) && !file.endsWith('index.md'));
  assert.ok(files.length > 10);
  for (const file of files) assert.ok(sidebar.includes(`'${file.replace(/^.*\//, '').replace(/\.md$/, '')}'`), file);
});

test('links of the documentation lead somewhere', async () => {
  const files = (await readdir(docs, { recursive: true })).filter((file) => file.endsWith('.md') && !file.includes('node_modules'));
  assert.ok(files.length > 15);
  for (const file of files) {
    for (const [, target] of (await read(file)).matchAll(/\]\((?!https?:|#)([^)#]+)[^)]*\)/g)) {
      await assert.doesNotReject(access(join(docs, dirname(file), target)), `${file} links to ${target}`);
    }
  }
});
