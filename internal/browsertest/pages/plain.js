// A plain http origin that is not loopback: no crypto.subtle here.
import { createClient, loadPkce } from '/pkcewasm/index.js';
import { check, config, done, equal, assert, rejects } from './harness/harness.js';

await check('the context is not secure', () => {
  equal(isSecureContext, false, 'isSecureContext');
  equal(crypto.subtle, undefined, 'crypto.subtle');
});
await check('verifier and challenge without crypto.subtle', async () => {
  const pkce = await loadPkce();
  // RFC 7636 appendix B
  equal(pkce.generateCodeChallenge('dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk'), 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM', 'challenge');
  const verifier = pkce.generateCodeVerifier();
  assert(/^[\w-]{43}$/.test(verifier), 'the verifier is not 43 characters of base64url');
  assert(pkce.generateCodeVerifier() !== verifier, 'two verifiers are equal');
});
await check('sign-in is refused', () => rejects('insecure_context', () => createClient({
  issuer: 'https://id.example', clientId: 'app', redirectUri: 'https://app.example/callback', allowLoopbackHttp: true,
})));
await check('nor is an ID token validated', async () => {
  const { issuer, clientId } = (await config()).ledger;
  const pkce = await loadPkce(), options = { allowLoopbackHttp: true };
  const grant = await (await fetch(`${issuer}/control/grant`, { method: 'POST', body: JSON.stringify({ scope: 'openid' }) })).json();
  const server = await pkce.discover(issuer, options);
  const { idToken } = await pkce.refreshTokens(server, { clientId, refreshToken: grant.refreshToken }, options);
  await rejects('insecure_context', () => pkce.validateIdToken(server, { idToken, clientId }, options));
});
await done();
