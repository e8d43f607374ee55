import { OktaAuth, pkce } from '@okta/okta-auth-js/core';

export async function createAuth(config) {
  const { metadata } = config;
  const auth = new OktaAuth({
    issuer: config.issuer, clientId: config.client_id, redirectUri: config.redirect_uri, scopes: config.scope.split(' '), pkce: true, responseMode: 'query',
    authorizeUrl: metadata.authorization_endpoint, tokenUrl: metadata.token_endpoint, userinfoUrl: metadata.userinfo_endpoint,
    tokenManager: { autoRenew: true, expireEarlySeconds: config.leeway }, ...(config.navigate && { setLocation: (url) => config.navigate(url) }),
  });
  if (config.signsIn) await auth.start(); // the timer; not needed to start a sign-in
  return {
    login: () => auth.token.getWithRedirect(),
    callback: async (url) => auth.tokenManager.setTokens((await auth.token.parseFromUrl(url)).tokens),
    refresh: () => auth.tokenManager.renew('accessToken'),
    token: async () => auth.getAccessToken(),
  };
}

export const createPairs = () => async () => {
  const verifier = pkce.generateVerifier();
  return [verifier, await pkce.computeChallenge(verifier)];
};
