// Prints the bytes that a browser downloads, and what each package of Go contributes to the module. Fails where .ci/budget.json
// is exceeded, or README.md tells other sizes. make size

import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { build } from '../jsglue/node_modules/esbuild/lib/main.js';
import { contributions } from '../internal/tinygo/packages.mjs';

const folder = new URL('../jsglue/', import.meta.url), root = new URL('../', import.meta.url).pathname;
const read = (name) => readFileSync(new URL(name, folder));
const number = (n) => n.toLocaleString('en-US').padStart(12);

/**
 * One of the package's files with everything that it imports, as a bundler makes it; but for what is loaded by services only,
 * for a silent sign-in, for sessionStorage, or when something is wrong.
 * @param {string} name
 * @param {boolean} [split] into what is loaded with it, which is the result, and what is loaded when it is wanted
 * @returns {Promise<Uint8Array[]>}
 */
async function bundle(name, split = false) {
  const { outputFiles, metafile } = await build({
    entryPoints: [new URL(name, folder).pathname], bundle: true, minify: true, write: false, outdir: root, splitting: split, metafile: true, absWorkingDir: root,
    format: 'esm', target: 'es2022', legalComments: 'none', logLevel: 'error', external: ['./assertion.js', './examine.js', './silent.js', './tab.js'],
  });
  const loaded = new Set([name]);
  for (const file of loaded) for (const { path, kind } of metafile.outputs[file].imports) if (kind === 'import-statement') loaded.add(path);
  return outputFiles.filter(({ path }) => loaded.has(path.slice(root.length))).map(({ contents }) => contents);
}

function weigh(bytes) {
  const params = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_LGWIN]: 24, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length };
  return { raw: bytes.length, gzip: gzipSync(bytes, { level: 9 }).length, brotli: brotliCompressSync(bytes, { params }).length };
}
const add = (...weights) => Object.fromEntries(['raw', 'gzip', 'brotli'].map((unit) => [unit, weights.reduce((sum, weight) => sum + weight[unit], 0)]));

const [whole, page, worker, slim, go, loader] = (await Promise.all([
  bundle('index.js'), bundle('index.js', true), bundle('worker.js'), [read('pkce.slim.wasm')], [read('pkce.wasm')], Promise.all([bundle('go.js'), bundle('go.exec.js')]).then((files) => files.flat()),
])).map((files) => add(...files.map(weigh)));
const sizes = {
  'module, release build': slim,
  'module, Go build': go,
  'glue, all in the page': whole,
  'glue, page with a worker': page,
  'glue, worker': worker,
  'loader, Go build': loader,
  "release build, isolation 'none'": add(slim, whole),
  'release build, in a worker': add(slim, page, worker),
  "Go build, isolation 'none'": add(go, whole, loader),
  'Go build, in a worker': add(go, page, worker, loader),
};

console.log('bytes'.padEnd(34) + ['raw', 'gzip -9', 'brotli -11', 'budget'].map((text) => text.padStart(12)).join(''));
const budget = JSON.parse(readFileSync(new URL('budget.json', import.meta.url), 'utf8'));
let over = 0;
for (const [name, { raw, gzip, brotli }] of Object.entries(sizes)) {
  const limit = budget[name];
  if (brotli > limit) over++;
  console.log(name.padEnd(34) + [raw, gzip, brotli].map(number).join('') + (limit ? number(limit) + (brotli > limit ? '  exceeded' : '') : ''));
}

/** The rows of README.md's table, and what is in their columns. */
const told = {
  module: ['module, release build', 'module, Go build'],
  "all that is downloaded to sign in and refresh, `isolation: 'none'`": ["release build, isolation 'none'", "Go build, isolation 'none'"],
  'the same in a worker': ['release build, in a worker', 'Go build, in a worker'],
};
const lines = readFileSync(`${root}README.md`, 'utf8').split('\n');
let stale = 0;
for (const [row, names] of Object.entries(told)) {
  const cells = lines.find((line) => line.startsWith(`| ${row} |`))?.split('|').slice(2, 4) ?? [];
  for (const [i, name] of names.entries()) { // a digest compresses to a few bytes more or less
    if (!(Math.abs(Number(cells[i]?.replace(/\s/g, '')) - sizes[name].brotli) < sizes[name].brotli / 500)) stale++;
  }
}

/** Modules that kept the names of their functions. */
const named = { slim: `${root}.tinygo/names.slim.wasm`, go: `${root}.tinygo/names.wasm` };
execFileSync('sh', ['internal/tinygo/build.sh', named.slim, './wasm'], { cwd: root, env: { ...process.env, NAMES: '1' } });
execFileSync('go', ['build', '-trimpath', '-gcflags=all=-l', '-buildvcs=false', '-o', named.go, './wasm'], { cwd: root, env: { ...process.env, GOOS: 'js', GOARCH: 'wasm' } });
for (const [build, file] of Object.entries(named)) {
  console.log(`\nraw bytes of code by package, ${build === 'go' ? 'Go' : 'release'} build`);
  for (const [name, bytes] of contributions(readFileSync(file)).slice(0, 25)) console.log(number(bytes) + '  ' + name);
}

if (over) {
  console.error(`\n${over} over the budget: make it smaller, or say in .ci/budget.json why it may be larger`);
  process.exitCode = 1;
}
if (stale) {
  console.error(`\n${stale} of the sizes in README.md are others: write down the ones above`);
  process.exitCode = 1;
}
