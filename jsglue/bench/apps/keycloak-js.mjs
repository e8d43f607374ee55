import Keycloak from 'keycloak-js';

export async function createAuth(config) {
  const start = async () => { // keycloak-js handles the callback inside init, once per instance
    const keycloak = new Keycloak({ oidcProvider: config.metadata, clientId: config.client_id });
    keycloak.onTokenExpired = () => keycloak.updateToken(config.leeway).catch(() => {});
    await keycloak.init({ pkceMethod: 'S256', checkLoginIframe: false, redirectUri: config.redirect_uri, scope: config.scope, responseMode: 'query' });
    return keycloak;
  };
  let keycloak = await start();
  return {
    login: async () => (config.navigate ? config.navigate(await keycloak.createLoginUrl()) : keycloak.login()),
    beforeCallback: (url) => history.replaceState(null, '', url), // a real page is there already
    callback: async () => {
      keycloak = await start();
      if (!keycloak.authenticated) throw new Error('not authenticated');
    },
    refresh: () => keycloak.updateToken(-1),
    token: async () => {
      await keycloak.updateToken(5);
      return keycloak.token;
    },
  };
}
