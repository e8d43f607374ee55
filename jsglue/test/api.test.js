// The public API as a text that is reviewed: a change of it is seen, and meant.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

test('the public API is the one of api.txt', async () => {
  const { stdout } = await promisify(execFile)('node', [fileURLToPath(new URL('../../.ci/api.mjs', import.meta.url))]);
  assert.match(stdout, /declare function createClient/);
  assert.equal(stdout, await readFile(new URL('../api.txt', import.meta.url), 'utf8'), 'run `make api`, read the difference, and say in CHANGELOG.md what changes for users');
});
