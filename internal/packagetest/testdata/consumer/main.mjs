// An application in Node that installed the tarball: `node main.mjs ISSUER SERVICES`. Ends by itself when all is well.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import * as release from 'pkcewasm';
import * as go from 'pkcewasm/go';
import { serve } from './services.mjs';

const [issuer, services] = process.argv.slice(2);
const options = { allowLoopbackHttp: true };
const clientId = 'test-spa';
const redirectUri = 'http://127.0.0.1/callback';

/** Signs in as a browser would: the provider of the tests approves at once. @param {string} url */
async function follow(url) {
  const location = (await fetch(url, { redirect: 'manual' })).headers.get('location');
  assert.ok(location, 'the provider did not redirect');
  return location;
}

for (const { AuthError, createClient, loadPkce } of [release, go]) {
  // The stateless functions.
  const pkce = await loadPkce();
  assert.equal(pkce.generateCodeChallenge('dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk'), 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM');
  assert.throws(() => pkce.generateCodeChallenge('short'), (error) => error instanceof AuthError && error.code === 'config');
  const codeVerifier = pkce.generateCodeVerifier();
  const state = pkce.generateState();
  const nonce = pkce.generateNonce();
  const server = await pkce.discover(issuer, options);
  const url = pkce.buildAuthorizationUrl(server, { clientId, redirectUri, scope: 'openid', state, nonce, codeChallenge: pkce.generateCodeChallenge(codeVerifier) }, options);
  const { code } = pkce.parseCallback(await follow(url), { state, server }, options);
  const tokens = await pkce.exchangeCode(server, { clientId, redirectUri, code, codeVerifier, nonce }, options);
  assert.equal(tokens.claims.sub, 'alice');
  const refreshed = await pkce.refreshTokens(server, { clientId, refreshToken: tokens.refreshToken }, options);
  assert.notEqual(refreshed.accessToken, tokens.accessToken);

  // A client.
  const client = await createClient({ issuer, clientId, redirectUri, isolation: 'none', allowLoopbackHttp: true, fetchOrigins: [issuer] });
  let authorization = '';
  await client.signInRedirect({ navigate: (to) => { authorization = to; } });
  const { user } = await client.handleRedirectCallback(await follow(authorization));
  assert.equal(user.subject, 'alice');
  assert.ok(await client.getAccessToken());
  assert.equal((await client.fetch(`${issuer}/api/hello`)).status, 200);
  await client.refresh();
  await client.signOut({ local: true });
  await assert.rejects(client.getAccessToken(), { name: 'AuthError', code: 'login_required' });
  await client.close();
}

await serve(await release.loadPkce(), services);

// Either build from wherever it is.
for (const name of ['pkce.slim.wasm', 'pkce.wasm']) {
  const url = import.meta.resolve(`pkcewasm/${name}`);
  for (const wasm of [url, await readFile(new URL(url))]) assert.match((await release.loadPkce({ wasm })).generateState(), /^[\w-]{43}$/);
}
