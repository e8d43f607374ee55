// The public types of pkcewasm/testing: for the tests of applications, and for pages that have no provider to show themselves with.

import type { Client, SignInOptions, User } from './types.d.ts';

/** Options of {@link createProvider}. */
export interface FakeProviderOptions {
  /** Default `https://provider.test`, which does not exist elsewhere. */
  issuer?: string;
  /** The only client that it knows. Default `app`. */
  clientId?: string;
  /** Claims of who signs in. Default: `sub` is `alice`. */
  user?: Record<string, unknown> & { sub: string };
  /** Lifetime of access tokens. Default 300. */
  accessTokenSeconds?: number;
}

/** What can be made to fail; at `authorization` only `{ error }`. */
export type FaultyEndpoint = 'discovery' | 'jwks' | 'authorization' | 'token' | 'userinfo' | 'revocation';

/**
 * How. `network`: the request does not arrive. `lost`: it arrives and has its effect, but its answer does not. `error`: an OAuth error
 * (RFC 6749 sections 4.1.2.1 and 5.2), such as `invalid_grant` or `access_denied`.
 */
export type Fault = 'network' | 'lost' | { error: string } | { status: number; retryAfterSeconds?: number };

/** A request that the provider got. */
export interface ProviderRequest {
  /** As in {@link FaultyEndpoint}, or `unknown`. */
  readonly endpoint: string;
  /** At the token endpoint. */
  readonly grantType?: string;
  /** Of the answer; 0 if the request did not arrive. */
  readonly status: number;
}

/**
 * An OpenID provider in this realm. It checks client, redirect URI and PKCE (S256), takes a code once, rotates refresh tokens (issued with
 * the scope `offline_access`) and ends the session if a spent one comes back, signs ID tokens with ES256, answers userinfo, and
 * revokes. It numbers what it issues (`access-3`), so that a failing test reads the same every time.
 */
export interface FakeProvider {
  readonly issuer: string;
  readonly clientId: string;
  /** Claims of who signs in next. */
  user: Record<string, unknown>;
  /** What it got, in order. */
  readonly requests: readonly ProviderRequest[];
  /**
   * Puts the provider in place of `globalThis.fetch`, for its own addresses; all others go on to the real one. Before `createClient`,
   * with `isolation: 'none'`: a worker has a `fetch` of its own (see {@link registerProvider}).
   * @returns a function that ends it
   */
  install(): () => void;
  /** Signs the user in at a client, all the way, without a page. */
  signIn(client: Client, options?: SignInOptions): Promise<User>;
  /** Plays the user at an authorization URL, and returns where the provider sends them. `navigate` of `signInRedirect` gives that URL. */
  authorize(url: string | URL, decision?: { /** They cancel. */ deny?: boolean }): Promise<string>;
  /** Makes the next requests fail: one, or as many as said; `Infinity`: until {@link FakeProvider.recover}. */
  fail(endpoint: FaultyEndpoint, fault: Fault, times?: number): void;
  /** Ends what `fail` began, at this endpoint or at all. */
  recover(endpoint?: FaultyEndpoint): void;
  /** The provider ends the user's session: all tokens are refused from now on. */
  endSession(): void;
  /** Whether an API would accept this access token now. */
  accepts(accessToken: string): boolean;
  /** What `install` puts in place. */
  readonly fetch: typeof fetch;
}

/** Makes a provider. */
export declare function createProvider(options?: FakeProviderOptions): Promise<FakeProvider>;

/** A clock in the place of this realm's: `Date`, `performance.now` and timers. Time runs on as usual, and further when it is told. */
export interface FakeClock {
  /** Lets time pass: all timers of it fire, in order, and what they begin is waited for. */
  advance(seconds: number): Promise<void>;
  /**
   * The computer sleeps and wakes up: the wall clock has moved, timers have not. To have a token expire now, sleep until it has:
   * `clock.sleep((user.expiresAt - Date.now()) / 1000 + 1)`.
   */
  sleep(seconds: number): Promise<void>;
  /** Puts the real clock back. */
  uninstall(): void;
}

/** Puts a clock in place. Before `createClient`, which remembers the clock of its time. */
export declare function createClock(): FakeClock;

/**
 * Starts a provider in a service worker: for pages without a server, with any `isolation`, popups and silent sign-in. It has a sign-in page
 * without a password, and lives at `provider` below the folder of the script, which is one line in a file of the application's root:
 * `import '/pkcewasm/testing-worker.js';` (or, bundled, `import 'pkcewasm/testing-worker.js'`).
 *
 * Parameters of the script's URL: `seconds`, the lifetime of access tokens; `client_id`, if it is not `app`; `auto`: nobody is asked.
 * A POST of `{ "fail": { "endpoint": "token", "fault": { "status": 503 }, "times": 2 } }`, `{ "recover": true }` or `{ "endSession": true }` to
 * `ISSUER/control` does what `fail`, `recover` and `endSession` do. Whoever opens the page can do all that, so there must be nothing behind it.
 *
 * Call it before `createClient`; needs https or loopback, there with `allowLoopbackHttp`, and service workers that are modules: Chromium,
 * Firefox from 147 on, Safari. A `TypeError` if the page is not below the folder of the script.
 * @returns the issuer, when all requests of the page and its workers go through it
 */
export declare function registerProvider(script: string | URL): Promise<string>;
