// The same application with and without the verification of an ID token's signature, which the library leaves to its user.

import * as oauth from 'oauth4webapi';
import { go, keep, save, take } from './_glue.mjs';

/** @param {(server: oauth.AuthorizationServer, response: Response, options: object) => unknown} verify */
export const auth = (verify) => async (config) => {
  const server = config.metadata, client = { client_id: config.client_id }, none = oauth.None(), options = { [oauth.allowInsecureRequests]: true };
  const keeper = keep(config.leeway, async (refreshToken) => {
    const response = await oauth.refreshTokenGrantRequest(server, client, none, refreshToken, options);
    const tokens = await oauth.processRefreshTokenResponse(server, client, response);
    await verify(server, response, options);
    return tokens;
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
      const tokens = await oauth.processAuthorizationCodeResponse(server, client, response, { expectedNonce: transaction.nonce, requireIdToken: true });
      await verify(server, response, options);
      keeper.set(tokens);
    },
  };
};
