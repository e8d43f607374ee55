import { OidcClient, OidcLocation, getFetchDefault } from '@axa-fr/oidc-client';

export async function createAuth(config) {
  const place = new OidcLocation();
  if (config.navigate) {
    place.open = (url) => config.navigate(url);
    place.getCurrentHref = () => place.href ?? location.href;
  }
  const client = OidcClient.getOrCreate(getFetchDefault, place)({
    client_id: config.client_id, redirect_uri: config.redirect_uri, scope: config.scope, authority: config.issuer, authority_configuration: config.metadata,
    refresh_time_before_tokens_expiration_in_second: config.leeway,
  });
  return {
    login: () => client.loginAsync('/'),
    callback: (url) => {
      place.href = url;
      return client.loginCallbackAsync();
    },
    refresh: () => client.renewTokensAsync(),
    token: async () => (await client.getValidTokenAsync()).tokens.accessToken,
  };
}
