// The package as npm would ship it.

import { build } from 'esbuild';
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const folder = new URL('../', import.meta.url);
const read = (/** @type {string} */ name) => readFile(new URL(name, folder), 'utf8');
const manifest = JSON.parse(await read('package.json'));

test('the tarball holds what is needed and nothing else', async () => {
  const { stdout } = await run('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], { cwd: fileURLToPath(folder) });
  const [{ files }] = JSON.parse(stdout);
  assert.deepEqual(files.map(({ path }) => path).sort(), [
    'LICENSE',
    'README.md',
    'THIRD_PARTY_LICENSES.txt',
    'access.js', 'answer.js', 'assertion.js', 'axios.d.ts', 'axios.js',
    'callback-page.d.ts', 'callback-page.js', 'callback.js', 'client.js', 'config.js',
    'database.js', 'diagnose-browser.js', 'diagnose-engine.js', 'diagnose-server.js', 'diagnose.d.ts', 'diagnose.js',
    'engine.js', 'errors.js', 'examine.js',
    'fetch.js', 'finding.js', 'forward.js',
    'go.exec.js', 'go.js', 'go.slim.js',
    'hub.js',
    'index.go.js', 'index.js', 'integrity.js',
    'keychain.js',
    'life.js', 'link.js', 'load.js', 'locks.js',
    'own.js',
    'package.json', 'page.js', 'pkce.js', 'pkce.slim.wasm', 'pkce.wasm', 'popup.js',
    'react.d.ts', 'react.js', 'redirect.js', 'relay.js', 'remote.js', 'rpc.js', 'runtime.js',
    'sbom.cdx.json', 'schedule.js', 'scratch.js', 'server.d.ts', 'server.js', 'session.js', 'silent.js', 'source.js', 'start.js', 'state.d.ts',
    'tab.js', 'testing-clock.js', 'testing-provider.js', 'testing-worker.js', 'testing.d.ts', 'testing.js', 'token.js', 'types.d.ts',
    'vault.js', 'vue.d.ts', 'vue.js',
    'wasm_exec.js', 'watch.js', 'watchdog.js', 'worker.js',
  ]);
});

test('it depends on nothing and runs nothing when it is installed', () => {
  for (const name of ['dependencies', 'optionalDependencies', 'bundledDependencies']) assert.equal(manifest[name], undefined);
  assert.deepEqual(Object.keys(manifest.peerDependencies).filter((name) => !manifest.peerDependenciesMeta[name].optional), []);
  assert.deepEqual(Object.keys(manifest.scripts).filter((name) => /install|prepare|pack|publish/.test(name)), []);
  for (const [name, version] of Object.entries(manifest.devDependencies)) assert.match(String(version), /^\d+\.\d+\.\d+$/, name);
});

test('every file that is imported is shipped', async () => {
  for (const name of manifest.files.filter((/** @type {string} */ file) => /\.js$/.test(file) && !['go.exec.js', 'wasm_exec.js'].includes(file))) {
    const source = await read(name);
    for (const [, target] of source.matchAll(/(?:from|import\(|import|new URL\() ?'\.\/([\w.]+)'/g)) assert.ok(manifest.files.includes(target), `${name} imports ${target}`);
  }
});

test('it knows the digests of both modules', async () => {
  const text = await read('integrity.js');
  for (const [build, name] of [['slim', 'pkce.slim.wasm'], ['go', 'pkce.wasm']]) {
    const digest = createHash('sha384').update(readFileSync(new URL(name, folder))).digest('base64');
    assert.ok(text.includes(`${build}: 'sha384-${digest}'`), name);
  }
});

test('who does not use an adapter or the test kit does not download it', async () => {
  for (const entry of ['index.js', 'worker.js']) {
    const { metafile } = await build({ entryPoints: [fileURLToPath(new URL(entry, folder))], bundle: true, write: false, metafile: true, format: 'esm', outdir: 'none', splitting: true, logLevel: 'error' });
    const inputs = Object.keys(metafile.inputs).map((path) => path.replace(/^.*\//, ''));
    assert.ok(inputs.includes('load.js'));
    assert.deepEqual(inputs.filter((name) => /^(axios|react|vue|watch\.|testing)/.test(name)), []);
  }
});

test('bundlers find the worker and the module', async () => {
  assert.match(await read('start.js'), /new Worker\(new URL\('\.\/worker\.js', import\.meta\.url\), \{ type: 'module' \}\)/);
  assert.match(await read('start.js'), /new SharedWorker\(new URL\('\.\/worker\.js', import\.meta\.url\), \{ type: 'module', /);
  assert.match(await read('load.js'), /new URL\('\.\/pkce\.slim\.wasm', import\.meta\.url\)/);
  for (const name of ['worker.js', 'wasm_exec.js']) assert.ok(manifest.sideEffects.includes(`./${name}`), name);
});

test('there is one version', async () => {
  const { VERSION } = await import('../link.js');
  assert.equal(VERSION, manifest.version);
  assert.match(await readFile(new URL('../../wasm/main.go', import.meta.url), 'utf8'), new RegExp(`const version = "${manifest.version}"`));
  assert.match(await readFile(new URL('../../CHANGELOG.md', import.meta.url), 'utf8'), new RegExp(`^## ${manifest.version} `, 'm'));
});

test('no text of the package claims more than is true', async () => {
  for (const name of ['README.md', ...manifest.files.filter((/** @type {string} */ file) => /\.(js|ts)$/.test(file))]) {
    assert.doesNotMatch(await read(name), /secure against XSS|XSS-proof|cannot be stolen|hides your tokens/i, name);
  }
});
