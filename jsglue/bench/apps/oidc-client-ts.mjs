import { UserManager } from 'oidc-client-ts';

export async function createAuth(config) {
  const navigator = config.navigate && {
    prepare: async () => ({ navigate: async ({ url }) => config.navigate(url), close() {} }),
    callback: async () => {},
  };
  const manager = new UserManager({
    authority: config.issuer, metadata: config.metadata, client_id: config.client_id, redirect_uri: config.redirect_uri, scope: config.scope,
    automaticSilentRenew: true, accessTokenExpiringNotificationTimeInSeconds: config.leeway,
  }, navigator);
  return {
    login: () => manager.signinRedirect(),
    callback: (url) => manager.signinRedirectCallback(url),
    refresh: () => manager.signinSilent(),
    token: async () => (await manager.getUser())?.access_token,
  };
}
