import { Auth0Client } from '@auth0/auth0-spa-js';

export async function createAuth(config) {
  const client = new Auth0Client({
    domain: config.issuer, clientId: config.client_id, useRefreshTokens: true, cacheLocation: 'memory',
    authorizationParams: { redirect_uri: config.redirect_uri, scope: config.scope },
  });
  return {
    login: () => client.loginWithRedirect(config.navigate && { openUrl: (url) => config.navigate(url) }),
    callback: (url) => client.handleRedirectCallback(url),
    refresh: () => client.getTokenSilently({ cacheMode: 'off' }),
    token: () => client.getTokenSilently(),
  };
}
