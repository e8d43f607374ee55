// What the README says of the peers is what was measured.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { summary, withSummary } from '../bench/lib/summary.mjs';

const read = (/** @type {string} */ name) => readFile(new URL(`../../${name}`, import.meta.url), 'utf8');

test("the README's table is that of docs/bench", async () => {
  const readme = await read('README.md'), report = JSON.parse(await read('docs/bench/results.json'));
  assert.equal(readme, withSummary(readme, report), 'run node jsglue/bench/readme.mjs');
});

test('every library of the bench is in the table, with its bytes', async () => {
  const report = JSON.parse(await read('docs/bench/results.json'));
  const { dependencies } = JSON.parse(await read('jsglue/bench/package.json'));
  const tools = ['esbuild', 'playwright-core', '@noble/hashes'];
  assert.ok(Object.keys(report.results.size).length > 10);
  for (const [name, version] of Object.entries(dependencies).filter(([name]) => !tools.includes(name))) {
    assert.equal(report.versions[name], version, `${name}: measured in another version`);
  }
  const lines = summary(report).split('\n');
  for (const name of Object.keys(report.results.size)) assert.ok(lines.some((line) => line.includes(name)), name);
});

test('a README without the place for the table is refused', async () => {
  const report = JSON.parse(await read('docs/bench/results.json'));
  assert.throws(() => withSummary('# pkcewasm', report), /no place/);
});
