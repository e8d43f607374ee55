import { CacheLookupPolicy, createStandardPublicClientApplication } from '@azure/msal-browser';

export async function createAuth(config) {
  const issuer = 'https://idp.bench.example/'; // msal-browser accepts https alone; its endpoints come from authorityMetadata
  const application = await createStandardPublicClientApplication({
    auth: {
      clientId: config.client_id, authority: issuer, knownAuthorities: ['idp.bench.example'], redirectUri: config.redirect_uri,
      authorityMetadata: JSON.stringify({ ...config.metadata, issuer }), OIDCOptions: { responseMode: 'query', defaultScopes: [] },
      onRedirectNavigate: config.navigate && ((url) => {
        config.navigate(url);
        return false;
      }),
    },
    system: { protocolMode: 'OIDC', redirectNavigationTimeout: 1 },
    cache: { cacheLocation: 'sessionStorage' },
  });
  const scopes = config.scope.split(' ');
  const acquire = (more) => application.acquireTokenSilent({ scopes, account: application.getAllAccounts()[0], ...more });
  return {
    login: () => {
      for (const key of Object.keys(sessionStorage)) if (/interaction.status/.test(key)) sessionStorage.removeItem(key); // of a sign-in that nobody finished
      return application.loginRedirect({ scopes });
    },
    callback: (url) => application.handleRedirectPromise({ hash: new URL(url).search, navigateToLoginRequestUrl: false }),
    refresh: () => acquire({ forceRefresh: true, cacheLookupPolicy: CacheLookupPolicy.RefreshToken }),
    token: async () => (await acquire()).accessToken,
  };
}
