// A small OpenID provider on loopback with a ledger of token requests, for the tests of this folder.

import { constants, createHmac, generateKeyPairSync, randomUUID, sign } from 'node:crypto';
import { createServer } from 'node:http';
import { once } from 'node:events';
import { readProof } from './proof.js';

const base64url = (/** @type {unknown} */ data) => Buffer.from(JSON.stringify(data)).toString('base64url');

/** How the algorithms sign (RFC 7518 section 3, RFC 8037 section 3.1). @type {Record<string, { pair: () => import('node:crypto').KeyPairKeyObjectResult, sign: (input: Buffer, key: import('node:crypto').KeyObject) => Buffer }>} */
const ALGORITHMS = {
  RS256: { pair: () => generateKeyPairSync('rsa', { modulusLength: 2048 }), sign: (input, key) => sign('sha256', input, key) },
  PS256: { pair: () => generateKeyPairSync('rsa', { modulusLength: 2048 }), sign: (input, key) => sign('sha256', input, { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 }) },
  ES256: { pair: () => generateKeyPairSync('ec', { namedCurve: 'P-256' }), sign: (input, key) => sign('sha256', input, { key, dsaEncoding: 'ieee-p1363' }) },
  EdDSA: { pair: () => generateKeyPairSync('ed25519'), sign: (input, key) => sign(null, input, key) },
};

/**
 * A signing key: its public JWK, and a function that makes tokens with it.
 * @param {string} alg
 */
export function createKey(alg) {
  const { publicKey, privateKey } = ALGORITHMS[alg].pair();
  const kid = randomUUID();
  return {
    jwk: /** @type {Record<string, any>} */ ({ ...publicKey.export({ format: 'jwk' }), alg, use: 'sig', kid }),
    /**
     * @param {object} claims
     * @param {object} [header] members to change; the algorithm HS256 signs with the public key, none not at all
     */
    token(claims, header = {}) {
      const protectedHeader = { alg, typ: 'JWT', kid, ...header };
      const input = Buffer.from(`${base64url(protectedHeader)}.${base64url(claims)}`);
      const signature = protectedHeader.alg === 'none' ? Buffer.alloc(0)
        : protectedHeader.alg === 'HS256' ? createHmac('sha256', publicKey.export({ format: 'pem', type: 'spki' })).update(input).digest()
          : ALGORITHMS[alg].sign(input, privateKey);
      return `${input}.${signature.toString('base64url')}`;
    },
  };
}

/** Made once: an RSA key takes its time. */
const defaultKey = createKey('RS256');

/**
 * @param {object} [options]
 * @param {number} [options.lifetime] of access tokens in seconds
 */
export async function startProvider({ lifetime = 3600 } = {}) {
  const provider = {
    origin: '', issuer: '', lifetime, subject: 'alice',
    /** Token requests in order. @type {URLSearchParams[]} */
    ledger: [],
    /** Requests to the API in order. @type {{ method: string, url: string, headers: import('node:http').IncomingHttpHeaders, body: string }[]} */
    calls: [],
    /** Answers to use before the regular ones. @type {((request: import('node:http').IncomingMessage, response: import('node:http').ServerResponse) => void)[]} */
    script: [],
    /** What answers of the token endpoint wait for. @type {Promise<unknown> | undefined} */
    hold: undefined,
    /** Proofs of possession are offered: a request with one gets a bound token. */
    dpop: false,
    /** Nonce that a proof has to have, of the token endpoint and of the API. @type {{ token?: string, api?: string }} */
    nonce: {},
    /** Proofs in order. @type {ReturnType<typeof readProof>[]} */
    proofs: [],
    /** Status of the metadata; 0 for no answer at all. */
    metadata: 200,
    /** What signs ID tokens, and what the key set says. */
    key: defaultKey, keys: [defaultKey.jwk],
    /** Answers who asks for the key set, instead. @type {((response: import('node:http').ServerResponse) => void) | undefined} */
    answerKeys: undefined,
    /** How often the key set was asked for. */
    keyRequests: 0,
    /** Forges ID tokens. @type {(claims: object) => string} */
    idToken: (claims) => provider.key.token(claims),
    accessToken: '',
    /** The refresh token that is valid now. */
    refreshToken: '',
    /**
     * Plays the user: follows an authorization URL and returns the callback URL.
     * @param {string} authorizationUrl
     */
    signIn(authorizationUrl) {
      const { searchParams } = new URL(authorizationUrl);
      const code = `code-${randomUUID()}`;
      codes.set(code, searchParams);
      const callback = new URL(String(searchParams.get('redirect_uri')));
      callback.searchParams.set('code', code);
      callback.searchParams.set('state', String(searchParams.get('state')));
      callback.searchParams.set('iss', provider.issuer);
      return callback.href;
    },
    async stop() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
  /** @type {Map<string, URLSearchParams>} */
  const codes = new Map();

  /** @param {URLSearchParams} form */
  const grant = (form) => {
    let nonce;
    if (form.get('grant_type') === 'authorization_code') {
      const request = codes.get(String(form.get('code')));
      codes.delete(String(form.get('code')));
      if (!request) return { status: 400, body: { error: 'invalid_grant' } };
      nonce = request.get('nonce');
    } else if (form.get('refresh_token') !== provider.refreshToken) return { status: 400, body: { error: 'invalid_grant' } };
    provider.accessToken = `access-${randomUUID()}`;
    provider.refreshToken = `refresh-${randomUUID()}`;
    const now = Math.floor(Date.now() / 1000);
    const claims = { iss: provider.issuer, sub: provider.subject, aud: form.get('client_id'), iat: now, exp: now + 3600, name: 'Alice', ...(nonce && { nonce }) };
    return {
      status: 200,
      body: {
        access_token: provider.accessToken, refresh_token: provider.refreshToken, token_type: 'bearer', expires_in: provider.lifetime, scope: 'openid offline_access',
        id_token: provider.idToken(claims),
      },
    };
  };

  const server = createServer(async (request, response) => {
    const { method = '', url = '', headers } = request;
    let body = '';
    for await (const chunk of request) body += chunk;
    const answer = (/** @type {number} */ status, /** @type {unknown} */ data, more = {}) => {
      response.writeHead(status, { 'content-type': 'application/json', ...more });
      response.end(JSON.stringify(data));
    };
    const path = new URL(url, 'http://localhost').pathname;
    if (path === '/.well-known/openid-configuration') {
      if (provider.metadata === 0) return;
      answer(provider.metadata, {
        issuer: provider.issuer, authorization_endpoint: `${provider.issuer}/authorize`, token_endpoint: `${provider.issuer}/token`,
        jwks_uri: `${provider.issuer}/jwks`, end_session_endpoint: `${provider.issuer}/logout`, code_challenge_methods_supported: ['S256'],
        userinfo_endpoint: `${provider.issuer}/userinfo`, ...(provider.dpop && { dpop_signing_alg_values_supported: ['ES256'] }),
      });
      return;
    }
    if (path === '/jwks') {
      provider.keyRequests++;
      if (provider.answerKeys) provider.answerKeys(response);
      else answer(200, { keys: provider.keys });
      return;
    }
    if (path === '/token') provider.ledger.push(new URLSearchParams(body));
    else provider.calls.push({ method, url, headers, body });
    const scripted = provider.script.shift();
    const bound = provider.dpop && headers.dpop !== undefined;
    if (bound) provider.proofs.push(readProof(request, provider.origin, path === '/token' ? undefined : provider.accessToken));
    const wanted = path === '/token' ? provider.nonce.token : provider.nonce.api;
    if (!scripted && bound && wanted && wanted !== provider.proofs.at(-1)?.claims.nonce) {
      answer(path === '/token' ? 400 : 401, { error: 'use_dpop_nonce' }, { 'dpop-nonce': wanted, 'www-authenticate': 'DPoP error="use_dpop_nonce"' });
    } else if (scripted) {
      scripted(request, response);
    } else if (path === '/token') {
      const { status, body: data } = grant(new URLSearchParams(body));
      await provider.hold;
      answer(status, { ...data, ...(bound && status === 200 && { token_type: 'dpop' }) });
    } else if (headers.authorization === `${bound ? 'DPoP' : 'Bearer'} ${provider.accessToken}` && (!bound || provider.proofs.at(-1)?.good)) answer(200, path === '/userinfo' ? { sub: provider.subject, email: 'alice@id.example' } : { ok: true });
    else answer(401, {}, { 'www-authenticate': 'Bearer error="invalid_token"' });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  provider.origin = provider.issuer = `http://127.0.0.1:${/** @type {import('node:net').AddressInfo} */ (server.address()).port}`;
  return provider;
}
