// createTokenSource with the real module and axios, against a token endpoint on loopback and clocks that can be set forward.

import axios from 'axios';
import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { loadPkce } from '../index.js';
import { attachTo, createFetch } from '../axios.js';
import { createTokenSource } from '../server.js';
import { startProvider } from './provider.js';

/** @type {Awaited<ReturnType<typeof startProvider>>} */
let provider;
/** How far the clocks have been set forward; they never go back, as the module's own timers may wait on them. */
let wallAhead = 0, monotonicAhead = 0;
const { now: wall } = Date, monotonic = performance.now.bind(performance);
Date.now = () => wall() + wallAhead;
performance.now = () => monotonic() + monotonicAhead;
/** @param {number} milliseconds */
function advance(milliseconds) {
  wallAhead += milliseconds;
  monotonicAhead += milliseconds;
}

beforeEach(async () => { provider = await startProvider(); });
afterEach(() => provider.stop());

/** Expects a moment so many milliseconds from now; a test may take up to a minute. @param {number | undefined} moment @param {number} milliseconds */
function about(moment, milliseconds) {
  const left = Number(moment) - Date.now();
  assert.ok(left <= milliseconds && left > milliseconds - 60_000, `${left} ms instead of ${milliseconds}`);
}

/** What token requests are answered with, one after the other; a number is the lifetime of a token. @param {...(number | undefined | { status: number, body?: unknown, headers?: any })} answers */
function script(...answers) {
  for (const item of answers) {
    provider.script.push((_, response) => {
      const { status, body, headers } = typeof item === 'object' ? { body: {}, headers: {}, ...item } : { status: 200, headers: {}, body: { access_token: provider.accessToken = `token-${provider.ledger.length}`, token_type: 'bearer', ...(item !== undefined && { expires_in: item }) } };
      response.writeHead(status, { 'content-type': 'application/json', ...headers });
      response.end(JSON.stringify(body));
    });
  }
}

/** @param {Partial<import('../server.d.ts').TokenSourceConfig>} [changes] */
function open(changes) {
  return createTokenSource({
    server: { issuer: provider.issuer, token_endpoint: `${provider.issuer}/token` }, grant: { grantType: 'client_credentials', clientId: 'svc', clientSecret: 's' },
    allowLoopbackHttp: true, fetchOrigins: [provider.origin], ...changes,
  });
}

test('one token is used until the leeway, then one request renews it for everybody', async () => {
  script(300, 300);
  const source = open({ leewaySeconds: 10 });
  assert.deepEqual([source.expiresAt, source.renewsAt, provider.ledger.length], [undefined, undefined, 0]);
  assert.deepEqual(new Set(await Promise.all(Array.from({ length: 100 }, () => source.getAccessToken()))), new Set(['token-1']));
  about(source.expiresAt, 300_000);
  assert.equal(source.renewsAt, Number(source.expiresAt) - 10_000);
  advance(230_000);
  assert.equal(await source.getAccessToken(), 'token-1');
  advance(60_000);
  assert.deepEqual(new Set(await Promise.all(Array.from({ length: 100 }, () => source.getAccessToken()))), new Set(['token-2']));
  assert.equal(provider.ledger.length, 2);
});

test('the earlier of two clocks counts', async () => {
  script(300, 300);
  const source = open();
  await source.getAccessToken();
  monotonicAhead += 250_000; // the wall clock was set back
  assert.equal(await source.getAccessToken(), 'token-2');
});

test('without expires_in the lifetime is assumed, and a short one is renewed at its half', async () => {
  script(undefined, undefined, 100);
  const source = open();
  await source.getAccessToken();
  about(source.expiresAt, 300_000);
  const assumed = open({ defaultLifetimeSeconds: 1000, leewaySeconds: 100 });
  await assumed.getAccessToken();
  about(assumed.expiresAt, 1_000_000);
  assert.equal(Number(assumed.expiresAt) - Number(assumed.renewsAt), 100_000);
  const short = open({ leewaySeconds: 60 });
  await short.getAccessToken();
  assert.ok(Math.abs(Number(short.expiresAt) - Number(short.renewsAt) - 50_000) < 1000);
});

test('a failure keeps the old token while it is valid, and is not repeated at once', async () => {
  const later = { status: 503, headers: { 'retry-after': '600' } };
  script(3600, later, later, 3600);
  const source = open({ leewaySeconds: 1000 });
  await source.getAccessToken();
  advance(2_650_000);
  for (let i = 0; i < 50; i++) assert.equal(await source.getAccessToken(), 'token-1');
  assert.equal(provider.ledger.length, 2);
  advance(600_000);
  for (let i = 0; i < 50; i++) assert.equal(await source.getAccessToken(), 'token-1');
  assert.equal(provider.ledger.length, 3);
  advance(400_000);
  await assert.rejects(source.getAccessToken(), { code: 'http', status: 503 }, 'the old one is not handed out when it has expired');
  assert.equal(provider.ledger.length, 3);
  advance(200_000);
  assert.equal(await source.getAccessToken(), 'token-4');
});

test('a server that wants to be left alone is', async () => {
  script({ status: 429, headers: { 'retry-after': '600' } }, 300);
  const source = open();
  await assert.rejects(source.getAccessToken(), { code: 'rate_limited', retryAfterSeconds: 600 });
  advance(500_000);
  await assert.rejects(source.getAccessToken(), { code: 'rate_limited' });
  assert.equal(provider.ledger.length, 1);
  advance(100_000);
  assert.equal(await source.getAccessToken(), 'token-2');
});

test('at most ten requests a minute against a server that always fails', async () => {
  script(...Array.from({ length: 100 }, () => ({ status: 500 })));
  const source = open();
  for (let i = 0; i < 120; i++, advance(500)) await assert.rejects(source.getAccessToken({ forceRefresh: true }), { code: 'http' });
  assert.ok(provider.ledger.length >= 3 && provider.ledger.length <= 10, `${provider.ledger.length} requests`);
  provider.script.length = 0;
});

test('a signal ends the wait of its caller, not the request', async () => {
  script(300);
  const source = open(), controller = new AbortController();
  const [aborted, other] = [source.getAccessToken({ signal: controller.signal }), source.getAccessToken()];
  controller.abort();
  await assert.rejects(aborted, { code: 'aborted' });
  assert.equal(await other, 'token-1');
  await assert.rejects(source.getAccessToken({ signal: AbortSignal.abort() }), { code: 'aborted' });
  assert.equal(provider.ledger.length, 1);
});

test('a function makes a new grant for every request; what it throws is passed on', async () => {
  script(300, 300);
  let n = 0;
  const source = open({
    grant: async () => {
      if (++n === 3) throw new RangeError('no key today');
      return { grantType: 'urn:ietf:params:oauth:grant-type:jwt-bearer', assertion: `assertion-${n}` };
    },
  });
  await source.getAccessToken();
  await source.getAccessToken({ forceRefresh: true });
  assert.deepEqual(provider.ledger.map((form) => form.get('assertion')), ['assertion-1', 'assertion-2']);
  await assert.rejects(source.getAccessToken({ forceRefresh: true }), RangeError);
  assert.equal(await source.getAccessToken(), 'token-2');
});

test('fetch, createFetch and axios carry the token to listed origins only, and renew it once when it is refused', async () => {
  script(300);
  const source = open(), stranger = await startProvider();
  try {
    assert.equal((await source.fetch(`${provider.origin}/api`)).status, 200);
    assert.equal((await createFetch(source)(`${provider.origin}/api`)).status, 200);
    const http = axios.create({ baseURL: provider.origin });
    attachTo(http, source);
    assert.equal((await http.get('/api', { headers: { Accept: 'application/json' } })).status, 200);
    assert.equal(provider.ledger.length, 1);
    assert.deepEqual(provider.calls.map(({ headers }) => headers.authorization), Array(3).fill('Bearer token-1'));
    await assert.rejects(source.fetch(`${stranger.origin}/api`), { code: 'config', message: /fetchOrigins/ });
    await assert.rejects(http.get(`${stranger.origin}/api`));
    assert.deepEqual(stranger.calls.map(({ headers }) => headers.authorization), [undefined]);

    provider.accessToken = 'revoked';
    let renewals = 0;
    const renewing = open({ pkce: { requestTokens: async () => ({ accessToken: renewals++ ? provider.accessToken = 'renewed' : 'refused', tokenType: 'Bearer' }) } });
    const again = axios.create({ baseURL: provider.origin });
    attachTo(again, renewing);
    const answers = await Promise.all(Array.from({ length: 5 }, (_, i) => (i % 2 ? again.get('/api') : renewing.fetch(`${provider.origin}/api`))));
    assert.deepEqual(answers.map(({ status }) => status), Array(5).fill(200));
    assert.equal(renewals, 2, 'the first token and one renewal');
  } finally {
    await stranger.stop();
  }
});

test('what was exchanged for something else than an access token is not handed out', async () => {
  script({ status: 200, body: { access_token: '<saml/>', token_type: 'N_A', issued_token_type: 'urn:ietf:params:oauth:token-type:saml2' } });
  await assert.rejects(open({ grant: { grantType: 'urn:ietf:params:oauth:grant-type:token-exchange', params: { subject_token: 'x' } } }).getAccessToken(), { code: 'response', description: 'token_type' });
});

test('wrong options are named; a page is refused', async () => {
  const any = /** @type {any} */ (createTokenSource), server = { issuer: 'https://id.example', token_endpoint: 'https://id.example/token' }, grant = { grantType: 'x' };
  for (const [config, message] of /** @type {[any, RegExp][]} */ ([
    [undefined, /options/], [{}, /server/], [{ server }, /grant/], [{ server: 'https://id.example', grant }, /server/], [{ server, grant: 'client_credentials' }, /grant/], [{ server, grant, leeway: 5 }, /leeway/], [{ server, grant, leewaySeconds: '5' }, /leewaySeconds/],
    [{ server, grant, fetchOrigins: ['https://api.example/'] }, /fetchOrigins/], [{ server, grant, fetchOrigins: ['http://127.0.0.1:1'] }, /allowLoopbackHttp/], [{ server, grant, pkce: {} }, /pkce/],
  ])) assert.throws(() => any(config), (/** @type {any} */ error) => error.code === 'config' && message.test(error.message), String(message));
  await assert.rejects(open().getAccessToken(/** @type {any} */ ({ force: true })), { code: 'config', message: /force/ });
  await assert.rejects(open({ grant: { grantType: 'password' } }).getAccessToken(), { code: 'config', message: /grantType/ });
  Object.defineProperty(globalThis, 'document', { value: {}, configurable: true });
  try {
    assert.throws(() => open(), { code: 'config', message: /page.*server/ });
  } finally {
    Reflect.deleteProperty(globalThis, 'document');
  }
});

test('a module that is given is used', async () => {
  script(300);
  const pkce = await loadPkce();
  let requests = 0;
  const source = open({ pkce: { requestTokens: (...args) => { requests++; return pkce.requestTokens(...args); } } });
  assert.equal(await source.getAccessToken(), 'token-1');
  assert.equal(requests, 1);
});
