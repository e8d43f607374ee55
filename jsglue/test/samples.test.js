// The code samples of README.md, jsglue/README.md and docs/: every one is type-checked as an application would write it, and run. Here run
// those that need no page, against a provider on loopback.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { diagnose } from '../diagnose.js';
import { createClient, loadPkce } from '../index.js';
import { createTokenSource, signJwtAssertion } from '../server.js';
import { openPage } from './page.js';
import { startProvider } from './provider.js';
import { isGuide, needsPage, readSamples, runSample } from './samples.js';

const folder = fileURLToPath(new URL('../', import.meta.url));
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
  const files = new Map(samples.map(({ code, language }, i) => [join(folder, `sample-${i}.${language === 'jsx' ? 'tsx' : 'ts'}`), `${code}\nexport {};\n`]));
  files.set(join(folder, 'sample-prelude.ts'), PRELUDE);
  files.set(join(folder, 'sample-untyped.d.ts'), UNTYPED);
  const options = {
    target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.NodeNext, moduleResolution: ts.ModuleResolutionKind.NodeNext, lib: ['lib.es2022.d.ts', 'lib.dom.d.ts', 'lib.dom.iterable.d.ts'],
    strict: true, jsx: ts.JsxEmit.ReactJSX, useUnknownInCatchVariables: false, noEmit: true, skipLibCheck: true, types: ['node'], typeRoots: [join(folder, 'node_modules', '@types')],
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

/** @type {Awaited<ReturnType<typeof startProvider>>} */
let provider;
/** @type {import('./page.js').Page} */
let page;
/** @type {import('../types.d.ts').Client[]} */
let clients = [];
/** How often an SDK of the samples was made with a fetch. */
let sdks = 0;

beforeEach(async () => {
  provider = await startProvider();
  page = openPage(`${provider.origin}/`);
  Object.assign(globalThis, { SomeSdk: class { constructor(/** @type {any} */ { fetch }) { sdks += Number(typeof fetch === 'function'); } } });
});
afterEach(async () => {
  await Promise.all(clients.map((client) => client.close()));
  clients = [];
  page.remove();
  for (const name of ['client', 'SomeSdk']) Reflect.deleteProperty(globalThis, name);
  await provider.stop();
});

/** What is of the samples' provider becomes the one on loopback; its user goes there and comes back at once. */
const here = () => ({ issuer: provider.issuer, redirectUri: `${provider.origin}/`, postLogoutRedirectUri: undefined, isolation: /** @type {const} */ ('none'), allowLoopbackHttp: true });

/** @param {any} config */
async function openSampleClient({ server: _, storage: __, exposeAccessToken: ___, ...config }) {
  const client = await createClient({ ...config, ...here() });
  clients.push(client);
  return client;
}

/** Plays the user. @param {import('../types.d.ts').Client} client @param {any} [options] */
async function signIn(client, options) {
  let url = '';
  await client.signInRedirect({ ...options, navigate: (to) => { url = to; } });
  await client.handleRedirectCallback(provider.signIn(url));
}

/** What the samples import. */
const world = {
  loadPkce, signJwtAssertion,
  createClient: async (/** @type {any} */ config) => {
    const client = await openSampleClient(config);
    return { ...client, signInRedirect: (/** @type {any} */ options) => signIn(client, options) };
  },
  createTokenSource: (/** @type {any} */ config) => createTokenSource({ ...config, allowLoopbackHttp: true }),
  diagnose: (/** @type {any} */ config) => diagnose({ ...config, ...here() }),
};

const runnable = samples.filter((sample) => !needsPage(sample) && !isGuide(sample));

for (const sample of runnable) {
  test(`runs: ${sample.name}`, async () => {
    const alone = /pkcewasm\/testing|127\.0\.0\.1/.test(sample.code); // it says itself where its page and its provider are
    if (alone) page.remove();
    if (sample.code.includes('createDpopProof')) provider.dpop = true;
    const given = !/\bclient = /.test(sample.code);
    if (given) {
      const client = await openSampleClient({ clientId: 'app', scope: 'openid offline_access', dpop: 'preferred', transaction: 'worker', fetchOrigins: [provider.origin] });
      await signIn(client);
      Object.assign(globalThis, { client });
    }
    provider.script.push(...grantOf(sample.code));
    const before = [provider.ledger.length, provider.calls.length, sdks];
    const code = sample.code.replace(/https:\/\/(api|id)\.example\.com|http:\/\/127\.0\.0\.1:9000/g, provider.origin);
    await runSample({ ...sample, code }, alone ? { createClient } : world, ['pkcewasm', 'pkcewasm/server', 'pkcewasm/diagnose']);
    if (code.includes('source.fetch(') || (code.includes('signInRedirect(') && !given && !alone)) assert.ok(provider.ledger.length > before[0], 'tokens were asked for');
    if (/[^.]\bfetch\('|\.fetch\('/.test(code)) assert.ok(provider.calls.length > before[1], 'the API was called');
    if (code.includes('SomeSdk')) assert.equal(sdks, before[2] + 1);
    if (code.includes('createDpopProof')) assert.deepEqual(provider.proofs.map(({ good }) => good).slice(-1), [true]);
  });
}

/** What the provider answers to a service. @param {string} code */
const grantOf = (code) => (/client_credentials/.test(code) ? [(/** @type {any} */ _, /** @type {import('node:http').ServerResponse} */ response) => {
  response.writeHead(200, { 'content-type': 'application/json' });
  response.end(JSON.stringify({ access_token: provider.accessToken, token_type: 'bearer', expires_in: 300 }));
}] : []);

test('every sample runs here, in samples-page.test.js, or as the guide of internal/packagetest', () => {
  assert.ok(runnable.length >= 25, String(runnable.length));
  assert.equal(samples.filter(isGuide).length, 2);
});
