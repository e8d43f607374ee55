// The code samples of README.md, jsglue/README.md and docs/: every ```js block is type-checked as an application would write it, and run
// against a provider on loopback if Node can. Those of other libraries are marked ```js foreign, and are not ours to check.

import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, beforeEach, test } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import ts from 'typescript';
import { createClient, loadPkce } from '../index.js';
import { openPage } from './page.js';
import { startProvider } from './provider.js';

const root = fileURLToPath(new URL('../../', import.meta.url)), folder = fileURLToPath(new URL('../', import.meta.url));

/** @typedef {{ name: string, code: string }} Sample */

/** @returns {Promise<Sample[]>} */
async function readSamples() {
  const files = (await readdir(join(root, 'docs'), { recursive: true })).filter((file) => file.endsWith('.md') && !file.includes('node_modules')).map((file) => join('docs', file));
  const samples = [];
  for (const file of ['README.md', 'jsglue/README.md', ...files.sort()]) {
    const text = await readFile(join(root, file), 'utf8');
    for (const { 1: code, index } of text.matchAll(/^```js\n(.*?)^```$/gms)) samples.push({ name: `${file}:${text.slice(0, index).split('\n').length + 1}`, code });
  }
  return samples;
}

const samples = await readSamples();

/** What a sample may use without saying where it comes from. */
const PRELUDE = `
import type { Client, ClientConfig } from 'pkcewasm';
import type { Component } from 'vue';
declare global {
  const client: Client;
  const config: ClientConfig;
  const App: Component;
  const router: { replace(path: string): void };
  const button: HTMLButtonElement;
  function startTheApplication(): void;
  class SomeSdk { constructor(options: { fetch: typeof fetch }) }
}
`;

/** What has no types of its own here. */
const UNTYPED = "declare module 'react-dom/client' { export function createRoot(at: Element): { render(what: unknown): void }; }";

test('every sample is right, as TypeScript sees it', () => {
  assert.ok(samples.length > 30, String(samples.length));
  const files = new Map(samples.map(({ code }, i) => [join(folder, `sample-${i}.ts`), `${code}\nexport {};\n`]));
  files.set(join(folder, 'sample-prelude.ts'), PRELUDE);
  files.set(join(folder, 'sample-untyped.d.ts'), UNTYPED);
  const options = {
    target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.NodeNext, moduleResolution: ts.ModuleResolutionKind.NodeNext, lib: ['lib.es2022.d.ts', 'lib.dom.d.ts', 'lib.dom.iterable.d.ts'],
    strict: true, useUnknownInCatchVariables: false, noEmit: true, skipLibCheck: true, types: ['node'], typeRoots: [join(folder, 'node_modules', '@types')],
  };
  const host = ts.createCompilerHost(options);
  const { fileExists, readFile: read, getSourceFile } = host;
  host.fileExists = (file) => files.has(file) || fileExists(file);
  host.readFile = (file) => files.get(file) ?? read(file);
  host.getSourceFile = (file, language) => (files.has(file) ? ts.createSourceFile(file, String(files.get(file)), language) : getSourceFile(file, language));
  const problems = ts.getPreEmitDiagnostics(ts.createProgram([...files.keys()], options, host)).map(({ file, start = 0, messageText }) => {
    const sample = samples[Number(file?.fileName.match(/sample-(\d+)/)?.[1])];
    return `${sample?.name ?? file?.fileName}, line ${file?.getLineAndCharacterOfPosition(start).line}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`;
  });
  assert.deepEqual(problems, []);
});

/** Needs a window, a frame, a grant that the provider of these tests does not have, or is one line of a larger whole. */
const ELSEWHERE = /signInPopup|signInSilent|forwardCallback|pkcewasm\/server|pkcewasm\/diagnose|SomeSdk|createDpopProof|pkcewasm\/(react|vue)|127\.0\.0\.1:9000/;
const runnable = samples.filter(({ code }) => !ELSEWHERE.test(code));

/** @type {Awaited<ReturnType<typeof startProvider>>} */
let provider;
/** @type {import('./page.js').Page} */
let page;
/** @type {import('../types.d.ts').Client[]} */
let clients = [];
const scratch = await mkdtemp(join(tmpdir(), 'pkcewasm-samples-'));
const { fetch } = globalThis;

beforeEach(async () => {
  provider = await startProvider();
  page = openPage(`${provider.origin}/`);
  // The samples' API is the provider's.
  globalThis.fetch = (input, init) => fetch(new Request(String(input instanceof Request ? input.url : input).replace('https://api.example.com', provider.origin), input instanceof Request ? input : init), input instanceof Request ? init : undefined);
});
afterEach(async () => {
  globalThis.fetch = fetch;
  await Promise.all(clients.map((client) => client.close()));
  clients = [];
  page.remove();
  await provider.stop();
});
after(() => rm(scratch, { recursive: true }));

/**
 * What a sample imports as createClient has the provider on loopback; its user goes there and comes back at once.
 * @param {any} config
 */
async function openSampleClient({ issuer, server: _, isolation: __, storage: ___, exposeAccessToken: ____, ...config }) {
  assert.match(issuer, /^https:\/\//);
  const client = await createClient({ ...config, issuer: provider.issuer, redirectUri: `${provider.origin}/`, postLogoutRedirectUri: undefined, isolation: 'none', allowLoopbackHttp: true });
  clients.push(client);
  return client;
}

/** Plays the user. @param {import('../types.d.ts').Client} client @param {any} [options] */
async function signIn(client, options) {
  let url = '';
  await client.signInRedirect({ ...options, navigate: (to) => { url = to; } });
  await client.handleRedirectCallback(provider.signIn(url));
}

/** @param {any} config */
async function createSampleClient(config) {
  const client = await openSampleClient(config);
  return { ...client, signInRedirect: (/** @type {any} */ options) => signIn(client, options) };
}

for (const [i, { name, code }] of runnable.entries()) {
  test(`runs: ${name}`, async () => {
    const alone = code.includes('pkcewasm/testing'); // it brings a provider along
    if (alone) page.remove();
    Object.assign(globalThis, { sampleWorld: { createClient: alone ? createClient : createSampleClient, loadPkce } });
    const given = !/\bclient = /.test(code);
    if (given) {
      const client = await openSampleClient({ issuer: 'https://id.example.com', clientId: 'app', scope: 'openid offline_access', fetchOrigins: ['https://api.example.com'] });
      await signIn(client);
      Object.assign(globalThis, { client });
    }
    const before = provider.ledger.length;
    const file = join(scratch, `sample-${i}.mjs`);
    await writeFile(file, code
      .replace(/import \{ ([^}]+) \} from 'pkcewasm';/, 'const { $1 } = globalThis.sampleWorld;')
      .replaceAll("from 'pkcewasm/testing'", `from '${new URL('../testing.js', import.meta.url)}'`)
      .replaceAll("from 'pkcewasm/axios'", `from '${new URL('../axios.js', import.meta.url)}'`)
      .replaceAll("from 'axios'", `from '${import.meta.resolve('axios')}'`)
      .replaceAll('console.log', '(() => {})'));
    await import(pathToFileURL(file).href);
    if (code.includes('signInRedirect(') && !given) assert.ok(provider.ledger.length > before, 'somebody signed in');
    Reflect.deleteProperty(globalThis, 'client');
  });
}

test('most samples run', () => assert.ok(runnable.length >= 15, String(runnable.length)));
