import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { AuthError, loadPkce } from '../index.js';
import { VERSION } from '../link.js';
import { wrap } from '../pkce.js';
import { startProvider } from './provider.js';

/** @type {import('../types.d.ts').Pkce} */
let pkce;
/** @type {Awaited<ReturnType<typeof startProvider>>} */
let provider;
before(async () => {
  [pkce, provider] = await Promise.all([loadPkce(), startProvider()]);
});
after(() => provider.stop());

const options = { allowLoopbackHttp: true };
const redirectUri = 'http://127.0.0.1:1/callback';

test('the version is that of the package', async () => {
  assert.equal(pkce.version, JSON.parse(await readFile(new URL('../package.json', import.meta.url), 'utf8')).version);
  assert.equal(VERSION, pkce.version, 'the shared worker has it in its name');
});

test('verifier and challenge (RFC 7636 appendix B)', () => {
  assert.match(pkce.generateCodeVerifier(), /^[\w-]{43}$/);
  assert.equal(pkce.generateCodeChallenge('dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk'), 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM');
});

test('random numbers that are none make no verifier, nor do those of the call before', async (t) => {
  const real = /** @type {PropertyDescriptor} */ (Object.getOwnPropertyDescriptor(globalThis, 'crypto'));
  t.after(() => Object.defineProperty(globalThis, 'crypto', real));
  const source = crypto;
  let fill = (/** @type {any} */ array) => source.getRandomValues(array); // a module needs some to start
  Object.defineProperty(globalThis, 'crypto', { configurable: true, value: { getRandomValues: (/** @type {any} */ array) => fill(array) } });
  const broken = await loadPkce();
  for (fill of [() => { throw new Error('none'); }, (array) => array.fill(0), (array) => array.fill(7)]) {
    for (const name of /** @type {const} */ (['generateCodeVerifier', 'generateState', 'generateNonce'])) {
      assert.throws(() => broken.generateCodeChallenge(`${'a'.repeat(60)}ä`), { code: 'config' });
      assert.throws(() => broken[name](), { code: 'unsupported' }, `${fill} ${name}`);
    }
  }
});

test('as many pairs as a page may want, each another', () => {
  const verifiers = new Set(Array.from({ length: 20_000 }, () => pkce.generateCodeVerifier()));
  assert.equal(verifiers.size, 20_000);
  for (const verifier of verifiers) assert.match(pkce.generateCodeChallenge(verifier), /^[\w-]{43}$/);
});

test('wrong arguments of synchronous functions throw config', () => {
  /** @type {any} */
  const any = pkce;
  const server = { issuer: 'https://id.example', authorization_endpoint: 'https://id.example/a', token_endpoint: 'https://id.example/t' };
  for (const call of [
    () => any.generateCodeChallenge(), () => any.generateCodeChallenge('a'.repeat(42)), () => any.generateCodeChallenge('a'.repeat(129)), () => any.generateCodeChallenge('ä'.repeat(43)), () => any.generateCodeChallenge({}),
    () => any.buildAuthorizationUrl(), () => any.buildAuthorizationUrl(server), () => any.buildAuthorizationUrl(server, {}), () => any.buildAuthorizationUrl(server, 'x'),
    () => any.buildAuthorizationUrl(server, { clientId: 'a', redirectUri: 'https://app.example/', state: 's', codeChallenge: 'a'.repeat(43), unknown: 1 }),
    () => any.parseCallback(undefined, { state: 'x' }), () => any.parseCallback('https://app.example/?code=a&state=x', undefined), () => any.scheduleRefresh(server, { clientId: 'a' }),
    () => any.scheduleRefresh(server, { clientId: 'a', tokens: {}, onTokens: 'x' }),
  ]) assert.throws(call, (/** @type {any} */ error) => error instanceof AuthError && error.code === 'config', String(call));
});

test('wrong arguments of asynchronous functions reject with config', async () => {
  /** @type {any} */
  const any = pkce;
  const circular = {};
  Object.assign(circular, { circular });
  for (const call of [
    () => any.discover(), () => any.discover(5), () => any.discover('http://id.example'), () => any.discover(provider.issuer, { timeout: 5 }), () => any.discover(provider.issuer, 'x'),
    () => any.discover(provider.issuer, { allowLoopbackHttp: true, timeoutMs: -1 }), () => any.discover(provider.issuer, { allowLoopbackHttp: true, signal: 'x' }),
    () => any.exchangeCode(), () => any.exchangeCode({}, {}), () => any.refreshTokens(circular, {}), () => any.refreshTokens({ issuer: provider.issuer, token_endpoint: 5 }, {}, options),
    () => any.revokeToken({ issuer: provider.issuer, token_endpoint: `${provider.issuer}/token` }, {}, options),
  ]) await assert.rejects(call(), (/** @type {any} */ error) => error instanceof AuthError, String(call));
  assert.equal(provider.ledger.length, 0);
});

test('a client secret is refused where there is a document', async () => {
  const server = { issuer: 'https://id.example', token_endpoint: 'https://id.example/t' };
  Object.defineProperty(globalThis, 'document', { value: {}, configurable: true });
  try {
    await assert.rejects(pkce.exchangeCode(server, { clientId: 'a', code: 'c', codeVerifier: 'a'.repeat(43), redirectUri, clientSecret: 'x' }), { code: 'config', message: /clientSecret/ });
    await assert.rejects(pkce.refreshTokens(server, { clientId: 'a', refreshToken: 'r', clientSecret: 'x' }), { code: 'config', message: /clientSecret/ });
  } finally {
    Reflect.deleteProperty(globalThis, 'document');
  }
});

test('the whole flow with the stateless functions', async () => {
  const server = await pkce.discover(provider.issuer, options);
  assert.equal(server.issuer, provider.issuer);
  const codeVerifier = pkce.generateCodeVerifier(), state = pkce.generateState(), nonce = pkce.generateNonce();
  const url = pkce.buildAuthorizationUrl(server, {
    clientId: 'app', redirectUri, scope: 'openid', state, nonce, codeChallenge: pkce.generateCodeChallenge(codeVerifier), params: { audience: 'api' },
  }, options);
  assert.equal(new URL(url).searchParams.get('audience'), 'api');
  const callback = provider.signIn(url);
  assert.throws(() => pkce.parseCallback(callback, { state: `${state}x`, server }, options), { code: 'state' });
  const { code } = pkce.parseCallback(new URL(callback), { state, server }, options);
  const tokens = await pkce.exchangeCode(server, { clientId: 'app', code, codeVerifier, redirectUri, nonce }, options);
  assert.equal(tokens.tokenType, 'Bearer');
  assert.equal(tokens.claims?.sub, 'alice');
  const fresh = await pkce.refreshTokens(server, { clientId: 'app', refreshToken: String(tokens.refreshToken) }, options);
  assert.notEqual(fresh.accessToken, tokens.accessToken);
  await assert.rejects(pkce.refreshTokens(server, { clientId: 'app', refreshToken: String(tokens.refreshToken) }, options), { code: 'oauth', oauthError: 'invalid_grant' });

  /** @type {import('../types.d.ts').TokenSet[]} */
  const received = [];
  const schedule = pkce.scheduleRefresh(server, { clientId: 'app', tokens: fresh, onTokens: (set) => { received.push(set); } }, options);
  assert.ok(Math.abs(Number(schedule.nextAt) - Date.now() - 3_535_000) < 60_000);
  const now = await schedule.refreshNow();
  assert.deepEqual(received.map((set) => set.accessToken), [now.accessToken]);
  schedule.cancel();
  await assert.rejects(schedule.refreshNow(), (/** @type {any} */ error) => error instanceof AuthError);
});

test('a call can be aborted', async () => {
  await assert.rejects(pkce.discover(provider.issuer, { ...options, signal: AbortSignal.abort() }), { code: 'aborted' });
  provider.script.push(() => {});
  const controller = new AbortController();
  const waiting = pkce.refreshTokens({ issuer: provider.issuer, token_endpoint: `${provider.issuer}/token` }, { clientId: 'a', refreshToken: 'r' }, { ...options, signal: controller.signal });
  setTimeout(() => controller.abort(), 20);
  await assert.rejects(waiting, { code: 'aborted' });
});

test('a module that died answers everything with crashed', async () => {
  const dead = Object.assign(new Error(), { code: 'crashed' });
  /** @type {any} */
  const raw = Object.fromEntries(Object.keys(pkce).map((name) => [name, () => undefined]));
  const scratch = { memory: new WebAssembly.Memory({ initial: 1 }), crypto, address: () => 0, random: () => 0, challenge: () => 0 };
  const wrapped = wrap({ raw: { ...raw, discover: () => dead }, scratch, guard: (promise) => promise, onCrash() {} });
  assert.throws(() => wrapped.generateCodeVerifier(), { code: 'crashed' });
  await assert.rejects(wrapped.discover('https://id.example'), { code: 'crashed' });
  await assert.rejects(wrapped.exchangeCode(/** @type {any} */ ({}), /** @type {any} */ ({})), { code: 'crashed' });
});
