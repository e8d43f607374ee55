// node readme.mjs: puts docs/bench/results.json into the README's table. Part of make bench.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { withSummary } from './lib/summary.mjs';

const root = join(import.meta.dirname, '../..'), file = join(root, 'README.md');
writeFileSync(file, withSummary(readFileSync(file, 'utf8'), JSON.parse(readFileSync(join(root, 'docs/bench/results.json'), 'utf8'))));
