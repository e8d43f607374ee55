// JWT assertions, verified by Node's own crypto rather than by what signed them.

import assert from 'node:assert/strict';
import { createHmac, createPublicKey, generateKeyPairSync, verify, webcrypto } from 'node:crypto';
import { test } from 'node:test';
import { AuthError, loadPkce } from '../index.js';
import { signJwtAssertion } from '../server.js';

const claims = { iss: 'svc@example.org', aud: 'https://id.example/token' };
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const pem = (/** @type {import('node:crypto').KeyObject} */ key) => String(key.export({ type: 'pkcs8', format: 'pem' }));
const jwk = (/** @type {import('node:crypto').KeyObject} */ key) => /** @type {any} */ (key.export({ format: 'jwk' }));

/** @param {string} jwt */
function open(jwt) {
  assert.match(jwt, /^[\w-]+\.[\w-]+\.[\w-]+$/);
  const [header, payload, signature] = jwt.split('.');
  const decode = (/** @type {string} */ part) => JSON.parse(Buffer.from(part, 'base64url').toString());
  return { header: decode(header), payload: decode(payload), headerText: Buffer.from(header, 'base64url').toString(), input: `${header}.${payload}`, signature: Buffer.from(signature, 'base64url') };
}

test('HS256 with a string, bytes, a JWK and a CryptoKey gives the same signature (RFC 7515 appendix A.1)', async () => {
  const k = 'AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow';
  const bytes = Buffer.from(k, 'base64url');
  const cryptoKey = await webcrypto.subtle.importKey('raw', bytes, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign']);
  const fixed = { ...claims, iat: 1, exp: 2, jti: undefined };
  for (const key of [bytes, bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length), { kty: 'oct', k }, { kty: 'oct', k, key_ops: ['verify'] }, cryptoKey]) {
    const { input, signature, headerText } = open(await signJwtAssertion({ algorithm: 'HS256', key: /** @type {any} */ (key), keyId: 'k1', claims: fixed }));
    assert.equal(headerText, '{"alg":"HS256","kid":"k1"}');
    assert.deepEqual(signature, createHmac('sha256', bytes).update(input).digest());
  }
  const { input, signature } = open(await signJwtAssertion({ algorithm: 'HS256', key: 'pässword', claims }));
  assert.deepEqual(signature, createHmac('sha256', 'pässword').update(input).digest());
});

test('RS256 and ES256 with a PEM, a JWK and a CryptoKey', async () => {
  for (const [algorithm, pair, scheme] of /** @type {const} */ ([['RS256', rsa, { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' }], ['ES256', ec, { name: 'ECDSA', namedCurve: 'P-256' }]])) {
    const key = jwk(pair.privateKey);
    for (const form of [pem(pair.privateKey), `\r\n${pem(pair.privateKey).replaceAll('\n', '\r\n')}`, key, await webcrypto.subtle.importKey('jwk', key, scheme, false, ['sign'])]) {
      const { input, signature, header } = open(await signJwtAssertion({ algorithm, key: form, claims }));
      assert.deepEqual(header, { alg: algorithm });
      assert.ok(verify('sha256', Buffer.from(input), { key: pair.publicKey, dsaEncoding: 'ieee-p1363' }, signature), algorithm);
      if (algorithm === 'ES256') assert.equal(signature.length, 64, 'r and s, not DER');
    }
    const { header } = open(await signJwtAssertion({ algorithm, key: { ...key, kid: 'of the key' }, claims }));
    assert.equal(header.kid, 'of the key');
  }
});

test('claims: iat, exp and jti have defaults, and undefined leaves one out', async () => {
  const sign = async (/** @type {any} */ more) => open(await signJwtAssertion({ algorithm: 'HS256', key: 'secret', claims: { ...claims, ...more } })).payload;
  const now = Math.floor(Date.now() / 1000), payload = await sign({ scope: 'a', sub: 'é' });
  assert.ok(payload.iat >= now && payload.iat <= now + 5);
  assert.equal(payload.exp, payload.iat + 300);
  assert.equal(Buffer.from(payload.jti, 'base64url').length, 16);
  assert.notEqual(payload.jti, (await sign({})).jti);
  assert.deepEqual({ ...payload, iat: 0, exp: 0, jti: '' }, { iat: 0, exp: 0, jti: '', ...claims, scope: 'a', sub: 'é' });
  assert.deepEqual(await sign({ iat: 100, exp: 3700, jti: undefined }), { ...claims, iat: 100, exp: 3700 });
  assert.equal((await sign({ iat: 100 })).exp, 400);
  assert.deepEqual(await sign({ iat: undefined, jti: 'x', exp: 5, aud: ['a', 'b'] }), { ...claims, jti: 'x', exp: 5, aud: ['a', 'b'] });
});

test('what is wrong is named, and never quoted', async () => {
  const key = 'a secret that no message may hold';
  /** @type {[any, RegExp][]} */
  const wrong = [
    [undefined, /algorithm/], [{}, /algorithm/], [{ algorithm: 'none', key, claims }, /algorithm/], [{ algorithm: 'RS512', key, claims }, /algorithm/], [{ algorithm: '__proto__', key, claims }, /algorithm/],
    [{ algorithm: 'HS256', claims }, /key/], [{ algorithm: 'HS256', key: '', claims }, /key/], [{ algorithm: 'HS256', key: new Uint8Array(), claims }, /key/], [{ algorithm: 'HS256', key: 5, claims }, /key/], [{ algorithm: 'HS256', key: jwk(rsa.privateKey), claims }, /key/],
    [{ algorithm: 'RS256', key, claims }, /PKCS #8/], [{ algorithm: 'RS256', key: pem(ec.privateKey), claims }, /key/], [{ algorithm: 'ES256', key: pem(rsa.privateKey), claims }, /key/],
    [{ algorithm: 'RS256', key: String(rsa.privateKey.export({ type: 'pkcs1', format: 'pem' })), claims }, /PKCS #8/], [{ algorithm: 'RS256', key: jwk(rsa.publicKey), claims }, /key/],
    [{ algorithm: 'RS256', key: pem(generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey), claims }, /2048/], [{ algorithm: 'ES256', key: jwk(generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey), claims }, /key/],
    [{ algorithm: 'RS256', key: await webcrypto.subtle.importKey('jwk', jwk(createPublicKey(rsa.privateKey)), { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' }, false, ['verify']), claims }, /key/],
    [{ algorithm: 'RS256', key: await webcrypto.subtle.importKey('jwk', jwk(rsa.privateKey), { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-512' }, false, ['sign']), claims }, /key/],
    [{ algorithm: 'HS256', key, keyId: 5, claims }, /keyId/], [{ algorithm: 'HS256', key, keyId: '', claims }, /keyId/], [{ algorithm: 'HS256', key, kid: 'x', claims }, /kid/],
    [{ algorithm: 'HS256', key }, /claims/], [{ algorithm: 'HS256', key, claims: [] }, /claims/], [{ algorithm: 'HS256', key, claims: {} }, /claims\.iss/], [{ algorithm: 'HS256', key, claims: { iss: 'a' } }, /claims\.aud/], [{ algorithm: 'HS256', key, claims: { iss: 'a', aud: [] } }, /claims\.aud/],
    [{ algorithm: 'HS256', key, claims: { ...claims, exp: undefined } }, /claims\.exp/], [{ algorithm: 'HS256', key, claims: { ...claims, exp: 1.5 } }, /claims\.exp/], [{ algorithm: 'HS256', key, claims: { ...claims, iat: 'now' } }, /claims\.iat/], [{ algorithm: 'HS256', key, claims: { ...claims, exp: 5 } }, /claims\.exp/],
  ];
  for (const [assertion, message] of wrong) {
    await assert.rejects(signJwtAssertion(assertion), (/** @type {any} */ error) => {
      assert.ok(error instanceof AuthError, `${JSON.stringify(assertion)}: ${error}`);
      assert.equal(error.code, 'config');
      assert.match(error.message, message);
      assert.doesNotMatch(`${error.stack}${JSON.stringify(error)}`, /a secret that|BEGIN [A-Z ]*KEY-----\w/);
      return true;
    });
  }
});

test('a page has no key: refused, with the reason', async () => {
  const pkce = await loadPkce();
  assert.match(await pkce.signJwtAssertion({ algorithm: 'HS256', key: 'secret', claims }), /\./);
  for (const name of ['document', 'importScripts']) {
    Object.defineProperty(globalThis, name, { value: () => {}, configurable: true });
    try {
      await assert.rejects(signJwtAssertion({ algorithm: 'HS256', key: 'secret', claims }), { code: 'config', message: /in a page.*a server/ });
      await assert.rejects(pkce.signJwtAssertion({ algorithm: 'HS256', key: 'secret', claims }), { code: 'config', message: /in a page.*a server/ });
    } finally {
      Reflect.deleteProperty(globalThis, name);
    }
  }
});
