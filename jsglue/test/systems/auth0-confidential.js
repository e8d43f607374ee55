// Auth0, offline access with a client that has a secret. The code verifier is ours: there is no sign-in without PKCE here.

import assert from 'node:assert/strict';
import { options, pkce, url } from './start.js';

const server = { issuer: `${url}/`, token_endpoint: `${url}/oauth/token` };
const { code } = pkce.parseCallback('https://app.example/callback?code=BPPLN3Z4qCTvSNOy&state=opaque', { state: 'opaque' });
assert.deepEqual(await pkce.exchangeCode(server, {
  clientId: 'auth0-client', clientSecret: 'auth0-secret', code, codeVerifier: pkce.generateCodeVerifier(), redirectUri: 'https://app.example/callback',
}, options), { accessToken: 'eyJz93a...k4laUWw', refreshToken: 'GEbRxBN...edjnXbL', tokenType: 'Bearer' });
