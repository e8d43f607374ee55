import * as oidc from 'openid-client';
import { go, keep, save, take } from './_glue.mjs';

export async function createAuth(config) {
  const configuration = new oidc.Configuration(config.metadata, config.client_id, undefined, oidc.None());
  oidc.allowInsecureRequests(configuration);
  const keeper = keep(config.leeway, (refreshToken) => oidc.refreshTokenGrant(configuration, refreshToken));
  return {
    ...keeper,
    async login() {
      const verifier = oidc.randomPKCECodeVerifier(), state = oidc.randomState(), nonce = oidc.randomNonce();
      save({ state, nonce, verifier });
      go(config, oidc.buildAuthorizationUrl(configuration, {
        redirect_uri: config.redirect_uri, scope: config.scope, state, nonce,
        code_challenge: await oidc.calculatePKCECodeChallenge(verifier), code_challenge_method: 'S256',
      }));
    },
    async callback(url) {
      const { callback, transaction } = take(url);
      keeper.set(await oidc.authorizationCodeGrant(configuration, callback, {
        pkceCodeVerifier: transaction.verifier, expectedState: transaction.state, expectedNonce: transaction.nonce, idTokenExpected: true,
      }));
    },
  };
}

export const createPairs = () => async () => {
  const verifier = oidc.randomPKCECodeVerifier();
  return [verifier, await oidc.calculatePKCECodeChallenge(verifier)];
};
