// The same application for both builds.

/** @param {typeof import('../../index.js').createClient} createClient */
export const auth = (createClient) => async (config) => {
  const client = await createClient({
    issuer: config.issuer, server: config.metadata, clientId: config.client_id, redirectUri: config.redirect_uri, scope: config.scope,
    isolation: config.isolation, workerUrl: config.workerUrl, allowLoopbackHttp: true, refresh: { leewaySeconds: config.leeway },
  });
  return {
    login: () => client.signInRedirect(config.navigate && { navigate: config.navigate }),
    callback: (url) => client.handleRedirectCallback(url),
    refresh: () => client.refresh(),
    token: () => client.getAccessToken(),
  };
};

/** @param {typeof import('../../index.js').loadPkce} loadPkce */
export const pairs = (loadPkce) => async () => {
  const { generateCodeVerifier, generateCodeChallenge } = await loadPkce();
  return () => {
    const verifier = generateCodeVerifier();
    return [verifier, generateCodeChallenge(verifier)];
  };
};
