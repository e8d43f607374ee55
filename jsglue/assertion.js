// JWT assertions (RFC 7523), for services. A page neither loads this file nor may use it.

import { AuthError, configError } from './errors.js';
import { bare, own } from './own.js';

/** @import { JwtAssertion } from './types.d.ts' */

/** Lifetime of an assertion that names no `exp`, in seconds. */
const LIFETIME = 300;

const SHA_256 = 'SHA-256';

/** What crypto.subtle calls the algorithms of RFC 7518 section 3.1. @type {Record<string, any>} */
const ALGORITHMS = {
  __proto__: /** @type {any} */ (null),
  HS256: bare({ name: 'HMAC', hash: SHA_256 }),
  RS256: bare({ name: 'RSASSA-PKCS1-v1_5', hash: SHA_256 }),
  ES256: bare({ name: 'ECDSA', namedCurve: 'P-256', hash: SHA_256 }),
};

/**
 * Signs an assertion.
 * @param {JwtAssertion} assertion
 * @returns {Promise<string>}
 */
export async function signJwtAssertion(assertion) {
  refuseInPage('signJwtAssertion');
  const [algorithm, key, keyId, claims] = ['algorithm', 'key', 'keyId', 'claims'].map((name) => own(assertion, name));
  for (const name of Object.keys(assertion ?? {})) {
    if (!['algorithm', 'key', 'keyId', 'claims'].includes(name)) throw configError(name, 'is not an option');
  }
  const scheme = ALGORITHMS[String(algorithm)];
  if (!scheme) throw configError('algorithm', "must be 'HS256' or 'RS256' or 'ES256'");
  if (keyId !== undefined && (typeof keyId !== 'string' || !keyId)) throw configError('keyId', 'must be a string that is not empty');
  const payload = complete(claims);
  if (!globalThis.crypto?.subtle) throw new AuthError('unsupported', 'this platform has no crypto.subtle', { description: 'subtle' });
  const signer = await importKey(key, String(algorithm), scheme);
  const input = `${encodeJSON({ alg: algorithm, kid: keyId ?? own(key, 'kid') })}.${encodeJSON(payload)}`;
  // ECDSA gives r and s one after the other, which is what RFC 7518 section 3.4 wants.
  return `${input}.${encode(new Uint8Array(await crypto.subtle.sign(scheme, signer, new TextEncoder().encode(input))))}`;
}

/**
 * Whoever can read a page can read its keys.
 * @param {string} name
 */
export function refuseInPage(name) {
  if (typeof document !== 'undefined' || 'importScripts' in globalThis) {
    throw configError(name, 'must not be used in a page, where everybody can read its key: it stands for a service, whose place is a server');
  }
}

/**
 * The claims that are sent: RFC 7523 section 3 wants `exp`, and servers want `iat` and `jti`.
 * @param {any} claims
 * @returns {Record<string, unknown>}
 */
function complete(claims) {
  if (typeof claims !== 'object' || claims === null || Array.isArray(claims)) throw configError('claims', 'must be an object');
  const iat = claims.iat ?? Math.floor(Date.now() / 1000);
  const payload = { iat, exp: iat + LIFETIME, jti: encode(crypto.getRandomValues(new Uint8Array(16))), ...claims };
  for (const name of ['iat', 'exp', 'nbf']) {
    if (payload[name] !== undefined && !Number.isSafeInteger(payload[name])) throw configError(`claims.${name}`, 'must be whole seconds since the epoch');
  }
  for (const name of ['iss', 'aud', 'exp']) {
    if (!payload[name]?.toString()) throw configError(`claims.${name}`, 'is missing');
  }
  if (payload.iat !== undefined && payload.exp <= payload.iat) throw configError('claims.exp', 'must be later than iat');
  return payload;
}

/**
 * @param {any} key
 * @param {string} algorithm
 * @param {any} scheme
 * @returns {Promise<CryptoKey>}
 */
async function importKey(key, algorithm, scheme) {
  const { subtle } = crypto;
  /** @type {CryptoKey} */
  let signer;
  try {
    if (typeof CryptoKey === 'function' && key instanceof CryptoKey) signer = key;
    else if (algorithm === 'HS256' && (typeof key === 'string' || key instanceof ArrayBuffer || ArrayBuffer.isView(key))) {
      const bytes = typeof key === 'string' ? new TextEncoder().encode(key) : key;
      signer = await subtle.importKey('raw', /** @type {BufferSource} */ (bytes), scheme, false, ['sign']);
    } else if (typeof key === 'string') signer = await subtle.importKey('pkcs8', decodePEM(key), scheme, false, ['sign']);
    else signer = await subtle.importKey('jwk', bare({ ...key, key_ops: undefined }), scheme, false, ['sign']);
  } catch {
    throw unusable(algorithm);
  }
  const { name, hash, namedCurve, modulusLength } = /** @type {any} */ (signer.algorithm);
  const fits = name === scheme.name && namedCurve === scheme.namedCurve && (namedCurve || hash.name === SHA_256);
  if (!fits || !signer.usages.includes('sign')) throw unusable(algorithm);
  if (modulusLength < 2048) throw configError('key', 'must have at least 2048 bits (RFC 7518 section 3.3)');
  return signer;
}

/** What the platform says of a key is not passed on: it may quote it. @param {string} algorithm */
function unusable(algorithm) {
  const forms = algorithm === 'HS256' ? 'bytes, a string' : 'a PKCS #8 PEM ("BEGIN PRIVATE KEY")';
  return configError('key', `must be a private key for ${algorithm}: a CryptoKey with the usage sign, a JWK, or ${forms}`);
}

/** @param {string} pem RFC 7468 section 10 */
function decodePEM(pem) {
  const [, base64] = /** @type {RegExpExecArray} */ (/^\s*-----BEGIN PRIVATE KEY-----([A-Za-z0-9+/=\s]+)-----END PRIVATE KEY-----\s*$/.exec(pem));
  return Uint8Array.from(atob(base64.replace(/\s/g, '')), (c) => c.charCodeAt(0));
}

/** @param {unknown} data */
function encodeJSON(data) {
  return encode(new TextEncoder().encode(JSON.stringify(data)));
}

/** base64url without padding (RFC 7515 section 2). @param {Uint8Array} bytes */
function encode(bytes) {
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join('')).replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '');
}
