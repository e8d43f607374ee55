// pkcewasm/axios with the real axios and module, against a provider on loopback.

import axios from 'axios';
import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { startProvider } from './provider.js';
import { started } from './thread-worker.js';

// The package captures Worker when it is evaluated, so it comes after.
const { createClient } = await import('../index.js');
const { attachTo, createFetch } = await import('../axios.js');

/** @type {Awaited<ReturnType<typeof startProvider>>} */
let provider;
/** @type {Awaited<ReturnType<typeof startProvider>>} */
let stranger;
/** @type {import('../types.d.ts').Client} */
let client;

/** @param {Partial<import('../types.d.ts').ClientConfig>} [changes] */
async function openSignedIn(changes) {
  client = await createClient({
    issuer: provider.issuer, clientId: 'app', redirectUri: 'http://127.0.0.1:4000/callback', scope: 'openid offline_access', isolation: 'none', allowLoopbackHttp: true,
    fetchOrigins: [provider.origin], ...changes,
  });
  let url = '';
  await client.signInRedirect({ navigate: (to) => { url = to; } });
  await client.handleRedirectCallback(provider.signIn(url));
}

beforeEach(async () => {
  provider = await startProvider();
  stranger = await startProvider();
  started.length = 0;
  await openSignedIn();
});
afterEach(async () => {
  await client.close();
  await provider.stop();
  await stranger.stop();
});

const authorizations = (/** @type {typeof provider} */ { calls }) => calls.map(({ headers }) => headers.authorization);

test('the token goes to allowed origins only', async () => {
  const http = axios.create({ baseURL: `${provider.origin}/v1/` });
  attachTo(http, client);
  assert.equal((await http.get('users', { params: { page: 2 } })).status, 200);
  assert.equal((await http.post('/users', { name: 'x' })).status, 200);
  assert.deepEqual(provider.calls.map(({ url, body }) => [url, body]), [['/v1/users?page=2', ''], ['/v1/users', '{"name":"x"}']]);
  assert.deepEqual(authorizations(provider), Array(2).fill(`Bearer ${provider.accessToken}`));
  await assert.rejects(http.get(`${stranger.origin}/api`));
  await assert.rejects(http.get(`//${new URL(stranger.origin).host}/api`));
  await assert.rejects(http.get(`http://evil@${new URL(stranger.origin).host}/api`));
  for (const sent of authorizations(stranger)) assert.doesNotMatch(String(sent), /Bearer/);
});

test('a refused token is renewed once for all requests, each of which is sent once more', async () => {
  const http = axios.create({ baseURL: provider.origin });
  attachTo(http, client);
  const bad = provider.accessToken;
  provider.accessToken = 'revoked';
  const answers = await Promise.all(Array.from({ length: 10 }, (_, i) => http.post('/api', { i })));
  assert.ok(answers.every(({ status }) => status === 200));
  assert.equal(provider.ledger.length, 2);
  assert.equal(provider.calls.length, 20);
  for (let i = 0; i < 10; i++) assert.equal(provider.calls.filter(({ body }) => JSON.parse(body).i === i).length, 2);
  assert.notEqual(provider.accessToken, bad);

  provider.accessToken = 'always refused';
  provider.script.length = 0;
  const before = provider.calls.length;
  await assert.rejects(http.get('/api'), ({ response }) => response.status === 401);
  assert.ok(provider.calls.length - before <= 2);
});

test('other refusals, streams and retries of the application are left alone', async () => {
  const http = axios.create({ baseURL: provider.origin });
  attachTo(http, client);
  provider.script.push((_, answer) => answer.writeHead(401, { 'www-authenticate': 'Bearer error="insufficient_scope"' }).end());
  await assert.rejects(http.get('/api'), ({ response }) => response.status === 401);
  provider.script.push((_, answer) => answer.writeHead(503).end());
  const error = await http.get('/api').catch((cause) => cause);
  assert.equal(provider.ledger.length, 1);
  provider.accessToken = 'revoked';
  assert.equal((await http.request(error.config)).status, 200, 'as retry libraries do it');
  assert.equal(provider.ledger.length, 2);
  const { Readable } = await import('node:stream');
  provider.accessToken = 'revoked again';
  await assert.rejects(http.post('/api', Readable.from(['x'])), ({ response }) => response.status === 401);
});

test('the token is not left where it could be logged', async () => {
  const http = axios.create({ baseURL: provider.origin });
  attachTo(http, client);
  const response = await http.get('/api');
  assert.equal(JSON.stringify([response.config, response.config.headers]).includes(provider.accessToken), false);
  provider.script.push((_, answer) => answer.writeHead(500).end());
  const error = await http.get('/api').catch((cause) => cause);
  assert.equal(JSON.stringify([error.toJSON(), error.config.headers]).includes(provider.accessToken), false);
});

test('a redirect takes the token to allowed origins only', async () => {
  /** @type {any} */
  let sent;
  const told = /** @type {string[]} */ ([]);
  const http = axios.create({
    baseURL: provider.origin, beforeRedirect: ({ href }, response) => void told.push(`${response.statusCode} ${href}`),
    adapter: async (config) => {
      sent = config;
      return { data: '', status: 200, statusText: '', headers: {}, config };
    },
  });
  attachTo(http, client);
  await http.get('/a');
  for (const [href, along] of /** @type {[string, boolean][]} */ ([[`${provider.origin}/b`, true], [`${stranger.origin}/b`, false], [provider.origin.replace('127.0.0.1', 'sub.localhost'), false]])) {
    const next = { href, headers: { Authorization: 'Bearer x', accept: '*/*' } };
    sent.beforeRedirect(next, { statusCode: 302 });
    assert.deepEqual(Object.keys(next.headers), along ? ['Authorization', 'accept'] : ['accept'], href);
    assert.equal(told.pop(), `302 ${href}`, 'the application is told, too');
  }
});

test('nobody signed in, an aborted call, and the end of it', async () => {
  const http = axios.create({ baseURL: provider.origin });
  const detach = attachTo(http, client);
  await assert.rejects(http.get('/api', { signal: AbortSignal.abort() }), (/** @type {any} */ { code }) => ['aborted', 'ERR_CANCELED'].includes(code));
  await client.signOut({ local: true });
  await assert.rejects(http.get('/api'), { name: 'AuthError', code: 'login_required' });
  assert.deepEqual(provider.calls, []);
  detach();
  await assert.rejects(http.get('/api'), ({ response }) => response.status === 401);
  assert.deepEqual(authorizations(provider), [undefined]);
  assert.throws(() => attachTo(http, /** @type {any} */ ({ ...client })), { code: 'config' });
});

test('with exposeAccessToken: false requests go through the worker', async () => {
  await client.close();
  await openSignedIn({ isolation: 'dedicated', exposeAccessToken: false });
  const http = axios.create({ baseURL: provider.origin });
  attachTo(http, client);
  assert.deepEqual((await http.post('/api', { name: 'x' })).data, { ok: true });
  assert.equal(provider.calls[0].body, '{"name":"x"}');
  provider.accessToken = 'revoked';
  assert.equal((await http.get('/api')).status, 200);
  assert.deepEqual(provider.ledger.map((form) => form.get('grant_type')), ['authorization_code', 'authorization_code', 'refresh_token']);
  await assert.rejects(http.get(`${stranger.origin}/api`), ({ response }) => response.status === 401);
  assert.deepEqual(authorizations(stranger), [undefined]);
  assert.equal(started.some(({ received }) => JSON.stringify(received).includes(provider.accessToken)), false);
});

test('a drop-in fetch sends the token to allowed origins and nothing to others', async () => {
  const http = createFetch(client);
  assert.equal((await http(`${provider.origin}/api`)).status, 200);
  assert.equal((await http(new URL(`${provider.origin}/api`))).status, 200);
  assert.equal((await http(new Request(`${provider.origin}/api`, { method: 'PUT', body: 'x' }))).status, 200);
  assert.equal((await http(`${stranger.origin}/api`, { headers: { 'x-mine': '1' } })).status, 401);
  assert.equal((await http(new Request(`${stranger.origin}/api`))).status, 401);
  assert.deepEqual(authorizations(stranger), [undefined, undefined]);
  assert.equal(stranger.calls[0].headers['x-mine'], '1');
  await assert.rejects(async () => http('/relative'), { code: 'config' });
});
