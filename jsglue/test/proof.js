// Reads DPoP proofs as a server does (RFC 9449 section 4.3), for the provider of this folder.

import { createHash, createPublicKey, verify } from 'node:crypto';

const sha256 = (/** @type {string} */ text) => createHash('sha256').update(text).digest('base64url');

/**
 * @param {import('node:http').IncomingMessage} request
 * @param {string} origin
 * @param {string} [token] that it goes with
 */
export function readProof({ method, url = '', headers }, origin, token) {
  const [header, payload, signature] = String(headers.dpop).split('.');
  const decode = (/** @type {string} */ part) => JSON.parse(String(Buffer.from(part, 'base64url')));
  const { typ, alg, jwk } = decode(header), claims = decode(payload);
  const key = { key: createPublicKey({ key: jwk, format: 'jwk' }), dsaEncoding: /** @type {const} */ ('ieee-p1363') };
  const good = typ === 'dpop+jwt' && alg === 'ES256' && !('d' in jwk) && claims.htm === method && claims.htu === origin + url.split('?')[0]
    && Math.abs(claims.iat - Date.now() / 1000) < 60 && claims.ath === (token && sha256(token))
    && verify('sha256', Buffer.from(`${header}.${payload}`), key, Buffer.from(signature, 'base64url'));
  return { good, claims, jkt: sha256(JSON.stringify({ crv: jwk.crv, kty: jwk.kty, x: jwk.x, y: jwk.y })) };
}
