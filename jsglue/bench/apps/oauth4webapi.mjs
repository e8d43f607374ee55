import * as oauth from 'oauth4webapi';
import { go, keep, save, take } from './_glue.mjs';

export async function createAuth(config) {
  const server = config.metadata, client = { client_id: config.client_id }, none = oauth.None(), options = { [oauth.allowInsecureRequests]: true };
  const keeper = keep(config.leeway, async (refreshToken) => {
    const response = await oauth.refreshTokenGrantRequest(server, client, none, refreshToken, options);
    return oauth.processRefreshTokenResponse(server, client, response);
  });
  return {
    ...keeper,
    async login() {
      const verifier = oauth.generateRandomCodeVerifier(), state = oauth.generateRandomState(), nonce = oauth.generateRandomNonce();
      save({ state, nonce, verifier });
      const url = new URL(server.authorization_endpoint);
      url.search = new URLSearchParams({
        response_type: 'code', client_id: config.client_id, redirect_uri: config.redirect_uri, scope: config.scope, state, nonce,
        code_challenge: await oauth.calculatePKCECodeChallenge(verifier), code_challenge_method: 'S256',
      });
      go(config, url);
    },
    async callback(url) {
      const { callback, transaction } = take(url);
      const parameters = oauth.validateAuthResponse(server, client, callback, transaction.state);
      const response = await oauth.authorizationCodeGrantRequest(server, client, none, parameters, config.redirect_uri, transaction.verifier, options);
      keeper.set(await oauth.processAuthorizationCodeResponse(server, client, response, { expectedNonce: transaction.nonce, requireIdToken: true }));
    },
  };
}

export const createPairs = () => async () => {
  const verifier = oauth.generateRandomCodeVerifier();
  return [verifier, await oauth.calculatePKCECodeChallenge(verifier)];
};
