// Auth0, Authorization Code with PKCE: the samples of its document, to the byte.

import assert from 'node:assert/strict';
import { options, pkce, url, visit } from './start.js';

const server = { issuer: `${url}/`, authorization_endpoint: `${url}/authorize`, token_endpoint: `${url}/oauth/token` };
const clientId = 'auth0-client', redirectUri = 'https://app.example/callback', state = 'xyzABC123', codeVerifier = 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk';

assert.match(pkce.generateCodeVerifier(), /^[\w-]{43}$/);
const codeChallenge = pkce.generateCodeChallenge(codeVerifier);
assert.equal(codeChallenge, 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM');
/** A sign-in, up to its tokens without the moment they expire. @param {string} scope */
async function signIn(scope) {
  const address = pkce.buildAuthorizationUrl(server, { clientId, redirectUri, scope, state, codeChallenge, params: { audience: 'appointments:api' } }, options);
  const { code } = pkce.parseCallback(await visit(address), { state });
  return { ...await pkce.exchangeCode(server, { clientId, code, codeVerifier, redirectUri }, options), expiresAt: 0 };
}

assert.deepEqual(await signIn('appointments contacts'), { accessToken: 'eyJz93a...k4laUWw', tokenType: 'Bearer', expiresAt: 0 });
const tokens = await signIn('appointments contacts offline_access');
assert.deepEqual(tokens, { accessToken: 'eyJz93a...k4laUWw', refreshToken: 'GEbRxBN...edjnXbL', tokenType: 'Bearer', expiresAt: 0 });
const fresh = await pkce.refreshTokens(server, { clientId, refreshToken: String(tokens.refreshToken), scope: 'appointments' }, options);
assert.deepEqual({ ...fresh, expiresAt: 0 }, { accessToken: 'eyJ...MoQ', scope: 'appointments', tokenType: 'Bearer', expiresAt: 0 });
