// validateIdToken with every algorithm, against the server that can be told which one to sign with.
import { loadPkce } from '/pkcewasm/index.js';
import { assert, check, done, equal, rejects } from '../harness/harness.js';
import { echoed, flipped, publishedKeys } from '../harness/keys.js';
import { provider } from '../harness/scenario.js';

const HTTP = { allowLoopbackHttp: true };

/** @param {string} path @param {unknown} body */
async function control(path, body) {
  const { control: address } = await provider();
  return (await fetch(`${address}/${path}`, { method: 'POST', body: JSON.stringify(body) })).json();
}

/** Whether the engine has Ed25519. */
async function knowsEd25519() {
  const jwk = { kty: 'OKP', crv: 'Ed25519', x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo' };
  return crypto.subtle.importKey('jwk', jwk, 'Ed25519', false, ['verify']).then(() => true, () => false);
}

export async function start() {
  const { issuer, clientId } = await provider();
  const pkce = await loadPkce();
  for (const idTokenAlg of ['RS256', 'PS256', 'ES256', 'EdDSA']) {
    await check(`an ID token signed with ${idTokenAlg}`, async () => {
      await control('settings', { idTokenAlg });
      const { refreshToken } = await control('grant', { scope: 'openid' });
      const server = await pkce.discover(issuer, HTTP);
      const { idToken, accessToken } = await pkce.refreshTokens(server, { clientId, refreshToken }, HTTP);
      const validate = (/** @type {any} */ from) => pkce.validateIdToken(from, { idToken, clientId, accessToken }, HTTP);
      if (idTokenAlg === 'EdDSA' && !await knowsEd25519()) {
        await rejects('unsupported', () => validate(server));
        return 'the engine has no Ed25519';
      }
      equal((await validate(server)).sub, 'alice', 'sub');
      const other = { ...server, jwks_uri: echoed(flipped(await publishedKeys(server))) };
      // A point that the change takes off its curve is no key.
      const error = await rejects('id_token', () => validate(other));
      equal(error.description, 'signature', 'description');
      const wrong = await rejects('id_token', () => pkce.validateIdToken(server, { idToken, clientId, accessToken: `${accessToken}x` }, HTTP));
      equal(wrong.description, 'at_hash', 'description');
      assert(!wrong.message.includes(accessToken), 'the message has the token in it');
      return undefined;
    });
  }
  await done();
}
