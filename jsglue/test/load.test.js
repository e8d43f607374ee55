import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { loadPkce } from '../index.js';
import { integrity } from '../integrity.js';
import { load } from '../load.js';

const run = promisify(execFile);
const folder = new URL('../', import.meta.url);
const file = new URL('../pkce.slim.wasm', import.meta.url);

/** @param {(response: import('node:http').ServerResponse, request: number) => void} answer */
async function serve(answer) {
  let requests = 0;
  const server = createServer((_, response) => answer(response, ++requests)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  return {
    url: `http://127.0.0.1:${port}/pkce.wasm`,
    count: () => requests,
    stop: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

test('importing the package changes no global and starts nothing', async () => {
  const script = `
    const before = Reflect.ownKeys(globalThis).length;
    await import(${JSON.stringify(new URL('../index.js', import.meta.url).href)});
    console.log(Reflect.ownKeys(globalThis).length - before, process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length);
  `;
  const { stdout } = await run(process.execPath, ['--input-type=module', '-e', script]);
  assert.equal(stdout.trim(), '0 0');
});

test('loading leaves no global behind, and keeps what was there', async () => {
  const script = `
    const theirs = { Go: class {}, fs: { constants: {} }, path: {}, pkcewasm: 'theirs' };
    Object.assign(globalThis, process.argv[1] === 'theirs' ? theirs : {});
    const before = Reflect.ownKeys(globalThis);
    const { loadPkce } = await import(${JSON.stringify(new URL('../index.js', import.meta.url).href)});
    const pkce = await loadPkce();
    if (pkce.generateState().length !== 43) throw new Error('does not work');
    const kept = process.argv[1] !== 'theirs' || Object.entries(theirs).every(([name, value]) => globalThis[name] === value);
    console.log(JSON.stringify(Reflect.ownKeys(globalThis).filter((name) => typeof name === 'string' && !before.includes(name))), kept);
  `;
  for (const mode of ['none', 'theirs']) {
    const { stdout, stderr } = await run(process.execPath, ['--input-type=module', '-e', script, mode]);
    assert.equal(stdout.trim(), '[] true', mode);
    assert.equal(stderr, '');
  }
});

test('two loads are two instances', async () => {
  const [a, b] = await Promise.all([loadPkce(), loadPkce()]);
  assert.notEqual(a, b);
  assert.notEqual(a.generateCodeVerifier(), b.generateCodeVerifier());
});

test('every kind of source is accepted', async () => {
  const bytes = await readFile(file);
  const response = (/** @type {string} */ type) => new Response(bytes, { headers: { 'content-type': type } });
  const server = await serve((answer) => {
    answer.setHeader('content-type', 'application/wasm');
    answer.end(bytes);
  });
  for (const wasm of [bytes, bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength), await WebAssembly.compile(bytes), response('application/wasm'), response('text/plain'), file, file.href, server.url]) {
    assert.equal((await loadPkce({ wasm })).generateState().length, 43);
  }
  await Promise.all([loadPkce({ wasm: server.url }), loadPkce({ wasm: new URL(server.url) })]);
  assert.equal(server.count(), 1, 'the download is shared');
  server.stop();
});

test('a failed download is tried three times, and forgotten', async () => {
  const bytes = await readFile(file);
  const server = await serve((answer, n) => {
    if (n > 4) answer.setHeader('content-type', 'application/wasm').end(bytes);
    else if (n % 2) answer.destroy();
    else answer.writeHead(503).end();
  });
  await assert.rejects(loadPkce({ wasm: server.url }), { name: 'AuthError', code: 'wasm_load' });
  assert.equal(server.count(), 3);
  await loadPkce({ wasm: server.url });
  assert.equal(server.count(), 5);
  server.stop();
});

test('a module that is missing, broken or not ours is wasm_load at once or after retries', async () => {
  const missing = await serve((answer) => answer.writeHead(404).end('no'));
  await assert.rejects(loadPkce({ wasm: missing.url }), { code: 'wasm_load', status: 404, retryable: false });
  assert.equal(missing.count(), 1);
  missing.stop();
  const empty = new Uint8Array([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]);
  for (const wasm of [new URL('missing.wasm', file), new Uint8Array(5), new Response('<!doctype html>'), empty]) {
    await assert.rejects(loadPkce({ wasm }), { code: 'wasm_load' });
  }
});

test('a page in the place of the module is told at once, with its digest known or not', async () => {
  const server = await serve((answer) => answer.setHeader('content-type', 'text/html; charset=utf-8').end('<!doctype html>'));
  for (const [wasm, requests] of [[server.url, 1], [`${server.url}#${integrity.slim}`, 3]]) {
    await assert.rejects(loadPkce({ wasm: String(wasm) }), { code: 'wasm_load', description: 'html', retryable: false, message: /serve pkce\.slim\.wasm there/ });
    assert.equal(server.count(), requests);
  }
  server.stop();
});

test('a platform without WebAssembly or random numbers is unsupported', async () => {
  for (const name of ['WebAssembly', 'crypto']) {
    const descriptor = /** @type {PropertyDescriptor} */ (Object.getOwnPropertyDescriptor(globalThis, name));
    Object.defineProperty(globalThis, name, { value: undefined, configurable: true });
    try {
      await assert.rejects(loadPkce(), { code: 'unsupported' });
    } finally {
      Object.defineProperty(globalThis, name, descriptor);
    }
  }
});

test('a policy that forbids WebAssembly is told from a broken file', async () => {
  const { Instance } = WebAssembly;
  Object.assign(WebAssembly, { Instance: class { constructor() { throw new Error('blocked'); } } });
  try {
    await assert.rejects(loadPkce({ wasm: new Uint8Array(5) }), (/** @type {any} */ error) => error.code === 'unsupported' && error.message.includes("'wasm-unsafe-eval'"));
  } finally {
    Object.assign(WebAssembly, { Instance });
  }
});

test('wrong options are refused', async () => {
  for (const options of /** @type {any[]} */ ([null, 5, 'pkce.wasm', [], { wasm: 5 }, { wasm: '' }, { wasm: {} }, { wasm: null }, { url: 'pkce.wasm' }, { signal: 'x' }])) {
    await assert.rejects(loadPkce(options), { name: 'AuthError', code: 'config' }, JSON.stringify(options));
  }
});

test('loading can be aborted', async () => {
  await assert.rejects(loadPkce({ signal: AbortSignal.abort() }), { code: 'aborted' });
  const server = await serve(() => {});
  const controller = new AbortController();
  const loading = loadPkce({ wasm: server.url, signal: controller.signal });
  controller.abort();
  await assert.rejects(loading, { code: 'aborted' });
  server.stop();
});

test('a load that ends early leaves no rejection behind', async () => {
  const runtime = () => /** @type {any} */ (Promise.reject(new Error('no such file'))); // unhandled, it fails this test
  await assert.rejects(load({ signal: AbortSignal.abort() }, runtime()), { code: 'aborted' });
  const { WebAssembly: genuine } = globalThis;
  globalThis.WebAssembly = /** @type {any} */ (undefined);
  try {
    await assert.rejects(load({}, runtime()), { code: 'unsupported', description: 'wasm' });
  } finally {
    globalThis.WebAssembly = genuine;
  }
  await new Promise((resolve) => setImmediate(resolve));
});

test('a download that stalls ends after 30 seconds', async (t) => {
  const server = await serve(() => {});
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const loading = load({ wasm: server.url }, import('../runtime.js'));
  t.mock.timers.tick(30_000);
  await assert.rejects(loading, { code: 'wasm_load', description: 'timeout' });
  server.stop();
});

/** A module with one bit changed, in a text: it runs as well as the genuine one. @param {Buffer} bytes */
function changed(bytes) {
  const copy = Buffer.from(bytes);
  copy[copy.indexOf('signed_out')] ^= 1;
  return copy;
}

test('a module with one bit changed is refused by its digest', async () => {
  const bytes = await readFile(file);
  const digest = integrity.slim;
  const server = await serve((answer) => answer.setHeader('content-type', 'application/wasm').end(changed(bytes)));
  const genuine = await serve((answer) => answer.setHeader('content-type', 'application/wasm').end(bytes));
  await loadPkce({ wasm: server.url }); // control: nothing else is wrong with it
  for (const wasm of [`${server.url}#${digest}`, new URL(`${server.url}#${digest}`), `${genuine.url}#sha384-${'A'.repeat(64)}`, `${file.href}#sha384-${'A'.repeat(64)}`, `${file.href}#sha384-`]) {
    await assert.rejects(loadPkce({ wasm }), { name: 'AuthError', code: 'wasm_load' }, String(wasm));
  }
  for (const wasm of [`${genuine.url}#${digest}`, `${file.href}#${digest}`, `${file.href}#top`]) await loadPkce({ wasm });
  server.stop();
  genuine.stop();
});

test('both entries of the package refuse a module that is not the one they were built with', async () => {
  const { files } = JSON.parse(await readFile(new URL('package.json', folder), 'utf8'));
  const copy = await mkdtemp(join(tmpdir(), 'pkcewasm-'));
  try {
    for (const name of [...files, 'package.json']) await cp(new URL(name, folder), join(copy, name));
    for (const [entry, name] of [['index.js', 'pkce.slim.wasm'], ['index.go.js', 'pkce.wasm']]) {
      await writeFile(join(copy, name), changed(await readFile(join(copy, name))));
      const pkce = await import(pathToFileURL(join(copy, entry)).href);
      await assert.rejects(pkce.loadPkce(), { code: 'wasm_load', description: 'integrity' }, entry);
      const config = { issuer: 'https://op.example', clientId: 'app', redirectUri: 'https://app.example/', isolation: 'none' };
      await assert.rejects(pkce.createClient(config), { code: 'wasm_load', description: 'integrity' }, entry);
    }
  } finally {
    await rm(copy, { recursive: true });
  }
});
