// The release build keeps nothing: neither entries of the loader's table nor linear memory, and no token that was replaced.
// make leaks; SLIM is the module, built with the tag crashtest. With SHORT=1 a tenth of the calls, for make test.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { generateKeyPairSync, sign } from 'node:crypto';
import { readFileSync } from 'node:fs';
import http from 'node:http';
import { after, before, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { openEngine } from '../../jsglue/engine.js';
import { createHost, instantiate } from '../../jsglue/go.slim.js';
import { withScratch } from '../../jsglue/scratch.js';
import { installWorker } from './inner-worker.mjs';

const file = process.env.SLIM, part = process.env.SHORT ? 0.1 : 1;

const REFRESHES = 10_000 * part, TOKEN_CALLS = 100_000 * part, WARM = 1_000, MiB = 2 ** 20;
const HTTP = JSON.stringify({ allowLoopbackHttp: true });

/** Tokens that the provider has handed out, newest last; their names tell them from everything else. */
let issued = 0, nonce = '';
const encode = (claims) => Buffer.from(JSON.stringify(claims)).toString('base64url');
const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const jwks = { keys: [{ ...publicKey.export({ format: 'jwk' }), alg: 'ES256' }] };
function idToken(claims) {
  const input = `${encode({ alg: 'ES256' })}.${encode(claims)}`;
  return `${input}.${sign('sha256', input, { key: privateKey, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`;
}
const provider = http.createServer({ keepAliveTimeout: 60_000 }, async (request, response) => {
  await request.toArray();
  response.setHeader('content-type', 'application/json');
  if (request.url === '/jwks') {
    response.end(JSON.stringify(jwks));
    return;
  }
  const iat = Math.floor(Date.now() / 1000), n = ++issued;
  response.end(JSON.stringify({
    access_token: `access-token-${n}-${'x'.repeat(800)}`, refresh_token: `refresh-token-${n}`, token_type: 'Bearer', expires_in: 3600, scope: 'openid',
    id_token: idToken({ iss: origin, aud: 'client', sub: 'user', nonce, iat, exp: iat + 3600 }),
  }));
});
let origin, server, module;

before(async () => {
  await new Promise((resolve) => { provider.listen(0, '127.0.0.1', resolve); });
  origin = `http://127.0.0.1:${provider.address().port}`;
  server = { issuer: origin, authorization_endpoint: `${origin}/authorize`, token_endpoint: `${origin}/token`, jwks_uri: `${origin}/jwks` };
  module = await start();
});
after(() => {
  provider.closeAllConnections();
  provider.close();
});

async function start() {
  const host = createHost(), crashes = [];
  const crashed = () => Object.assign(new Error('crashed'), { code: 'crashed' });
  const scratch = await instantiate(await WebAssembly.compile(readFileSync(file)), { host, crashed, onCrash: (error) => crashes.push(error) });
  const { memory, table } = scratch;
  return { ...host.pkcewasm, memory, table, crashes, fast: withScratch(host.pkcewasm, scratch) };
}

/**
 * Runs `step` `times` times, and checks table and memory against what they were after the first thousand, or tenth if that is less.
 * @param {number} times
 * @param {(i: number) => unknown} step
 * @param {{ memory: WebAssembly.Memory, table: ReadonlyMap<number, unknown>, crashes?: unknown[] }} [of] whose they are
 */
async function flat(times, step, { memory, table, crashes = [] } = module) {
  let entries, bytes;
  for (let i = 0; i < times; i++) {
    if (i === Math.min(WARM, times / 10)) [entries, bytes] = [table.size, memory.buffer.byteLength];
    await step(i);
  }
  assert.deepEqual(crashes, []);
  assert.ok(table.size - entries <= 16, `${entries} entries grew to ${table.size}`);
  assert.ok(memory.buffer.byteLength - bytes <= MiB, `${bytes} bytes grew to ${memory.buffer.byteLength}`);
  for (const value of table.values()) {
    const text = typeof value === 'string' ? value : value instanceof Uint8Array ? Buffer.from(value).toString() : '';
    assert.doesNotMatch(text, /(access|refresh)-token-/);
  }
  return { memoryGrowthBytes: memory.buffer.byteLength - bytes, referencesMore: table.size - entries };
}

test('refreshTokens', () => flat(REFRESHES, async (i) => {
  const tokens = await module.refreshTokens(JSON.stringify(server), JSON.stringify({ clientId: 'client', refreshToken: `refresh-token-${i}` }), HTTP);
  assert.match(tokens.accessToken, /^access-token-/);
}));

test('a refresh that fails', () => flat(500, async () => {
  const closed = { ...server, token_endpoint: 'http://127.0.0.1:1/token' };
  await assert.rejects(module.refreshTokens(JSON.stringify(closed), '{"clientId":"client","refreshToken":"r"}', HTTP), { code: 'network' });
}));

test('a refresh that is aborted', () => flat(500, async () => {
  const controller = new AbortController();
  const promise = module.refreshTokens(JSON.stringify(server), '{"clientId":"client","refreshToken":"r"}', { allowLoopbackHttp: true, signal: controller.signal });
  controller.abort();
  await assert.rejects(promise, { code: 'aborted' });
}));

test('the synchronous functions', () => flat(20_000, () => {
  assert.equal(module.generateCodeChallenge(module.generateCodeVerifier()).length, 43);
  assert.equal(module.fast.generateCodeChallenge(module.fast.generateCodeVerifier()).length, 43);
  assert.equal(module.fast.generateCodeChallenge('short').code, 'config');
  assert.equal(module.generateCodeChallenge('short').code, 'config');
  assert.equal(module.generateCodeChallenge({}).code, 'config');
}));

test('validateIdToken', () => flat(2000, async () => {
  const iat = Math.floor(Date.now() / 1000);
  const claims = await module.validateIdToken(JSON.stringify(server), JSON.stringify({
    clientId: 'client', idToken: idToken({ iss: origin, aud: 'client', sub: 'user', iat, exp: iat + 3600 }),
  }), HTTP);
  assert.equal(claims.sub, 'user');
}));

test('sessions that are opened and closed', () => flat(500, () => {
  module.openSession(JSON.stringify({ issuer: origin, server, clientId: 'client', redirectUri: `${origin}/callback`, scope: 'openid', allowLoopbackHttp: true }), () => {}).close();
}));

test('the commands of a session', async () => {
  const settings = { issuer: origin, server, clientId: 'client', redirectUri: `${origin}/callback`, scope: 'openid', allowLoopbackHttp: true };
  const engine = await openEngine({ config: JSON.stringify(settings), module: { raw: module, guard: (promise) => promise, onCrash: () => {} }, onEvent: () => {}, onCrash: () => {} });
  const run = async (command) => JSON.parse(await engine.call(JSON.stringify(command)));
  const { url, state, transaction } = await run({ op: 'signIn', keep: 'session' });
  nonce = new URL(url).searchParams.get('nonce');
  await run({ op: 'callback', url: `${origin}/callback?code=abc&state=${state}`, transaction });
  await flat(TOKEN_CALLS, () => engine.call('{"op":"token"}'));
  await flat(REFRESHES, () => run({ op: 'refresh' }));
  await engine.close();
});

/** What the module of a worker keeps, by what the page may have. */
const grown = {};

// A page asks the worker for nothing while it has a valid token, and for every request if it may not have one.
for (const exposeAccessToken of [true, false]) {
  test(`a client in a page: getAccessToken, fetch, refresh; exposeAccessToken ${exposeAccessToken}`, async (t) => {
    let inner;
    installWorker((instance) => { inner = instance; });
    const { createClient } = await import('../../jsglue/index.js');
    const client = await createClient({
      issuer: origin, server, clientId: 'client', redirectUri: `${origin}/callback`, scope: 'openid', isolation: 'dedicated', exposeAccessToken,
      allowLoopbackHttp: true, fetchOrigins: [origin], wasmUrl: pathToFileURL(file),
    });
    t.after(() => client.close());
    let signIn;
    await client.signInRedirect({ navigate: (url) => { signIn = new URL(url).searchParams; } });
    nonce = signIn.get('nonce');
    await client.handleRedirectCallback(`${origin}/callback?code=abc&state=${signIn.get('state')}`);
    // The resource server is here; the provider's requests go by the fetch that the module started with.
    const { fetch } = globalThis;
    t.after(() => { globalThis.fetch = fetch; });
    let sent = 0;
    globalThis.fetch = async ({ headers }) => {
      sent++;
      assert.ok(headers.get('authorization').startsWith(`Bearer access-token-${issued}-`));
      return new Response('answer');
    };
    const send = async () => assert.equal(await (await client.fetch(`${origin}/resource`)).text(), 'answer');
    await flat(TOKEN_CALLS, (i) => (exposeAccessToken && i % 2 ? client.getAccessToken() : send()), inner);
    assert.equal(sent, exposeAccessToken ? TOKEN_CALLS / 2 : TOKEN_CALLS);
    grown[`exposeAccessToken ${exposeAccessToken}`] = await flat(REFRESHES, () => client.refresh(), inner);
    assert.equal(client.getUser().subject, 'user');
  });
}

after(() => {
  const [, figures] = process.env.FIGURES?.split('=') ?? [];
  if (!figures || Object.keys(grown).length < 2) return;
  execFileSync('go', ['run', './internal/figures/record', figures, 'make leaks', `refreshes=${REFRESHES}`, `calls=${TOKEN_CALLS}`,
    ...Object.entries(grown).map(([name, growth]) => `${name}=${JSON.stringify(growth)}`)]);
});

test('a trap ends everything at once and empties the table', async () => {
  const other = await start();
  assert.equal(other.crashNow().code, 'crashed');
  assert.equal(other.crashes.length, 1);
  assert.equal(other.table.size, 0);
  assert.equal(other.generateState().code, 'crashed');
  assert.equal(other.refreshTokens('{}', '{}').code, 'crashed');
  assert.equal(other.crashes.length, 1);
});
