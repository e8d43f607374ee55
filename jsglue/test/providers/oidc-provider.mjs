// npm's oidc-provider as a real authorization server for the browser tests: rotation with strict reuse detection
// (a spent refresh token presented again ends the session), and every sign-in approved at once. What its clients are called is
// as in internal/provider.
//
//   node oidc-provider.mjs ORIGIN
//
// ORIGIN is the application's. Prints `READY issuer` when it listens, and a line for every grant that was revoked, every token
// request (`token GRANT STATUS`) and every revocation (`revocation STATUS`).
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import Provider, { errors } from 'oidc-provider';

const [origin] = process.argv.slice(2);
const ACCESS_TOKEN_SECONDS = 3;
const HOUR = 3600;
const USER = 'alice';
const RESOURCE = 'https://api.example.test/';

const server = createServer();
await new Promise((resolve) => { server.listen(0, '127.0.0.1', () => resolve(undefined)); });
const address = /** @type {import('node:net').AddressInfo} */ (server.address());
const issuer = `http://localhost:${address.port}`;

const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const provider = new Provider(issuer, {
  jwks: { keys: [{ ...privateKey.export({ format: 'jwk' }), use: 'sig', alg: 'RS256', kid: 'test' }] },
  cookies: { keys: ['only for tests'] },
  clients: [{
    client_id: 'test-spa', token_endpoint_auth_method: 'none', application_type: 'web',
    redirect_uris: [`${origin}/callback.html`], post_logout_redirect_uris: [`${origin}/`, `${origin}/callback.html`],
    grant_types: ['authorization_code', 'refresh_token'], response_types: ['code'],
  }, {
    client_id: 'test-service', client_secret: 'test-service-secret', token_endpoint_auth_method: 'client_secret_basic',
    grant_types: ['client_credentials'], redirect_uris: [], response_types: [],
  }],
  scopes: ['openid', 'offline_access', 'profile', 'email', 'api:read'],
  claims: { openid: ['sub'], profile: ['name'], email: ['email'] },
  clientBasedCORS: (_, requestOrigin) => requestOrigin === origin,
  findAccount: async (_, id) => ({ accountId: id, claims: async () => ({ sub: id }) }),
  pkce: { required: () => true },
  clockTolerance: 0, // the default of 15 s would let an access token of 3 s live for 18
  rotateRefreshToken: true,
  issueRefreshToken: async () => true,
  expiresWithSession: async () => false,
  ttl: { AccessToken: ACCESS_TOKEN_SECONDS, AuthorizationCode: 60, IdToken: HOUR, RefreshToken: HOUR, Interaction: HOUR, Session: HOUR, Grant: HOUR },
  features: {
    devInteractions: { enabled: false }, revocation: { enabled: true }, clientCredentials: { enabled: true },
    dPoP: { enabled: true, nonceSecret: randomBytes(32), requireNonce: () => true },
    rpInitiatedLogout: { enabled: true, logoutSource: agree },
    resourceIndicators: {
      enabled: true, useGrantedResource: async () => true,
      getResourceServerInfo: async (_, resource) => {
        if (resource !== RESOURCE) throw new errors.InvalidTarget();
        return { scope: 'api:read', audience: RESOURCE, accessTokenTTL: ACCESS_TOKEN_SECONDS, accessTokenFormat: 'jwt' };
      },
    },
  },
  interactions: { url: (_, interaction) => `/approve/${interaction.uid}` },
});

/** The page that asks whether to sign out, answered at once. @param {any} ctx @param {string} form */
async function agree(ctx, form) {
  ctx.body = `<!doctype html><title>Sign out</title>${form}<script>
    const [form] = document.forms;
    form.insertAdjacentHTML('beforeend', '<input type="hidden" name="logout" value="yes">');
    form.submit();
  </script>`;
}

provider.use(async (ctx, next) => {
  await next();
  const { route, params } = ctx.oidc ?? {};
  if (route === 'token') console.log(`token ${params?.grant_type} ${ctx.status}`);
  if (route === 'revocation') console.log(`revocation ${ctx.status}`);
});

provider.use(async (ctx, next) => {
  if (!ctx.path.startsWith('/approve/')) return next();
  const { prompt, params, session, grantId } = await provider.interactionDetails(ctx.req, ctx.res);
  if (prompt.name === 'login') {
    await provider.interactionFinished(ctx.req, ctx.res, { login: { accountId: USER } });
  } else {
    const grant = (grantId && await provider.Grant.find(grantId)) || new provider.Grant({ accountId: session?.accountId, clientId: `${params.client_id}` });
    grant.addOIDCScope(`${params.scope}`);
    for (const [resource, scopes] of Object.entries(prompt.details.missingResourceScopes ?? {})) grant.addResourceScope(resource, /** @type {string[]} */ (scopes).join(' '));
    await provider.interactionFinished(ctx.req, ctx.res, { consent: { grantId: await grant.save() } }, { mergeWithLastSubmission: true });
  }
  ctx.respond = false;
});

provider.on('grant.revoked', () => console.log('grant revoked'));
provider.on('server_error', (_, error) => console.log('server error', error));
server.on('request', provider.callback());
console.log(`READY ${issuer}`);
