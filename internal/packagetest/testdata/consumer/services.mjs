// What stands for a service, where there is no page: every grant, one token for many requests, assertions by every algorithm.
import { createTokenSource, signJwtAssertion } from 'pkcewasm/server';

const GRANT = 'urn:ietf:params:oauth:grant-type:', TOKEN = 'urn:ietf:params:oauth:token-type:access_token';

/** @param {import('pkcewasm').Pkce} pkce @param {string} url of the server */
export async function serve(pkce, url) {
  const server = { issuer: url, token_endpoint: `${url}/token` }, options = { allowLoopbackHttp: true };
  const client = { clientId: 'my svc', clientSecret: 's:é' };
  const source = createTokenSource({ pkce, server, grant: { grantType: 'client_credentials', ...client, clientAuth: 'basic' }, fetchOrigins: [url], ...options });
  const answers = await Promise.all(Array.from({ length: 3 }, () => source.fetch(`${url}/api`)));
  if (answers.some(({ status }) => status !== 200)) throw new Error('the API refuses the token');

  const keys = {
    HS256: 'secret',
    RS256: { name: 'RSASSA-PKCS1-v1_5', modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]), hash: 'SHA-256' },
    ES256: { name: 'ECDSA', namedCurve: 'P-256' },
  };
  for (const [algorithm, how] of Object.entries(keys)) {
    const key = typeof how === 'string' ? how : (await crypto.subtle.generateKey(how, true, ['sign', 'verify'])).privateKey;
    const assertion = await signJwtAssertion({ algorithm, key, keyId: 'k1', claims: { iss: 'svc', aud: server.token_endpoint } });
    await pkce.requestTokens(server, `${GRANT}jwt-bearer`, { assertion }, options);
  }
  await pkce.requestTokens(server, `${GRANT}token-exchange`, { ...client, params: { subject_token: 'ST', subject_token_type: TOKEN } }, options);
}
