// What is compared. An entry is an app (apps/<app>.mjs) with a configuration; entries of one bundle share its files.

/**
 * @typedef {object} Entry
 * @property {string} name
 * @property {string} app
 * @property {string} bundle the folder in dist/
 * @property {string} [package] on npm; none for what is ours or hand-written
 * @property {object} [config] passed to the app
 * @property {boolean} [worker] the tokens live in a worker
 * @property {string[]} [preload] files that the page asks for up front
 * @property {string[]} [steps] those that it is for, if not all
 */

/** A page that asks for the module itself is an entry of its own in these. */
const STARTS = ['startup', 'waterfall'];

const peer = (name, app, npm, more = {}) => ({ name, app, bundle: app, package: npm, ...more });
const ours = (build, isolation, more = {}) => ({
  name: `pkcewasm ${build}, ${isolation}`, app: `pkcewasm-${build}`, bundle: `pkcewasm-${build}${isolation === 'none' ? '-whole' : ''}`, config: { isolation }, worker: isolation !== 'none', ...more,
});

/** @type {Entry[]} */
export const ENTRIES = [
  ours('slim', 'none'),
  ours('slim', 'dedicated'),
  ours('slim', 'none', { name: 'pkcewasm slim, none, preload', preload: ['pkce.slim.wasm'], steps: STARTS }),
  ours('slim', 'dedicated', { name: 'pkcewasm slim, dedicated, preload', preload: ['worker.js', 'pkce.slim.wasm'], steps: STARTS }),
  ours('go', 'none'),
  ours('go', 'dedicated'),
  peer('oidc-client-ts', 'oidc-client-ts', 'oidc-client-ts'),
  peer('auth0-spa-js (worker)', 'auth0', '@auth0/auth0-spa-js', { worker: true }),
  peer('oauth4webapi', 'oauth4webapi', 'oauth4webapi'),
  peer('oauth4webapi, signatures verified', 'oauth4webapi-verifying', 'oauth4webapi', { steps: ['size', 'exchange', 'profile'] }),
  peer('openid-client', 'openid-client', 'openid-client'),
  peer('@axa-fr/oidc-client', 'axa', '@axa-fr/oidc-client'),
  peer('keycloak-js', 'keycloak-js', 'keycloak-js'),
  peer('msal-browser', 'msal', '@azure/msal-browser'),
  peer('okta-auth-js', 'okta', '@okta/okta-auth-js'),
  { name: 'hand-written, no checks', app: 'vanilla', bundle: 'vanilla' },
];

/** What an app is configured with: an instant provider on its own origin. */
export const configure = (entry, origin, clientId = entry.app) => ({
  issuer: origin,
  client_id: clientId,
  redirect_uri: `${origin}/pages/callback.html`,
  scope: 'openid profile email offline_access',
  leeway: 60,
  metadata: metadata(origin),
  ...entry.config,
});

/** RFC 8414. */
export const metadata = (origin) => ({
  issuer: origin,
  authorization_endpoint: `${origin}/authorize`,
  token_endpoint: `${origin}/token`,
  jwks_uri: `${origin}/jwks`,
  userinfo_endpoint: `${origin}/userinfo`,
  end_session_endpoint: `${origin}/logout`,
  revocation_endpoint: `${origin}/revoke`,
  response_types_supported: ['code'],
  response_modes_supported: ['query', 'fragment'],
  grant_types_supported: ['authorization_code', 'refresh_token'],
  scopes_supported: ['openid', 'profile', 'email', 'offline_access'],
  subject_types_supported: ['public'],
  id_token_signing_alg_values_supported: ['RS256'],
  token_endpoint_auth_methods_supported: ['none'],
  code_challenge_methods_supported: ['S256'],
});
