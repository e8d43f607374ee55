// What stands for a service is refused in a page, with the reason, before anything is sent: whoever can read the page would be
// that service.
import { loadPkce } from '/pkcewasm/index.js';
import { createTokenSource } from '/pkcewasm/server.js';
import { assert, check, done, equal, rejects } from '../harness/harness.js';
import { provider } from '../harness/scenario.js';

const GRANTS = 'urn:ietf:params:oauth:grant-type:';

export async function start() {
  const { issuer, clientId, control } = await provider();
  const pkce = await loadPkce();
  const server = { issuer, token_endpoint: `${issuer}/token` }, options = { allowLoopbackHttp: true };
  /** @param {string} name @param {() => Promise<unknown>} call */
  const refuses = async (name, call) => {
    const { message } = await rejects('config', call);
    assert(/\bpage\b/.test(message) && /service|secret|everybody/.test(message), `${name}: no reason in "${message}"`);
  };
  await check('grants of services are refused in a page, with the reason', async () => {
    for (const [grantType, parameters] of /** @type {[string, any][]} */ ([
      ['client_credentials', { clientId }], [`${GRANTS}jwt-bearer`, { assertion: 'a.b.c' }], [`${GRANTS}saml2-bearer`, { assertion: 'x' }],
      [`${GRANTS}token-exchange`, { clientId, params: { subject_token: 'x' } }], [`${GRANTS}device_code`, { clientId, clientAssertion: 'a.b.c' }],
      ['client_credentials', { clientId, clientSecret: 'secret' }],
    ])) await refuses(grantType, () => pkce.requestTokens(server, grantType, parameters, options));
    const secret = { clientId, clientSecret: 'secret' };
    await refuses('exchangeCode', () => pkce.exchangeCode(server, { ...secret, code: 'c', codeVerifier: pkce.generateCodeVerifier(), redirectUri: `${location.origin}/callback.html` }, options));
    await refuses('refreshTokens', () => pkce.refreshTokens(server, { ...secret, refreshToken: 'r' }, options));
    await refuses('signJwtAssertion', () => pkce.signJwtAssertion({ algorithm: 'HS256', key: 'secret', claims: { iss: 'x', aud: 'y' } }));
    await refuses('createTokenSource', async () => createTokenSource({ server, grant: { grantType: 'client_credentials', clientId }, ...options }));
    equal((await (await fetch(`${control}/report`)).json()).tokenRequests, 0, 'token requests');
  });
  await done();
}
