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

/** The anchors of a page's headings, as GitHub makes them. @param {string} text */
function anchorsOf(text) {
  const headings = [...text.replace(/^```.*?^```/gms, '').matchAll(/^#{1,6} (.+)$/gm)].map(([, heading]) => heading);
  return headings.map((heading) => heading.toLowerCase().replace(/\[([^\]]*)\]\([^)]*\)/g, '$1').replace(/[^\p{L}\p{N}_\- ]/gu, '').replaceAll(' ', '-'));
}

/** Where the files of main are on the web; pages outside of docs/, and the one that npm shows, link there. */
const HERE = 'https://github.com/pkcewasm/pkcewasm/blob/main/';

test('links of the documentation lead somewhere, to the heading', async () => {
  const root = join(docs, '..');
  const pages = ['README.md', 'CONTRIBUTING.md', 'SECURITY.md', 'CHANGELOG.md', 'jsglue/README.md',
    ...(await readdir(docs, { recursive: true })).filter((file) => file.endsWith('.md') && !file.includes('node_modules')).map((file) => `docs/${file}`)];
  let anchors = 0;
  for (const page of pages) {
    const text = await readFile(join(root, page), 'utf8');
    for (const [, link] of text.replace(/^```.*?^```/gms, '').matchAll(/\]\(([^)\s]+)\)/g)) {
      const address = link.startsWith(HERE) ? `/${link.slice(HERE.length)}` : link;
      if (/^https?:/.test(address)) continue;
      const [path, anchor] = address.split('#');
      const target = path.startsWith('/') ? path : join(dirname(page), path);
      assert.ok(page !== 'jsglue/README.md' || !path || link.startsWith(HERE), `${page} links to ${link}, which npm does not have`);
      if (path) await assert.doesNotReject(access(join(root, target)), `${page} links to ${link}`);
      if (!anchor) continue;
      anchors++;
      assert.ok(anchorsOf(path ? await readFile(join(root, target), 'utf8') : text).includes(anchor), `${page} links to ${link}`);
    }
  }
  assert.ok(pages.length > 20 && anchors > 5, `${pages.length} pages, ${anchors} anchors`);
});
