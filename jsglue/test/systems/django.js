// django-oidc-provider with a client that has a secret. Its document has a redirect URI without TLS, which is refused (RFC 9700
// section 2.6): whoever is on the way would read the code.

import assert from 'node:assert/strict';
import { options, pkce, url, values, visit } from './start.js';

const [clientId, clientSecret] = values;
const redirectUri = 'https://example.org/', state = '123123', nonce = pkce.generateNonce(), codeVerifier = pkce.generateCodeVerifier();
const server = await pkce.discover(url, options);
const request = { clientId, redirectUri, scope: 'openid email profile', state, nonce, codeChallenge: pkce.generateCodeChallenge(codeVerifier) };
assert.throws(() => pkce.buildAuthorizationUrl(server, { ...request, redirectUri: 'http://example.org/' }, options), { code: 'config', message: /redirectUri/ });
const address = pkce.buildAuthorizationUrl(server, request, options);
const { code } = pkce.parseCallback(await visit(address), { state, server }, options);
assert.equal(code, 'b9cedb346ee04f15ab1d3ac13da92002');
let tokens = await pkce.exchangeCode(server, { clientId, clientSecret, code, codeVerifier, redirectUri, nonce }, options);
assert.equal(tokens.tokenType, 'Bearer');
assert.equal(tokens.claims?.sub, 'alice');

const userInfo = () => fetch(String(server.userinfo_endpoint), { headers: { authorization: `Bearer ${tokens.accessToken}` } });
assert.equal((await userInfo()).status, 200);
assert.equal((await userInfo()).status, 401);
tokens = await pkce.refreshTokens(server, { clientId, clientSecret, refreshToken: String(tokens.refreshToken) }, options);
assert.equal((await userInfo()).status, 200);
assert.equal(tokens.refreshToken, '3978039bbb0bac2d80d75d46658b0b31');
