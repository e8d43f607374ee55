// The package at the edge. workerd takes modules as imports only, and compiles none at run time: this file is bundled, the module beside it.
import { loadPkce } from 'pkcewasm';
import wasm from './pkce.slim.wasm';
import { serve } from './services.mjs';

export default {
  async test(_, { ISSUER: issuer, SERVICES: services }) {
    const options = { allowLoopbackHttp: true };
    const clientId = 'test-spa';
    const redirectUri = 'http://127.0.0.1/callback';
    const pkce = await loadPkce({ wasm });
    equal(pkce.generateCodeChallenge('dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk'), 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM');
    const server = await pkce.discover(issuer, options);
    const codeVerifier = pkce.generateCodeVerifier();
    const state = pkce.generateState();
    const url = pkce.buildAuthorizationUrl(server, { clientId, redirectUri, scope: 'openid', state, nonce: 'n', codeChallenge: pkce.generateCodeChallenge(codeVerifier) }, options);
    const { headers } = await fetch(url, { redirect: 'manual' });
    const { code } = pkce.parseCallback(headers.get('location'), { state, server }, options);
    const tokens = await pkce.exchangeCode(server, { clientId, redirectUri, code, codeVerifier, nonce: 'n' }, options);
    equal((await pkce.validateIdToken(server, { idToken: tokens.idToken, clientId, nonce: 'n' }, options)).sub, 'alice');
    const refreshed = await pkce.refreshTokens(server, { clientId, refreshToken: tokens.refreshToken }, options);
    equal(refreshed.accessToken === tokens.accessToken, false);
    await serve(pkce, services);
  },
};

function equal(got, want) {
  if (!Object.is(got, want)) throw new Error(`got ${got}, want ${want}`);
}
