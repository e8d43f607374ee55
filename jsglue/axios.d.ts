// The public types of pkcewasm/axios.

import type { TokenSource } from './server.d.ts';
import type { Client } from './types.d.ts';

/** What is used of an axios instance; any version 1 has it. */
export interface AxiosLike {
  interceptors: {
    request: Interceptors;
    response: Interceptors;
  };
  getUri(config?: any): string;
  request(config: any): Promise<any>;
}

/** Functions that see every request or every response. */
export interface Interceptors {
  use(onFulfilled?: any, onRejected?: any): number;
  eject(id: number): void;
}

/**
 * Adds the access token to the requests of an axios instance: to the page's own origin and `fetchOrigins` only. A 401
 * `invalid_token` is answered by one refresh, which all requests share, and one retry. Attach it before other interceptors,
 * which then run before it. The token is not left in the configuration that responses and errors carry, and is taken along a redirect
 * to those origins only (in browsers, from Chrome 119, to the same one only).
 *
 * With `exposeAccessToken: false` requests go through the worker (`client.fetch`), by axios' fetch adapter: axios 1.12 or later.
 * @returns a function that ends it
 */
export declare function attachTo(axios: AxiosLike, client: Client | TokenSource): () => void;

/** A `fetch` for code that takes one: `client.fetch` for the allowed origins, `globalThis.fetch` for all others. */
export declare function createFetch(client: Client | TokenSource): typeof fetch;
