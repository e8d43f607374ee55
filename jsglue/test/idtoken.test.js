// ID tokens: what createClient makes of signatures and keys, and validateIdToken.

import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, test } from 'node:test';
import { createClient, loadPkce } from '../index.js';
import { openPage } from './page.js';
import { createKey, startProvider } from './provider.js';

const HTTP = { allowLoopbackHttp: true };
const APP = 'http://localhost:3000/';

/** @type {Awaited<ReturnType<typeof startProvider>>} */
let provider;
/** @type {import('./page.js').Page} */
let page;
/** @type {import('../types.d.ts').Client} */
let client;
/** @type {string[]} */
let events;
before(async () => { provider = await startProvider(); });
after(() => provider.stop());
beforeEach(async () => {
  const key = createKey('RS256');
  Object.assign(provider, { key, keys: [key.jwk], answerKeys: undefined, keyRequests: 0, subject: 'alice', idToken: (/** @type {object} */ claims) => provider.key.token(claims) });
  page = openPage(APP);
  client = await createClient({ issuer: provider.issuer, clientId: 'app', redirectUri: APP, isolation: 'none', allowLoopbackHttp: true });
  events = [];
  for (const type of /** @type {const} */ (['signedIn', 'refreshed', 'degraded', 'signedOut'])) client.on(type, () => void events.push(type));
});
afterEach(async () => {
  await client.close();
  page.remove();
});

async function signIn() {
  /** @type {string} */
  const url = await new Promise((resolve, reject) => { client.signInRedirect({ navigate: resolve }).catch(reject); });
  return client.handleRedirectCallback(provider.signIn(url));
}

/** A digit of the key set that was changed. @param {string} number */
const flip = (number) => {
  const bytes = Buffer.from(number, 'base64url');
  bytes[1] ^= 1;
  return bytes.toString('base64url');
};

for (const alg of ['RS256', 'PS256', 'ES256', 'EdDSA']) {
  test(`a sign-in and a refresh with ${alg}`, async () => {
    provider.key = createKey(alg);
    provider.keys = [provider.key.jwk];
    const { user } = await signIn();
    assert.equal(user.claims.name, 'Alice');
    await client.refresh();
    assert.deepEqual(events, ['signedIn', 'refreshed']);
    assert.equal(provider.keyRequests, 1);
  });
}

/** F-94, F-135: the reason, and what is wrong. @type {[string, string, () => void][]} */
const REFUSED = [
  ['signature', 'a bit of the key set is off', () => { provider.keys = [{ ...provider.key.jwk, n: flip(provider.key.jwk.n) }]; }],
  ['signature', 'another key has the name', () => { provider.keys = [{ ...createKey('RS256').jwk, kid: provider.key.jwk.kid }]; }],
  ['signature', 'the payload was exchanged', () => {
    provider.idToken = (claims) => {
      const [header, , signature] = provider.key.token(claims).split('.');
      return [header, Buffer.from(JSON.stringify({ ...claims, admin: true })).toString('base64url'), signature].join('.');
    };
  }],
  ['key', 'nobody has this key', () => { provider.keys = [createKey('RS256').jwk]; }],
  ['key', 'there are no keys', () => { provider.keys = []; }],
  ['key', 'the key is too small', () => { provider.keys = [{ ...provider.key.jwk, n: provider.key.jwk.n.slice(0, 86) }]; }],
  ['key', 'the key is for encryption', () => { provider.keys = [{ ...provider.key.jwk, use: 'enc' }]; }],
  ['key', 'the private key is published', () => { provider.keys = [{ ...provider.key.jwk, d: 'AQAB' }]; }],
  ['key', 'the key is for another algorithm', () => { provider.keys = [{ ...provider.key.jwk, alg: 'PS256' }]; }],
  ['alg', 'signed with HMAC and the public key', () => { provider.idToken = (claims) => provider.key.token(claims, { alg: 'HS256' }); }],
  ['alg', 'not signed', () => { provider.idToken = (claims) => provider.key.token(claims, { alg: 'none' }); }],
  ['crit', 'an extension that must be understood', () => { provider.idToken = (claims) => provider.key.token(claims, { crit: ['b64'], b64: false }); }],
  ['typ', 'an access token', () => { provider.idToken = (claims) => provider.key.token(claims, { typ: 'at+jwt' }); }],
  ['keys', 'too many keys', () => { provider.keys = Array(1000).fill(provider.key.jwk); }],
  ['keys', 'no key set', () => { provider.answerKeys = (response) => response.writeHead(404).end(); }],
  ['keys', 'a page instead of a key set', () => { provider.answerKeys = (response) => response.writeHead(200).end('<!doctype html>'); }],
  ['keys', 'a redirect', () => { provider.answerKeys = (response) => response.writeHead(302, { location: '/other' }).end(); }],
];

for (const [reason, what, forge] of REFUSED) {
  test(`refused: ${what}`, async () => {
    forge();
    await assert.rejects(signIn(), { name: 'AuthError', code: 'id_token', description: reason, retryable: false });
    assert.equal(client.getUser(), undefined);
    await assert.rejects(client.getAccessToken(), { code: 'login_required' });
    assert.deepEqual(events, []);
    assert.ok(provider.keyRequests <= 4, `${provider.keyRequests} requests for keys`);
  });
}

test('a token without kid is tried with every key that fits', async () => {
  provider.idToken = (claims) => provider.key.token(claims, { kid: undefined });
  provider.keys = [createKey('RS256').jwk, createKey('ES256').jwk, provider.key.jwk];
  assert.equal((await signIn()).user.subject, 'alice');
});

test('a key that was changed is fetched, a fault of the key set outlived', async () => {
  let asked = 0;
  const old = provider.key.jwk;
  provider.key = createKey('RS256');
  provider.answerKeys = (response) => {
    if (asked++ === 0) response.writeHead(503).end();
    else response.writeHead(200).end(JSON.stringify({ keys: asked === 2 ? [old] : [provider.key.jwk] }));
  };
  assert.equal((await signIn()).user.subject, 'alice');
  assert.equal(asked, 3);
});

test('a refresh keeps its tokens, whatever is wrong with the ID token; only a genuine one of somebody else ends the session', async () => {
  await signIn();
  const other = createKey('RS256');
  provider.subject = 'mallory';
  provider.idToken = (claims) => other.token(claims, { kid: provider.key.jwk.kid });
  assert.equal((await client.refresh()).subject, 'alice');
  assert.equal(await client.getAccessToken(), provider.accessToken);
  assert.deepEqual(events, ['signedIn', 'degraded', 'refreshed']);
  provider.idToken = (claims) => provider.key.token(claims);
  await assert.rejects(client.refresh(), { code: 'id_token', description: 'sub' });
  assert.deepEqual(events, ['signedIn', 'degraded', 'refreshed', 'signedOut']);
});

test('clocks that differ: the error says by how much', async () => {
  provider.idToken = (claims) => provider.key.token({ ...claims, iat: Math.floor(Date.now() / 1000) + 600, exp: Math.floor(Date.now() / 1000) + 4200 });
  await assert.rejects(signIn(), (/** @type {any} */ error) => {
    assert.equal(error.code, 'id_token');
    assert.match(error.description, /^clock: the server's clock is (600|59\d) seconds ahead of this device's$/);
    assert.match(error.message, /(600|59\d) seconds/);
    return true;
  });
});

// ---------------------------------------------------------------------------- validateIdToken

const now = Math.floor(Date.now() / 1000);
const claims = () => ({ iss: provider.issuer, sub: 'alice', aud: 'app', iat: now, exp: now + 3600, nonce: 'N', auth_time: now - 100 });

/** @param {object} [more] @param {object} [options] */
async function validate(more = {}, options = HTTP) {
  const pkce = await loadPkce();
  const server = await pkce.discover(provider.issuer, HTTP);
  return pkce.validateIdToken(server, { idToken: provider.key.token(claims()), clientId: 'app', ...more }, options);
}

test('validateIdToken', async () => {
  assert.deepEqual(await validate(), claims());
  assert.deepEqual(await validate({ nonce: 'N', maxAge: 1000 }), claims());
  const key = createKey('ES256');
  provider.keys = [provider.key.jwk, key.jwk];
  assert.deepEqual(await validate({ idToken: key.token(claims()) }), claims());
});

/** @type {[string, () => object][]} */
const INVALID = [
  ['nonce', () => ({ nonce: 'M' })],
  ['aud', () => ({ clientId: 'other' })],
  ['auth_time', () => ({ maxAge: 1 })],
  ['at_hash', () => ({ accessToken: 'AT', idToken: provider.key.token({ ...claims(), at_hash: 'x' }) })],
  ['exp', () => ({ idToken: provider.key.token({ ...claims(), iat: now - 7200, exp: now - 3600 }) })],
  ['iss', () => ({ idToken: provider.key.token({ ...claims(), iss: 'https://evil.example' }) })],
  ['malformed', () => ({ idToken: 'garbage' })],
];

for (const [reason, more] of INVALID) {
  test(`validateIdToken refuses: ${reason}`, async () => {
    await assert.rejects(validate(more()), { code: 'id_token', description: reason });
    assert.equal(provider.keyRequests, 0, 'nothing is fetched for a token that is wrong anyway');
  });
}

test('validateIdToken: signatures and keys', async () => {
  const forged = createKey('RS256').token(claims(), { kid: provider.key.jwk.kid });
  await assert.rejects(validate({ idToken: forged }), { code: 'id_token', description: 'signature', retryable: false });
  provider.answerKeys = (response) => response.writeHead(503, { 'retry-after': '7' }).end();
  await assert.rejects(validate(), { code: 'id_token', description: 'keys', retryable: true, status: 503 });
  await assert.rejects(validate({}, { ...HTTP, signal: AbortSignal.abort() }), { code: 'aborted' });
});

test('validateIdToken: options', async () => {
  const pkce = await loadPkce();
  const server = { issuer: provider.issuer, token_endpoint: `${provider.issuer}/token` };
  await assert.rejects(pkce.validateIdToken(server, { idToken: 'x.y.z', clientId: 'app' }, HTTP), { code: 'config', message: /server\.jwks_uri/ });
  for (const [wrong, name] of /** @type {[object, string][]} */ ([[{ idToken: 1 }, 'idToken'], [{ clientId: '' }, 'clientId'], [{ maxAge: -1 }, 'maxAge'], [{ none: '' }, 'none'], [{ accessToken: {} }, 'accessToken']])) {
    await assert.rejects(validate(wrong), (/** @type {any} */ error) => error.code === 'config' && error.message.startsWith(name), name);
  }
});

test('validateIdToken where signatures cannot be verified', async () => {
  const real = /** @type {PropertyDescriptor} */ (Object.getOwnPropertyDescriptor(globalThis, 'crypto'));
  Object.defineProperty(globalThis, 'crypto', { configurable: true, value: { getRandomValues: crypto.getRandomValues.bind(crypto) } });
  try {
    await assert.rejects(validate(), { code: 'unsupported', description: 'crypto.subtle' });
  } finally {
    Object.defineProperty(globalThis, 'crypto', real);
  }
});
