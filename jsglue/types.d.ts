/**
 * Types of the package `pkcewasm`: OAuth 2.0 and OpenID Connect for browser applications.
 * Every failure is an {@link AuthError}; its `code` is stable, its text is not.
 */

// ---------------------------------------------------------------------------- errors

/** What went wrong, for code to branch on. */
export type AuthErrorCode =
  /** A wrong or missing option; the message names it. Nothing was sent or stored. */
  | 'config'
  /** The page was not delivered securely (https, or loopback). */
  | 'insecure_context'
  /** The platform lacks something: Worker, WebAssembly, a random generator. */
  | 'unsupported'
  /** The module could not be fetched, compiled or started. */
  | 'wasm_load'
  /** The module or its worker died. It has been started again, without the session. */
  | 'crashed'
  /** The client was closed. */
  | 'closed'
  /** The provider's metadata could not be read or used. */
  | 'discovery'
  /** An issuer is not the one that was expected (RFC 8414 section 3.3, RFC 9207). */
  | 'issuer'
  /** The callback URL is malformed, or (`pending`) another sign-in with other options is under way. */
  | 'callback'
  /** The `state` of the callback is missing, unknown, used up or too old. */
  | 'state'
  /** The provider refused the authorization request; see `oauthError`. */
  | 'authorization'
  /** No answer: network, server, or its CORS settings. */
  | 'network'
  /** No complete answer within the deadline. */
  | 'timeout'
  /** The caller aborted, or the user came back without signing in. */
  | 'aborted'
  /** An HTTP status that is not an OAuth answer; see `status`. */
  | 'http'
  /** Too many requests; see `retryAfterSeconds`. */
  | 'rate_limited'
  /** The answer is not what the specification asks for. */
  | 'response'
  /** The answer is larger than 1 MiB. */
  | 'too_large'
  /** The server answered with a redirect, which is refused. */
  | 'redirect'
  /** The token endpoint reported an error; see `oauthError` (RFC 6749 section 5.2). */
  | 'oauth'
  /** The session is over: sign in again. */
  | 'session_expired'
  /**
   * The ID token is not valid (OpenID Connect Core section 3.1.3.7); `description` begins with the reason. `clock` is followed
   * by how many seconds the clocks of device and server differ.
   */
  | 'id_token'
  /**
   * Tokens could not be bound to a key, or a proof of possession was refused (RFC 9449). `description` is `token_type` (the server
   * issued an unbound token although `dpop` is `required`), `alg`, `key` (none can be made, kept or used here), `key_lost`,
   * `nonce`, `nonce_hidden` (the server has to expose its header `DPoP-Nonce`), `clock` (this device's clock is wrong, or may be)
   * or `proof`.
   */
  | 'dpop'
  /** Another tab holds the session's lock for too long. */
  | 'lock_timeout'
  /** The browser's storage refused to read or write. */
  | 'storage'
  /** The user signed out meanwhile. */
  | 'signed_out'
  /** The browser blocked the popup. */
  | 'popup_blocked'
  /** The user closed the popup. */
  | 'popup_closed'
  /** Nobody is signed in. */
  | 'login_required';

/** Every failure of this package. Never holds a token, code, verifier or response body. */
export declare class AuthError extends Error {
  constructor(code: AuthErrorCode, message: string, details?: Partial<AuthErrorDetails>);
  name: 'AuthError';
  /** What went wrong; stable. */
  code: AuthErrorCode;
  /** The same call may succeed later without the user doing anything. */
  retryable: boolean;
  /** The provider's `error` (RFC 6749 sections 4.1.2.1 and 5.2), such as `access_denied`. */
  oauthError?: string;
  /** The provider's `error_description`, filtered, or the reason within `code`. */
  description?: string;
  /** HTTP status, if there was one. */
  status?: number;
  /** Seconds to wait before the next try, if the server said so. */
  retryAfterSeconds?: number;
}

/** The optional members of an {@link AuthError}. */
export interface AuthErrorDetails {
  /** The same call may succeed later without the user doing anything. */
  retryable: boolean;
  /** The provider's `error`. */
  oauthError: string;
  /** The provider's `error_description`, filtered, or the reason within `code`. */
  description: string;
  /** HTTP status. */
  status: number;
  /** Seconds to wait before the next try. */
  retryAfterSeconds: number;
}

// ---------------------------------------------------------------------------- stateless functions

/** Authorization server metadata with the names of RFC 8414 section 2, as on the wire. */
export interface ServerMetadata {
  /** Issuer identifier, compared exactly. */
  issuer: string;
  /** Where the user signs in. */
  authorization_endpoint?: string;
  /** Where codes and refresh tokens are exchanged. */
  token_endpoint: string;
  /** RFC 7009. */
  revocation_endpoint?: string;
  /** OpenID Connect Core section 5.3. */
  userinfo_endpoint?: string;
  /** OpenID Connect RP-Initiated Logout. */
  end_session_endpoint?: string;
  /** Where the keys are that ID tokens are verified with. If it is not given, it is discovered. */
  jwks_uri?: string;
  /** Must contain `S256` where it is present. */
  code_challenge_methods_supported?: string[];
  /** RFC 9126. */
  pushed_authorization_request_endpoint?: string;
  /** RFC 9126: the server takes pushed authorization requests only. */
  require_pushed_authorization_requests?: boolean;
  /** RFC 9449: the algorithms of DPoP proofs; `ES256` is the one used. */
  dpop_signing_alg_values_supported?: string[];
  /** RFC 9207: the callback must carry `iss`. */
  authorization_response_iss_parameter_supported?: boolean;
  /** Whatever else the server publishes. */
  [name: string]: unknown;
}

/** Claims of an ID token (OpenID Connect Core section 2). */
export interface IdTokenClaims {
  /** Issuer. */
  iss: string;
  /** Subject: the user, unique at this issuer. */
  sub: string;
  /** Audience. */
  aud: string | string[];
  /** Expiry, seconds since the epoch. */
  exp: number;
  /** Time of issue, seconds since the epoch. */
  iat: number;
  /** Time of authentication, seconds since the epoch. */
  auth_time?: number;
  /** The nonce of the authorization request. */
  nonce?: string;
  /** Authorized party. */
  azp?: string;
  /** Whatever else the provider says about the user. */
  [name: string]: unknown;
}

/** A token answer (RFC 6749 section 5.1). */
export interface TokenSet {
  /** Opaque to the client. */
  accessToken: string;
  /** `Bearer`, however the server spelled it; `N_A` if a token exchange issued something else than an access token. */
  tokenType: string;
  /** What a token exchange issued (RFC 8693 section 3). */
  issuedTokenType?: string;
  /** When the access token expires, milliseconds since the epoch; absent if the server did not say. */
  expiresAt?: number;
  /** Granted scope, space separated; absent means as requested. */
  scope?: string;
  /** Absent if none was issued; after a refresh then the old one stays valid. */
  refreshToken?: string;
  /** The ID token as received. */
  idToken?: string;
  /** Claims of the ID token, checked; see {@link Pkce.exchangeCode} for its signature. */
  claims?: IdTokenClaims;
  /** What was granted of the `authorization_details` (RFC 9396 section 7), if the server says so. */
  authorizationDetails?: AuthorizationDetail[];
}

/** One element of `authorization_details` (RFC 9396 section 2). */
export interface AuthorizationDetail {
  /** Decides what the other members mean. */
  type: string;
  [name: string]: unknown;
}

/** Options of the stateless functions; those that send nothing use `allowLoopbackHttp` only. */
export interface RequestOptions {
  /** Aborts the call, which rejects with the code `aborted`. */
  signal?: AbortSignal;
  /** Deadline over headers and body in milliseconds. Default 15000. */
  timeoutMs?: number;
  /** Allows plain http, on loopback only. Default false. */
  allowLoopbackHttp?: boolean;
}

/** Parameters of {@link Pkce.buildAuthorizationUrl}. */
export interface AuthorizationUrlParameters {
  /** Client identifier. */
  clientId: string;
  /** Absolute, no fragment; sent byte for byte. */
  redirectUri: string;
  /** Space separated. */
  scope?: string;
  /** From `generateState`; keep it until the callback. */
  state: string;
  /** From `generateCodeChallenge`. */
  codeChallenge: string;
  /** From `generateNonce`; needed with `openid`. */
  nonce?: string;
  /** Where the answer is to be: `parseCallback` must be told the same. Default `query`. */
  responseMode?: 'query' | 'fragment';
  /** Further parameters (`audience`, `prompt`, ...). They may not replace protocol parameters. */
  params?: Record<string, string>;
}

/** What a callback is compared with. */
export interface CallbackExpectation {
  /** The `state` that was sent. */
  state: string;
  /** Makes `iss` compared (RFC 9207). */
  server?: ServerMetadata;
  /** Where the parameters are. Default `query`. */
  responseMode?: 'query' | 'fragment';
}

/** How a confidential client authenticates. Only where there is no `document`. */
export interface ClientCredentials {
  /** Client identifier. */
  clientId: string;
  /** Client secret; refused in a page, which cannot keep one. */
  clientSecret?: string;
  /** How the secret is sent (RFC 6749 section 2.3.1): in a header, or in the form. Default `post`. */
  clientAuth?: 'basic' | 'post';
}

/** Parameters of {@link Pkce.exchangeCode}. */
export interface CodeExchange extends ClientCredentials {
  /** From `parseCallback`. Never sent twice. */
  code: string;
  /** The verifier of the challenge that was sent. */
  codeVerifier: string;
  /** The same as in the authorization request. */
  redirectUri: string;
  /** The `nonce` that was sent: the ID token must carry it. */
  nonce?: string;
  /** Further parameters. */
  params?: Record<string, string>;
}

/** Parameters of {@link Pkce.refreshTokens}. */
export interface RefreshGrant extends ClientCredentials {
  /** The current refresh token. */
  refreshToken: string;
  /** A narrower scope; absent means the granted one. */
  scope?: string;
  /** Further parameters. */
  params?: Record<string, string>;
}

/** Parameters of {@link Pkce.scheduleRefresh}. */
export interface RefreshSchedule {
  /** Client identifier. */
  clientId: string;
  /** Tokens to keep fresh; must hold a refresh token. */
  tokens: TokenSet;
  /** How many seconds before expiry to refresh. Default 60. */
  leewaySeconds?: number;
  /** Called with the new tokens after every refresh. Store the refresh token: the old one may be spent. */
  onTokens(tokens: TokenSet): void;
  /** Called when a refresh failed; last with `session_expired`, or with `crashed` if the module died and the schedule with it. */
  onError?(error: AuthError): void;
}

/** A running schedule. */
export interface ScheduledRefresh {
  /** Ends the schedule. */
  cancel(): void;
  /** Refreshes at once. Rejects with `closed` after the end, with `crashed` after the module's. */
  refreshNow(): Promise<TokenSet>;
  /** When the next refresh is due, milliseconds since the epoch; undefined when none is planned, or the module died. */
  readonly nextAt: number | undefined;
}

/** Parameters of {@link Pkce.requestTokens}. */
export interface GrantParameters extends Partial<ClientCredentials> {
  /** A JWT that authenticates the client in the place of a secret (RFC 7523 section 2.2). From {@link Pkce.signJwtAssertion}. */
  clientAssertion?: string;
  /** What the grants jwt-bearer and saml2-bearer present (RFC 7521 section 4.1). Sent once: sign a new one for every request. */
  assertion?: string;
  /** Space separated. */
  scope?: string;
  /** Resource indicators (RFC 8707). */
  resource?: string | string[];
  /** What else the grant defines, by its name on the wire: `subject_token`, `subject_token_type`, `audience`, ... */
  params?: Record<string, string>;
}

/** Parameters of {@link Pkce.signJwtAssertion}. */
export interface JwtAssertion {
  /** RFC 7518 section 3.1. */
  algorithm: 'HS256' | 'RS256' | 'ES256';
  /**
   * A `CryptoKey` with the usage `sign`, or a private JWK; for HS256 also the bytes of the secret, or a string whose UTF-8 bytes
   * they are; for RS256 (2048 bits or more) and ES256 also a PKCS #8 PEM (`-----BEGIN PRIVATE KEY-----`).
   */
  key: CryptoKey | JsonWebKey | BufferSource | string;
  /** The `kid` of the header. Default: that of the JWK, or none. */
  keyId?: string;
  /**
   * Needs `iss` and `aud`; `sub` where the server wants it. `iat` is now, `exp` 300 seconds later and `jti` 128 random bits, unless
   * they are given; one that is given as `undefined` is left out (not `exp`). Times are in seconds since the epoch.
   */
  claims: { iss: string; aud: string | string[]; sub?: string; iat?: number; exp?: number; nbf?: number; jti?: string; [name: string]: unknown };
}

/** Parameters of {@link Pkce.fetchUserInfo}. */
export interface UserInfoRequest {
  /** The access token; it must have been granted with `openid`. */
  accessToken: string;
  /** The `sub` of the ID token: claims of anybody else are refused (`response`). Pass it whenever there is an ID token. */
  expectedSubject?: string;
}

/** Parameters of {@link Pkce.buildSignOutUrl}; all of them are optional. */
export interface SignOutUrlParameters {
  /** Client identifier. */
  clientId?: string;
  /** The last ID token; it becomes part of the URL. */
  idTokenHint?: string;
  /** Registered URL to come back to. */
  postLogoutRedirectUri?: string;
  /** Comes back with the user, as a parameter of `postLogoutRedirectUri`. */
  state?: string;
}

/** Claims of the userinfo endpoint (OpenID Connect Core section 5.1). */
export interface UserInfo {
  /** Subject: the user, the one of the ID token. */
  sub: string;
  /** Whatever the granted scopes let the provider say. */
  [claim: string]: unknown;
}

/** Parameters of {@link Pkce.revokeToken}. */
export interface Revocation {
  /** Client identifier. */
  clientId: string;
  /** The token to revoke. */
  token: string;
  /** Helps the server to find it (RFC 7009 section 2.1). */
  tokenTypeHint?: 'access_token' | 'refresh_token';
}

/** Parameters of {@link Pkce.validateIdToken}. */
export interface IdTokenExpectation {
  /** The ID token, which may have come from anywhere. */
  idToken: string;
  /** Client identifier: the only audience that is accepted. */
  clientId: string;
  /** The `nonce` of the authorization request: the ID token must carry it. */
  nonce?: string;
  /** The `max_age` of the authorization request, in seconds: `auth_time` must be there and no older. */
  maxAge?: number;
  /** The access token that was issued with it, to check `at_hash`, if there is one. */
  accessToken?: string;
}

/** The protocol's steps as functions, in the caller's realm, without a session. */
export interface Pkce {
  /** Version of the module. */
  readonly version: string;
  /** 43 characters, 256 bits (RFC 7636 section 4.1). */
  generateCodeVerifier(): string;
  /** S256 (RFC 7636 section 4.2). `config` unless the verifier is 43 to 128 unreserved characters. */
  generateCodeChallenge(verifier: string): string;
  /** 43 characters, 256 bits. */
  generateState(): string;
  /** 43 characters, 256 bits. */
  generateNonce(): string;
  /** OpenID Connect Discovery, then RFC 8414. */
  discover(issuer: string, options?: RequestOptions): Promise<ServerMetadata>;
  /** The URL to send the user to (RFC 6749 section 4.1.1). */
  buildAuthorizationUrl(server: ServerMetadata, parameters: AuthorizationUrlParameters, options?: RequestOptions): string;
  /** Checks a callback (RFC 6749 section 4.1.2, RFC 9207) and returns its code. */
  parseCallback(url: string | URL, expected: CallbackExpectation, options?: RequestOptions): { code: string; iss?: string };
  /**
   * Exchanges a code for tokens (RFC 6749 section 4.1.3). The claims of the ID token are checked, not its signature: it comes
   * straight from the server (OpenID Connect Core section 3.1.3.7 number 6). `validateIdToken` verifies that as well.
   */
  exchangeCode(server: ServerMetadata, exchange: CodeExchange, options?: RequestOptions): Promise<TokenSet>;
  /** Exchanges a refresh token for new tokens (RFC 6749 section 6). Of an ID token the claims are checked, as by `exchangeCode`. */
  refreshTokens(server: ServerMetadata, grant: RefreshGrant, options?: RequestOptions): Promise<TokenSet>;
  /**
   * Checks an ID token's claims, its signature with the server's keys (`jwks_uri`, fetched with every call) and `at_hash` (OpenID
   * Connect Core sections 3.1.3.7 and 3.1.3.8), and returns the claims. RS256, PS256, ES256 and EdDSA with Ed25519 are accepted.
   *
   * Rejects with `id_token`, whose `description` begins with a claim's name or one of `malformed`, `duplicate`, `too_large`,
   * `encrypted`, `alg`, `crit`, `typ`, `clock`, `keys` (they could not be fetched), `key` (none fits), `signature`; with
   * `unsupported` or `insecure_context` where there is no `crypto.subtle`.
   */
  validateIdToken(server: ServerMetadata, expected: IdTokenExpectation, options?: RequestOptions): Promise<IdTokenClaims>;
  /** Keeps tokens fresh by a timer. */
  scheduleRefresh(server: ServerMetadata, schedule: RefreshSchedule, options?: RequestOptions): ScheduledRefresh;
  /**
   * Asks for tokens by another grant: `client_credentials` (RFC 6749 section 4.4), `urn:ietf:params:oauth:grant-type:jwt-bearer`
   * (RFC 7523), `urn:ietf:params:oauth:grant-type:token-exchange` (RFC 8693) or any other but `authorization_code`, `refresh_token`
   * (which have functions of their own) and `password` (which RFC 9700 forbids). Grants of services, assertions and secrets are
   * refused in a page (`config`): whoever can read the page is that service then.
   */
  requestTokens(server: ServerMetadata, grantType: string, parameters: GrantParameters, options?: RequestOptions): Promise<TokenSet>;
  /**
   * Signs a JWT as the grant jwt-bearer and `clientAssertion` take it (RFC 7523). Refused in a page. Only through npm: the module
   * itself does not sign.
   */
  signJwtAssertion(assertion: JwtAssertion): Promise<string>;
  /**
   * The claims about the user of an access token (OpenID Connect Core section 5.3). JSON answers only; one without `sub`, or with
   * another than `expectedSubject`, is `response`. Status 401: the token is not accepted.
   */
  fetchUserInfo(server: ServerMetadata, request: UserInfoRequest, options?: RequestOptions): Promise<UserInfo>;
  /** The URL that signs the user out at the provider (OpenID Connect RP-Initiated Logout section 2). `config` if it has none. */
  buildSignOutUrl(server: ServerMetadata, parameters?: SignOutUrlParameters, options?: RequestOptions): string;
  /** Revokes a token (RFC 7009). */
  revokeToken(server: ServerMetadata, revocation: Revocation, options?: RequestOptions): Promise<void>;
}

/** Where the module comes from. */
export type WasmSource = URL | string | Response | BufferSource | WebAssembly.Module;

/** Options of {@link loadPkce}. */
export interface LoadOptions {
  /**
   * The module. Default: `pkce.slim.wasm` beside the package's files, which must be the one that the package was built with. An
   * address may end in `#sha384-` and a digest in base64: what has another digest is refused (`wasm_load`).
   */
  wasm?: WasmSource;
  /** Aborts loading. */
  signal?: AbortSignal;
}

/** Starts an instance of the module in the caller's realm. A download is shared, an instance is not. */
export declare function loadPkce(options?: LoadOptions): Promise<Pkce>;

// ---------------------------------------------------------------------------- client

/** Configuration of {@link createClient}. */
export interface ClientConfig {
  /** Issuer identifier of the provider, exactly as its metadata has it. */
  issuer: string;
  /** Metadata to use instead of, or on top of, discovery. */
  server?: Partial<ServerMetadata>;
  /** Client identifier of a public client. There is no client secret in a browser. */
  clientId: string;
  /**
   * Registered redirect URI: absolute, no fragment. Responses count there only, so that an application with several providers is safe from
   * mixing them up (RFC 9700 section 4.4.2) by one for each. `/a`, `/a/`, `/a.html` and `/a/index.html` are one page.
   */
  redirectUri: string;
  /**
   * Registered redirect URI of `signInPopup` and `signInSilent`, of the page's origin: a page that only calls `forwardCallback()` of
   * `pkcewasm/callback`, and that may be framed where the application may not. Default: `redirectUri`.
   */
  popupRedirectUri?: string;
  /** Registered URI to return to after sign-out. */
  postLogoutRedirectUri?: string;
  /** Space separated. Default `openid`. */
  scope?: string;
  /**
   * Further parameters of every authorization request (`audience`, `organization`, ...). `authorization_details` must be the
   * JSON text of an array of objects with a `type` (RFC 9396).
   */
  params?: Record<string, string>;
  /**
   * Further parameters of every code exchange and refresh. Names that the protocol uses (`code`, `client_id`, `scope`, ...) are
   * refused, and so are credentials: a page cannot keep any.
   */
  tokenParams?: Record<string, string>;
  /**
   * Resource indicators (RFC 8707): in every authorization request, code exchange and refresh. Many servers issue a token
   * for one resource only.
   */
  resource?: string | string[];
  /** Where the provider puts its answer in the redirect URI. An answer in the other place is refused. Default `query`. */
  responseMode?: 'query' | 'fragment';
  /**
   * Pushed authorization requests (RFC 9126): the request goes from the engine to the provider, and the address bar sees a
   * reference to it. `auto`: if the provider offers them; if it lets no request of this origin through, which is a matter of
   * its CORS settings, the request goes into the URL (event `degraded`), unless the provider requires them. `required`: always.
   * Default `auto`.
   */
  par?: 'auto' | 'required' | 'off';
  /**
   * Binds the tokens to a key that cannot be read by anybody, so that a token that got away is of no use elsewhere (DPoP, RFC 9449):
   * ES256, made in the worker for every sign-in, deleted with the session. It is in memory; with a `storage`, and while a redirect is
   * under way that the worker does not outlive, also in IndexedDB. `preferred`: where the provider offers it in its metadata; if
   * tokens turn out to be unbound, the event `degraded` (feature `dpop`) says why. `required`: always, and an unbound token is
   * discarded (code `dpop`). `fetch` sends such tokens as they have to be sent, `getAccessToken()` alone is not enough: see
   * `createDpopProof`. The provider and your APIs must allow the request header `DPoP` and expose `DPoP-Nonce` and
   * `WWW-Authenticate` by CORS. Default `off`.
   */
  dpop?: 'off' | 'preferred' | 'required';
  /**
   * Where the session lives. `shared`: in one worker for all pages of the origin that have the same configuration.
   * `dedicated`: in a worker of each page. `none`: in the caller's own realm, for runtimes without workers.
   * Default `shared`, or `dedicated` with `storage: 'session'`. Where there is no SharedWorker, `shared` is `dedicated`
   * (event `degraded`).
   */
  isolation?: 'shared' | 'dedicated' | 'none';
  /**
   * Where the one-time record of a redirect waits: code verifier, state, nonce. `worker`: it never leaves the shared worker;
   * if that is gone when the user comes back, the sign-in starts again by itself, once. `session`: in sessionStorage.
   * Default `worker` where the browser keeps a shared worker alive without its page, else `session`.
   */
  transaction?: 'worker' | 'session';
  /**
   * Where the session is kept. `memory`: in the worker; with `shared` it outlives a reload where the browser keeps the
   * worker alive. `indexeddb`: in a record that all tabs share, across restarts of the browser. `session`: in the tab's
   * sessionStorage, across reloads. Any script of the origin can read the refresh token from the last two. Default `memory`.
   */
  storage?: 'memory' | 'session' | 'indexeddb';
  /**
   * `silent`: `createClient` also tries `signInSilent` if neither the shared worker nor the storage has a session, and resolves when that is
   * decided, after 10 s at most; not on a callback page. `getUser()` then says whether somebody is signed in at the provider. Read the
   * limits of `signInSilent`. Default: nothing is tried.
   */
  restore?: 'silent';
  /** False: `getAccessToken()` is refused and the token stays in the worker; use `fetch`. Default true. */
  exposeAccessToken?: boolean;
  /** Origins that `fetch` may send the access token to, besides the page's own. */
  fetchOrigins?: string[];
  /** Automatic refresh. */
  refresh?: RefreshConfig;
  /** Deadline of every request in milliseconds. Default 15000. */
  timeoutMs?: number;
  /** Allows plain http, on loopback only. Default false. */
  allowLoopbackHttp?: boolean;
  /** Where `worker.js` is served, if not beside the package's files. Same origin. */
  workerUrl?: URL | string;
  /** Where `pkce.slim.wasm` is served, if not beside the package's files. May end in `#sha384-` and a digest, see {@link LoadOptions.wasm}. */
  wasmUrl?: URL | string;
}

/** Automatic refresh. */
export interface RefreshConfig {
  /** Refresh by timer. Default true. */
  auto?: boolean;
  /** How many seconds before expiry. Default 60. */
  leewaySeconds?: number;
  /** Up to how many seconds earlier still, at random. Default 10. */
  jitterSeconds?: number;
  /** Lifetime assumed when the server does not say. Default 300. */
  defaultLifetimeSeconds?: number;
}

/** Who is signed in. */
export interface User {
  /** Claims of the ID token; empty without `openid`. */
  readonly claims: Readonly<Partial<IdTokenClaims>>;
  /** The `sub` claim; empty without `openid`. */
  readonly subject: string;
  /** When the access token expires, milliseconds since the epoch. */
  readonly expiresAt: number;
  /** Granted scope, space separated. */
  readonly scope: string;
  /** What was granted of the `authorization_details` (RFC 9396 section 7), if the provider says so. */
  readonly authorizationDetails?: readonly AuthorizationDetail[];
}

/** Options of {@link Client.signInRedirect}. */
export interface SignInOptions {
  /** Where the application goes after sign-in: a path of its own origin. Never part of a URL we send. */
  returnTo?: string;
  /** `none`, `login`, `consent`, `select_account`. */
  prompt?: string;
  /** What the user typed as name or address. */
  loginHint?: string;
  /** Seconds since the last authentication that are acceptable. */
  maxAge?: number;
  /** Space separated. */
  acrValues?: string;
  /** Space separated language tags. */
  uiLocales?: string;
  /** Further parameters of this request; they win over those of the configuration. Not `resource`. */
  params?: Record<string, string>;
}

/** Options of {@link Client.signInPopup}. `returnTo` has no effect: the page stays where it is. */
export interface PopupOptions extends SignInOptions {
  /** Ends the sign-in and closes the window. */
  signal?: AbortSignal;
}

/** Options of {@link Client.signInSilent}. `returnTo` has no effect. */
export interface SilentOptions extends Omit<SignInOptions, 'prompt'> {
  /** Ends the wait of this call; a sign-in that others wait for goes on. */
  signal?: AbortSignal;
}

/** Takes the user to a URL, in an application that navigates by itself. */
export interface NavigateOption {
  /** Called with the URL instead of `location.assign`. The call then resolves when it has returned. */
  navigate: (url: string) => void | Promise<void>;
}

/** Options of {@link Client.createDpopProof}. */
export interface DpopProofOptions {
  /** Where the request goes: absolute, without a fragment. The query does not matter. */
  url: string | URL;
  /** Its method. Default `GET`. */
  method?: string;
  /** The latest `DPoP-Nonce` of that server, if it sent one. */
  nonce?: string;
  /** Aborts the call. */
  signal?: AbortSignal;
}

/** Options of {@link Client.getAccessToken}. */
export interface AccessTokenOptions {
  /** The token must be valid for that long. Default 0. */
  minValiditySeconds?: number;
  /** Refresh even if the token is valid. */
  forceRefresh?: boolean;
  /** Never send a request. */
  cacheOnly?: boolean;
  /** Ends the wait of this call; a request that others wait for goes on. */
  signal?: AbortSignal;
}

/** Options of {@link Client.signOut}. */
export interface SignOutOptions {
  /** Only forget the session here; do not go to the provider's sign-out page. */
  local?: boolean;
  /** Registered URL to return to instead of `postLogoutRedirectUri`. */
  returnTo?: string;
  /** Comes back with the user, as the parameter `state` of that URL. It is in the address bar: no secret. */
  state?: string;
  /** Revoke the refresh token. Default true. */
  revoke?: boolean;
  /** Called with the provider's sign-out URL instead of `location.assign`. */
  navigate?: (url: string) => void | Promise<void>;
}

/** An error as events carry it. */
export interface EventError extends Partial<AuthErrorDetails> {
  /** See {@link AuthError}. */
  readonly code: AuthErrorCode;
  /** One sentence. */
  readonly message?: string;
}

/** Events and what listeners receive. */
export interface ClientEvents {
  /** Somebody signed in. */
  signedIn: { readonly type: 'signedIn'; readonly user: User };
  /** There is a new access token. */
  refreshed: { readonly type: 'refreshed'; readonly user: User };
  /** A refresh failed; the session is kept. */
  refreshFailed: {
    readonly type: 'refreshFailed';
    /** Why. */
    readonly error: EventError;
    /** 1 for the first try. */
    readonly attempt: number;
    /** Whether it is tried again by itself. */
    readonly willRetry: boolean;
    /** When, milliseconds since the epoch. */
    readonly nextAt?: number;
  };
  /** The access token expires soon and cannot be refreshed. */
  expiring: { readonly type: 'expiring'; readonly expiresAt?: number };
  /** The access token has expired and could not be refreshed. */
  expired: { readonly type: 'expired' };
  /** The session is over; once per session. */
  signedOut: { readonly type: 'signedOut'; /** Such as `logout`, `invalid_grant`, `crashed`, `key_lost`, `storage_cleared`. */ readonly reason: string };
  /** Something works in a lesser way. Also told to listeners that come later. */
  degraded: { readonly type: 'degraded'; /** Such as `shared`. */ readonly feature: string; readonly reason?: string };
  /** The module or its worker died and is being started again. */
  crashed: { readonly type: 'crashed' };
  /** What the engine does, step by step, and why; for diagnosis. Nothing secret is in it. */
  trace: {
    readonly type: 'trace';
    /**
     * `wake`: this page was woken, shown or connected. `send`: a refresh request. `settle`: whoever waited has an answer. `drop`: the
     * tokens were forgotten. With a stored session also `lock`: waits for the lock of the tabs; `steal`: takes it from a tab that stands
     * still; `adopt`: takes the tokens that another tab stored; `commit`: stores the answer; `read`: looks whether another tab renewed
     * the grant that was refused; `erase`: deletes the record; `unlock`.
     */
    readonly step: 'wake' | 'send' | 'settle' | 'drop' | 'lock' | 'steal' | 'adopt' | 'commit' | 'read' | 'erase' | 'unlock';
    /**
     * Of `wake`: `visible`, `online`, `offline`, `pageshow` or `resume`. Of a `settle` that failed: the {@link AuthErrorCode}. Of any other
     * step why the last refresh was begun: `due`, `demand` or `retry`.
     */
    readonly reason?: string;
    /** How many requests have failed since the last success, if any. */
    readonly attempt?: number;
    /** When the next request is planned, milliseconds since the epoch. Without it, none is before somebody asks for a token. */
    readonly nextAt?: number;
  };
}

/** What {@link Client.diagnose} found. */
export interface Report {
  /** The worst of the findings. */
  readonly status: 'ok' | 'warning' | 'problem';
  /** In the order in which things happen. A check that the problem of another one rules out is left out. */
  readonly findings: readonly Finding[];
}

/** One thing that was looked at. There is nothing secret in it. */
export interface Finding {
  /**
   * What was looked at; stable. `context`: delivery over https. `worker`, `shared`, `module`: what the engine needs to start. `csp`: the
   * page's Content Security Policy. `storage`, `locks`: what the browser offers. `redirect`: the redirect URI and what is served there.
   * `discovery`, `provider`: the provider's metadata, and what it can do. `token`: whether its token endpoint answers this page. `clock`:
   * the clock of this device. `degraded`: what events of that name have said.
   */
  readonly check: 'context' | 'worker' | 'shared' | 'module' | 'csp' | 'storage' | 'locks' | 'redirect' | 'discovery' | 'provider' | 'token' | 'clock' | 'degraded';
  /** `problem`: nobody can sign in, or not reliably. `warning`: it works in a lesser way. */
  readonly status: 'ok' | 'warning' | 'problem';
  /** A sentence that says what to do; for people, and not stable. */
  readonly message: string;
  /** Where to read more. */
  readonly docs: string;
}

/** A session and what an application does with it. Its functions need no `this`. */
export interface Client {
  /**
   * Goes to the provider. Never resolves when the page leaves; rejects if it cannot, or when the user comes back by the back
   * button. A second call before the page has left joins the first if it has the same options; with other options it rejects
   * with the code `callback` (description `pending`), and the first goes on.
   */
  signInRedirect(options?: SignInOptions): Promise<never>;
  signInRedirect(options: SignInOptions & NavigateOption): Promise<void>;
  /**
   * Signs in in a window of its own. Call it in a click, before any `await`: the window opens at once, else browsers block it
   * (`popup_blocked`). The code verifier does not leave the worker. While a window is open, another call brings it to the front and waits
   * for the same result. `popup_closed`: the user closed it; `timeout`: after 5 minutes; `aborted`: `signal`, or the page was left.
   *
   * The provider comes back to `popupRedirectUri`, else to `redirectUri`, in that window: there `handleRedirectCallback()` hands the response to the page that asked,
   * closes the window and never settles. Call it before anything else is started, or better `forwardCallback()` of `pkcewasm/callback`,
   * which needs no client. That URI must be of the page's origin. Works under any Cross-Origin-Opener-Policy; one that cuts the windows
   * apart hides from the page that the window was closed until the page has the focus again, and a sign-in that is finished in a window
   * which seemed closed still counts (event `signedIn`).
   */
  signInPopup(options?: PopupOptions): Promise<User>;
  /**
   * Signs in without the user, in a hidden frame, if the provider has a session with them (`prompt=none`). `login_required`: it wants to
   * see the user, for the reason in `oauthError`. `timeout`: no response within 10 s.
   *
   * Most browsers keep the provider's cookies out of frames on other sites: unless the provider has the page's site (`id.example.com` for
   * `app.example.com`), expect `login_required` for everybody. Refresh tokens (`offline_access`) do not depend on that. The page needs
   * `frame-src` for the provider and for itself in its Content-Security-Policy; the callback page needs `frame-ancestors 'self'`, and does
   * there what it does for `signInPopup`.
   */
  signInSilent(options?: SilentOptions): Promise<User>;
  /** Whether a URL (default: the page's) is an answer to `signInRedirect`, or one is being handled or may be tried again. */
  isRedirectCallback(url?: string | URL): boolean;
  /**
   * Finishes a sign-in. Cleans the address bar at once; the same URL again, or no URL, gives the same result. An error that
   * is `retryable` (the provider's metadata could not be fetched, the browser is offline) has used nothing up: call it again.
   * After every other one the user has to start again.
   * In the window of `signInPopup` and the frame of `signInSilent` it hands the response to the page that asked, and does not settle.
   */
  handleRedirectCallback(url?: string | URL): Promise<{ user: User; returnTo?: string }>;
  /** Who is signed in, without waiting. */
  getUser(): User | undefined;
  /** A token that no clock says has expired. No request while the current one is valid. */
  getAccessToken(options?: AccessTokenOptions): Promise<string>;
  /** Like `window.fetch` with the access token, to allowed origins only. A 401 `invalid_token` is answered by one refresh and one retry. */
  fetch(input: RequestInfo | URL, init?: RequestInit): Promise<Response>;
  /**
   * What a request needs that neither `fetch` nor `pkcewasm/axios` makes, with the option `dpop`: the access token, for
   * `Authorization: DPoP <accessToken>`, and a proof of possession for this request and no other, for the header `DPoP` (RFC 9449 section
   * 7.1). Without `proof` the token is not bound and its scheme is `Bearer`. If the answer is a 401 with `use_dpop_nonce`, ask once
   * more, with the `nonce` of its header `DPoP-Nonce`.
   */
  createDpopProof(options: DpopProofOptions): Promise<{ accessToken: string; proof?: string }>;
  /** Refreshes now. */
  refresh(options?: { /** Ends the wait, not the request. */ signal?: AbortSignal }): Promise<User>;
  /**
   * The claims that the provider has about the signed-in user now (OpenID Connect Core section 5.3), asked for by the engine, so that it
   * works with `exposeAccessToken: false` too. Those of another user are refused (`response`); a token that is refused is renewed once.
   */
  fetchUserInfo(options?: { /** Ends the wait, not the request. */ signal?: AbortSignal }): Promise<UserInfo>;
  /**
   * Forgets the session at once, revokes its refresh token as well as that goes within 3 s, and goes to the provider's sign-out page
   * if it has one (`degraded` with the feature `end_session` if not).
   */
  signOut(options?: SignOutOptions): Promise<void>;
  /** Listens; the result ends it. */
  on<Name extends keyof ClientEvents>(event: Name, listener: (event: ClientEvents[Name]) => void): () => void;
  /**
   * Looks for what keeps sign-in from working here, and says what to do about it; within 20 s, and never rejects. It starts an engine of
   * its own, which redeems a code that it made up, so that the provider logs one `invalid_grant`; the session, its tokens and the user are
   * left alone. The code for it is loaded when it is called. Where not even `createClient` succeeds: `diagnose` of `pkcewasm/diagnose`.
   */
  diagnose(): Promise<Report>;
  /** Releases everything; pending calls reject with `closed`. A session in this page's memory ends, a shared or stored one goes on. */
  close(): Promise<void>;
}

/** Starts the engine and resolves when it is ready. Equal configurations on one page share one session. */
export declare function createClient(config: ClientConfig): Promise<Client>;
