import { createClient, loadPkce } from '../../index.js';

export async function createAuth(config) {
  const client = await createClient({
    issuer: config.issuer, server: config.metadata, clientId: config.client_id, redirectUri: config.redirect_uri, scope: config.scope,
    isolation: config.isolation, allowLoopbackHttp: true, refresh: { leewaySeconds: config.leeway },
  });
  return {
    login: () => client.signInRedirect(config.navigate && { navigate: config.navigate }),
    callback: (url) => client.handleRedirectCallback(url),
    refresh: () => client.refresh(),
    token: () => client.getAccessToken(),
  };
}

export async function createPairs() {
  const { generateCodeVerifier, generateCodeChallenge } = await loadPkce();
  return () => {
    const verifier = generateCodeVerifier();
    return [verifier, generateCodeChallenge(verifier)];
  };
}
