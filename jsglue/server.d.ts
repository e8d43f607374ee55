// The public types of pkcewasm/server: for services, in Node, Deno, Bun and at the edge. Nothing of it works in a page.

import type { GrantParameters, JwtAssertion, Pkce, ServerMetadata } from './types.d.ts';

/** The same as `signJwtAssertion` of `loadPkce()`. */
export declare function signJwtAssertion(assertion: JwtAssertion): Promise<string>;

/** What a token source asks for: the grant, and what `requestTokens` takes with it. */
export interface SourceGrant extends GrantParameters {
  /** Such as `client_credentials`. */
  grantType: string;
}

/** Configuration of {@link createTokenSource}. */
export interface TokenSourceConfig {
  /** Needs `issuer` and `token_endpoint`; `discover` fetches it. */
  server: ServerMetadata;
  /** What to ask for; a function is called for every request, so that it can sign a new assertion. */
  grant: SourceGrant | (() => SourceGrant | Promise<SourceGrant>);
  /** How many seconds before expiry the token is renewed, but at half its life at the earliest. Default 60. */
  leewaySeconds?: number;
  /** Lifetime assumed when the server does not say. Default 300. */
  defaultLifetimeSeconds?: number;
  /** Origins that `fetch`, `attachTo` and `createFetch` may send the token to. */
  fetchOrigins?: string[];
  /** Deadline of a token request in milliseconds. Default 15000. */
  timeoutMs?: number;
  /** Allows plain http, on loopback only. Default false. */
  allowLoopbackHttp?: boolean;
  /** The module to use, where `loadPkce()` needs to be told where it is. Default: one for all sources. */
  pkce?: Pick<Pkce, 'requestTokens'>;
}

/** A service's access token. Its functions need no `this`. */
export interface TokenSource {
  /**
   * The token, from the server only when it is due: one request for all callers. If that fails, the token is used on until it
   * expires. After a failure nothing is sent for a second, then for two, and so on up to a minute, or as long as the server says.
   */
  getAccessToken(options?: { /** Ends the wait, not the request. */ signal?: AbortSignal; /** Renew even if it is not due. */ forceRefresh?: boolean }): Promise<string>;
  /** Like the global `fetch` with the token, to `fetchOrigins` only. A 401 `invalid_token` is answered by one renewal and one retry. */
  fetch(input: RequestInfo | URL, init?: RequestInit): Promise<Response>;
  /** When the token expires, milliseconds since the epoch; undefined before the first. */
  readonly expiresAt: number | undefined;
  /** When it is due for renewal, milliseconds since the epoch; undefined before the first. */
  readonly renewsAt: number | undefined;
}

/** Makes a source. It sends nothing until it is asked, and holds no timer. `attachTo` of `pkcewasm/axios` takes it like a client. */
export declare function createTokenSource(config: TokenSourceConfig): TokenSource;
