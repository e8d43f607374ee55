// createClient with the real worker and module, in a thread of Node, against a provider on loopback.

import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { startProvider } from './provider.js';
import { started } from './thread-worker.js';

// The package captures Worker when it is evaluated, so it comes after.
const { createClient } = await import('../index.js');

/** @type {Awaited<ReturnType<typeof startProvider>>} */
let provider;
/** @type {import('../types.d.ts').Client[]} */
let clients = [];
beforeEach(async () => {
  provider = await startProvider();
  started.length = 0;
});
afterEach(async () => {
  await Promise.all(clients.map((client) => client.close()));
  clients = [];
  await provider.stop();
});

/** @param {Partial<import('../types.d.ts').ClientConfig>} [changes] */
async function open(changes) {
  const client = await createClient({
    issuer: provider.issuer, clientId: 'app', redirectUri: 'http://127.0.0.1:4000/callback', scope: 'openid offline_access', isolation: 'dedicated',
    allowLoopbackHttp: true, fetchOrigins: [provider.origin], ...changes,
  });
  clients.push(client);
  return client;
}

/** @param {Partial<import('../types.d.ts').ClientConfig>} [changes] */
async function openSignedIn(changes) {
  const client = await open(changes);
  let url = '';
  await client.signInRedirect({ navigate: (to) => { url = to; } });
  await client.handleRedirectCallback(provider.signIn(url));
  return client;
}

/** Everything that the page has been sent. */
const received = () => started.map((worker) => JSON.stringify(worker.received)).join();

test('the refresh token never leaves the worker', async () => {
  const client = await openSignedIn();
  const refreshTokens = [provider.refreshToken];
  for (let i = 0; i < 3; i++) {
    await client.refresh();
    refreshTokens.push(provider.refreshToken);
  }
  assert.equal(await client.getAccessToken(), provider.accessToken);
  assert.ok(received().includes(provider.accessToken), 'control');
  for (const token of refreshTokens) assert.equal(received().includes(token), false);
  const verifier = provider.ledger[0].get('code_verifier');
  assert.match(String(verifier), /^[\w-]{43}$/);
  assert.equal(received().includes(String(verifier)), false);
});

test('with exposeAccessToken: false the access token never leaves the worker, and fetch works', async () => {
  const client = await openSignedIn({ exposeAccessToken: false });
  await assert.rejects(client.getAccessToken(), { code: 'config' });
  const response = await client.fetch(`${provider.origin}/api`, { method: 'POST', headers: { 'x-mine': '1' }, body: 'hello' });
  assert.deepEqual([response.status, response.url, response.headers.get('content-type'), await response.json()], [200, `${provider.origin}/api`, 'application/json', { ok: true }]);
  assert.deepEqual([provider.calls[0].method, provider.calls[0].headers['x-mine'], provider.calls[0].body], ['POST', '1', 'hello']);

  const first = provider.accessToken;
  provider.accessToken = 'revoked';
  assert.equal((await client.fetch(`${provider.origin}/api`)).status, 200, 'one refresh, one retry');
  assert.equal(provider.ledger.length, 2);
  await client.refresh();

  provider.script.push((_, answer) => answer.writeHead(204).end());
  assert.equal((await client.fetch(`${provider.origin}/api`)).status, 204);
  const size = 300_000;
  provider.script.push((_, answer) => answer.end(Buffer.alloc(size, 'x')));
  assert.equal((await (await client.fetch(`${provider.origin}/api`)).text()).length, size);
  await assert.rejects(client.fetch('https://evil.example/'), { code: 'config' });
  provider.script.push((_, answer) => answer.writeHead(307, { location: 'https://evil.example/' }).end());
  await assert.rejects(client.fetch(`${provider.origin}/api`), { code: 'redirect' });
  provider.script.push((_, answer) => { answer.destroy(); });
  await assert.rejects(client.fetch(`${provider.origin}/api`), TypeError);

  provider.script.push((_, answer) => { answer.write('first'); });
  const controller = new AbortController();
  const { body } = await client.fetch(`${provider.origin}/api`, { signal: controller.signal });
  const reader = /** @type {ReadableStream<Uint8Array>} */ (body).getReader();
  assert.equal(Buffer.from((await reader.read()).value ?? []).toString(), 'first');
  controller.abort();
  await assert.rejects(reader.read(), { name: 'AbortError' });
  await assert.rejects(client.fetch(`${provider.origin}/api`, { signal: AbortSignal.abort() }), { name: 'AbortError' });
  for (const token of [first, provider.accessToken, provider.refreshToken]) assert.equal(received().includes(token), false);
});

test('in the worker every kind of body is sent, and again after a refused token', async () => {
  const client = await openSignedIn({ exposeAccessToken: false });
  const form = new FormData();
  form.append('field', 'value');
  form.append('file', new Blob(['contents']), 'name.txt');
  const address = (/** @type {string} */ name) => `${provider.origin}/api?${name}`;
  /** @type {[RequestInfo | URL, any, RegExp, RegExp][]} */
  const cases = [
    [new Request(address('request'), { method: 'PUT', body: 'in request' }), undefined, /^in request$/, /^text\/plain/],
    [new Request(address('both'), { method: 'PUT', body: 'in request' }), { body: 'in init' }, /^in init$/, /^text\/plain/],
    [address('form'), { method: 'POST', body: form }, /name="field"[^]*value[^]*filename="name.txt"[^]*contents/, /^multipart\/form-data; boundary=/],
    [address('parameters'), { method: 'POST', body: new URLSearchParams({ a: 'b' }) }, /^a=b$/, /^application\/x-www-form-urlencoded/],
    [address('bytes'), { method: 'POST', body: new Uint8Array([65, 66]) }, /^AB$/, /^undefined$/],
    [address('blob'), { method: 'POST', body: new Blob(['blob'], { type: 'image/png' }) }, /^blob$/, /^image\/png$/],
    [address('stream'), { method: 'POST', body: new Blob(['stream']).stream(), duplex: 'half' }, /^stream$/, /^undefined$/],
    [address('upload'), { method: 'POST', body: 'x'.repeat(2_000_000) }, /^x{2000000}$/, /^text\/plain/],
  ];
  provider.accessToken = 'revoked';
  const answers = await Promise.all(cases.map(([input, init]) => client.fetch(input, init)));
  assert.deepEqual(answers.map(({ status }) => status), cases.map(() => 200));
  assert.equal(provider.ledger.length, 2, 'one refresh for all');
  assert.equal(provider.calls.length, 2 * cases.length);
  for (const [input, , body, type] of cases) {
    for (const call of provider.calls.filter(({ url }) => String(input instanceof Request ? input.url : input).endsWith(url))) {
      assert.equal(body.test(call.body), true, call.url);
      assert.match(String(call.headers['content-type']), type);
    }
  }
});

test('a body under way when the worker dies fails, and is not taken for whole', async () => {
  const client = await openSignedIn({ exposeAccessToken: false });
  const crashed = new Promise((resolve) => { client.on('crashed', resolve); });
  provider.script.push((_, answer) => { answer.write('first'); });
  const { body } = await client.fetch(`${provider.origin}/api`);
  const reader = /** @type {ReadableStream<Uint8Array>} */ (body).getReader();
  assert.equal(Buffer.from((await reader.read()).value ?? []).toString(), 'first');
  await started[0].thread.terminate();
  client.refresh().catch(() => {});
  await crashed;
  await assert.rejects(client.getAccessToken(), { code: 'config' });
  await assert.rejects(client.refresh(), { code: 'login_required' }, 'another worker');
  await assert.rejects(reader.read(), TypeError);
});

test("where there is no SharedWorker, 'shared' is dedicated, and says so to listeners that come later", async () => {
  const client = await open({ isolation: undefined });
  const event = await new Promise((resolve) => client.on('degraded', resolve));
  assert.equal(event.feature, 'shared');
});

test('a worker that dies rejects everything, is started again, and nothing falls back', async () => {
  const client = await openSignedIn();
  /** @type {any[]} */
  const events = [];
  client.on('crashed', (event) => events.push(event));
  client.on('signedOut', (event) => events.push(event));
  provider.script.push(() => {});
  const waiting = [client.refresh(), client.getAccessToken({ forceRefresh: true })];
  await started[0].thread.terminate();
  const began = performance.now();
  for (const promise of waiting) await assert.rejects(promise, { code: 'crashed' });
  assert.ok(performance.now() - began < 6000);
  assert.deepEqual(events.map(({ type, reason }) => [type, reason]), [['crashed', undefined], ['signedOut', 'crashed']]);
  assert.equal(client.getUser(), undefined);
  await assert.rejects(client.getAccessToken(), { code: 'login_required' });
  assert.equal(started.length, 2);
});

test('a worker that dies without work is noticed by the heartbeat', async (t) => {
  t.mock.timers.enable({ apis: ['setInterval'] });
  const client = await openSignedIn();
  const crashed = new Promise((resolve) => { client.on('crashed', resolve); });
  t.mock.timers.tick(30_000);
  await new Promise((resolve) => setTimeout(resolve, 50));
  await started[0].thread.terminate();
  assert.equal(client.getUser()?.subject, 'alice');
  t.mock.timers.tick(30_000);
  await crashed;
  assert.equal(client.getUser(), undefined);
  await assert.rejects(client.getAccessToken(), { code: 'login_required' });
});

test('a module that reports its end is noticed at once', async () => {
  const client = await openSignedIn();
  /** @type {any[]} */
  const events = [];
  client.on('crashed', (event) => events.push(event));
  client.on('signedOut', (event) => events.push(event));
  provider.script.push(() => {});
  const waiting = client.refresh();
  const began = performance.now();
  started[0].onmessage({ data: { kind: 'crashed' } });
  await assert.rejects(waiting, { code: 'crashed' });
  assert.ok(performance.now() - began < 100);
  assert.deepEqual(events.map(({ type, reason }) => [type, reason]), [['crashed', undefined], ['signedOut', 'crashed']]);
  assert.equal(client.getUser(), undefined);
  await assert.rejects(client.getAccessToken(), { code: 'login_required' });
});

test('a worker that dies again and again is not started for ever', async () => {
  const client = await open();
  for (let i = 0; i < 4; i++) {
    started.at(-1).onmessage({ data: { kind: 'crashed' } });
    await client.getAccessToken().catch(() => {});
  }
  await assert.rejects(client.getAccessToken(), { code: 'crashed' });
  assert.equal(started.length, 4);
});

test('fetch in a worker that is not started any more settles, and so does a body after the client was closed', async () => {
  const client = await openSignedIn({ exposeAccessToken: false });
  provider.script.push((_, answer) => { answer.write('first'); });
  const { body } = await client.fetch(`${provider.origin}/api`);
  const reader = /** @type {ReadableStream<Uint8Array>} */ (body).getReader();
  await reader.read();
  await client.close();
  await assert.rejects(reader.read(), { code: 'closed' });

  const other = await open({ exposeAccessToken: false });
  for (let i = 0; i < 4; i++) {
    started.at(-1).onmessage({ data: { kind: 'crashed' } });
    await other.refresh().catch(() => {});
  }
  await assert.rejects(other.fetch(`${provider.origin}/api`), { code: 'crashed' });
});

test('a worker that does not start is an error that says why', async () => {
  await assert.rejects(open({ workerUrl: new URL('missing.js', import.meta.url) }), { code: 'unsupported', description: 'worker' });
  await assert.rejects(open({ wasmUrl: new URL('missing.wasm', import.meta.url) }), { code: 'wasm_load' });
  await assert.rejects(open({ server: /** @type {any} */ ({ token_endpoint: 'http://evil.example/token' }) }), { name: 'AuthError' });
  assert.ok(started.every((worker) => !worker.alive));
});

test('the worker answers known messages and ignores the rest', async () => {
  const client = await openSignedIn();
  const [worker] = started;
  const call = (/** @type {unknown} */ command, /** @type {unknown} */ id = 1e6) => new Promise((resolve) => {
    const { onmessage } = worker;
    worker.onmessage = (/** @type {any} */ event) => {
      if (event.data.id !== id) return;
      worker.onmessage = onmessage;
      resolve(event.data);
    };
    worker.postMessage({ kind: 'call', id, command });
  });
  for (const command of [
    undefined, null, 5, '', '{', '[]', 'null', '{}', '{"op":5}', '{"op":"eval"}', '{"op":"__proto__"}', '{"op":"constructor"}', '{"op":"toString"}', '{"op":"token","url":"https://evil.example"}',
    '{"op":"token","force":"yes"}', '{"op":"token","__proto__":{"force":true}}', '{"op":"callback","url":5}', '{"op":"signIn","server":{"token_endpoint":"https://evil.example"}}', '{"op":"signIn","params":null}',
    '{"op":"refresh","token_endpoint":"https://evil.example"}', `{"op":"wake","reason":"${'x'.repeat(10 << 20)}"}`, { op: 'token' },
  ]) {
    const { kind, error } = await call(command);
    assert.deepEqual([kind, error.code], ['refused', 'config'], JSON.stringify(command)?.slice(0, 80));
  }
  for (const data of [undefined, null, 5, 'x', [], {}, { kind: 'nothing' }, { kind: '__proto__' }, { kind: 'call' }, { kind: 'call', id: 'x' }, { kind: 'relay' }, { kind: 'relay', id: 1, request: 5 }, { kind: 'relay', id: 9, pull: true },
    { kind: 'init', config: JSON.stringify({ issuer: 'https://evil.example', clientId: 'x', redirectUri: 'https://evil.example/' }) }]) worker.postMessage(data);
  await client.refresh();
  assert.equal(provider.ledger.length, 2, 'still at the same token endpoint');
});

test('a token that was long under way is not taken for fresh', async () => {
  provider.lifetime = 30;
  const client = await openSignedIn({ refresh: { auto: false } });
  const { now } = Date;
  Date.now = () => now() + 60_000; // the page slept with the answer in its queue
  try {
    const [worker] = started;
    worker.onmessage({ data: { kind: 'event', at: now(), text: JSON.stringify({ type: 'refreshed', token: { accessToken: 'late', tokenType: 'Bearer', validForMs: 30_000 } }) } });
    assert.notEqual(await client.getAccessToken(), 'late');
  } finally {
    Date.now = now;
  }
});

test('closing ends the worker', async () => {
  const client = await open();
  await client.close();
  assert.equal(started[0].alive, false);
  for (let i = 0; i < 5; i++) await (await open()).close();
  assert.equal(started.length, 6);
  assert.ok(started.every((worker) => !worker.alive));
});
