#!/usr/bin/env node
// node run.mjs [--quick] [--steps=size,startup,...] [--entries=text,...] [--out=folder]
// See README.md. Writes results.json, results.md, size.svg and startup.svg: a whole run into docs/bench, another into dist.

import { fork } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { version as chromium } from './lib/browser.mjs';
import { ROOT, isBuilt } from './lib/bundle.mjs';
import { barChart } from './lib/chart.mjs';
import { goals } from './lib/goals.mjs';
import { ENTRIES } from './peers.mjs';
import * as exchange from './steps/exchange.mjs';
import * as memory from './steps/memory.mjs';
import * as pkce from './steps/pkce.mjs';
import * as profile from './steps/profile.mjs';
import * as size from './steps/size.mjs';
import * as startup from './steps/startup.mjs';
import * as token from './steps/token.mjs';
import * as waterfall from './steps/waterfall.mjs';

/** profile only when it is asked for. */
const STEPS = { size, pkce, exchange, token, startup, waterfall, memory, profile };

const { values: options } = parseArgs({
  options: { quick: { type: 'boolean', default: false }, steps: { type: 'string' }, entries: { type: 'string' }, out: { type: 'string' } },
});
const { quick } = options;
const out = options.out ?? join(ROOT, quick || options.steps || options.entries ? 'dist/part' : '../../docs/bench');
const warn = (message) => console.error(`! ${message}`);

const wanted = options.entries?.split(',') ?? [''];
const entries = ENTRIES.filter((entry) => wanted.some((text) => entry.name.includes(text))).filter((entry) => isBuilt(entry) || warn(`${entry.name}: its module is not built`));
const pairs = ['pkcewasm-slim-pairs', 'pkcewasm-go-pairs', 'noble'].map((name) => ({ app: name, bundle: name })).filter(isBuilt);
const bundles = [...new Map([...entries, ...pairs, ENTRIES.at(-1)].map((one) => [one.bundle, one])).values()];

/** The pinned versions, as installed. */
const versionOf = (name) => JSON.parse(readFileSync(join(ROOT, 'node_modules', name, 'package.json'), 'utf8')).version;
const report = {
  date: new Date().toISOString(),
  quick,
  machine: { cpu: os.cpus()[0].model, cores: os.cpus().length, memoryGB: Math.round(os.totalmem() / 2 ** 30), system: `${os.type()} ${os.release()}`, loadBefore: os.loadavg() },
  versions: {
    chromium, node: process.version, pkcewasm: JSON.parse(readFileSync(join(ROOT, '../package.json'), 'utf8')).version,
    ...Object.fromEntries(entries.filter((entry) => entry.package).map((entry) => [entry.package, versionOf(entry.package)])), esbuild: versionOf('esbuild'),
  },
  results: {},
};

const server = fork(join(ROOT, 'server.mjs'), { stdio: ['ignore', 'pipe', 'inherit', 'ipc'] });
const origin = await new Promise((resolve) => { server.stdout.once('data', (line) => resolve(String(line).trim())); });
try {
  const steps = options.steps ? ['size', ...options.steps.split(',').filter((name) => name !== 'size')] : Object.keys(STEPS).filter((name) => name !== 'profile');
  for (const name of steps) {
    const start = performance.now();
    report.results[name] = await STEPS[name].measure({ entries: entries.filter(({ steps: its = [name] }) => its.includes(name)), bundles, origin, quick, warn });
    write();
    console.error(`${name}: ${((performance.now() - start) / 1000).toFixed(0)} s`);
  }
} finally {
  server.disconnect();
}

/** After every step: what was measured is not lost when the next one fails. */
function write() {
  report.machine.loadAfter = os.loadavg();
  mkdirSync(out, { recursive: true });
  writeFileSync(join(out, 'results.json'), `${JSON.stringify(report, null, 1)}\n`);
  const { machine, versions } = report;
  const sections = Object.entries(report.results).map(([name, result]) => `## ${STEPS[name].title}\n\n${STEPS[name].toMarkdown(result)}\n`);
  const markdown = [
    '# pkcewasm beside its peers',
    `${report.date.slice(0, 10)}, ${machine.cpu}, ${machine.cores} cores, ${machine.system}, load ${machine.loadBefore[0].toFixed(1)} to ${machine.loadAfter[0].toFixed(1)}.`,
    `${Object.entries(versions).map((pair) => pair.join(' ')).join(', ')}.`,
    'Only ratios within one run mean anything. `jsglue/bench/README.md` says how it is measured.',
    '## What the release build is meant to reach',
    goals(report),
    ...sections,
  ].join('\n\n');
  writeFileSync(join(out, 'results.md'), markdown);
  for (const [name, chart] of [['size', 'Bytes to sign in and refresh (KB, brotli)'], ['startup', 'Navigation to the first authorization URL (ms, cold)']]) {
    const result = report.results[name];
    if (!result) continue;
    const bars = STEPS[name].bars(result).filter((bar) => !bar.name.startsWith('pkcewasm go')).sort((a, b) => a.value - b.value).map((bar) => ({ ...bar, ours: bar.name.startsWith('pkcewasm') }));
    writeFileSync(join(out, `${name}.svg`), barChart(chart, bars));
  }
  return markdown;
}

console.log(write());
