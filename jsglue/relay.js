// fetch in the worker, for clients that keep the access token out of the page: a request goes through the port in
// pieces, its answer comes back with a body that is pulled chunk by chunk.
//
//   to the worker    relay {id, request} · relay {id, pull} · relay {id, cancel}
//   from the worker  relay {id, response} · relay {id, chunk} (none: the end) · relay {id, error}

import { AuthError, toAuthError, toPlainError } from './errors.js';
import { createAccess } from './fetch.js';
import { bare, own } from './own.js';

/** @import { ClientConfig } from './types.d.ts' */
/** @import { Engine } from './engine.js' */

/** Members of a request that cross the port as they are. */
const MEMBERS = /** @type {const} */ (['method', 'mode', 'credentials', 'cache', 'redirect', 'referrerPolicy', 'integrity', 'keepalive']);
/** Status codes whose answers have no body (Fetch Standard, "null body status"). */
const WITHOUT_BODY = new Set([101, 103, 204, 205, 304]);

/**
 * fetch with the engine's token: one for all pages, so that they share a refresh after a 401.
 * @param {ClientConfig} config
 * @param {Engine} engine
 */
export function createRelayFetch({ fetchOrigins, allowLoopbackHttp, dpop = 'off' }, engine) {
  const prove = dpop === 'off' ? undefined : engine.prove;
  return createAccess({ fetchOrigins, allowLoopbackHttp, prove, getToken: ({ forceRefresh }) => engine.token(forceRefresh ? { force: true } : {}) }).fetch;
}

/**
 * The worker's end.
 * @param {typeof fetch} authorizedFetch
 * @param {(message: object, transfer?: Transferable[]) => void} post
 */
export function createRelay(authorizedFetch, post) {
  /** @type {Map<number, { controller: AbortController, reader?: ReadableStreamDefaultReader<Uint8Array> }>} */
  const running = new Map();

  /** @param {number} id @param {any} request */
  const start = async (id, request) => {
    const controller = new AbortController();
    running.set(id, { controller });
    try {
      const init = /** @type {any} */ (bare({ headers: request.headers, body: request.body, signal: controller.signal }));
      for (const name of MEMBERS) init[name] = request[name];
      const response = await authorizedFetch(request.url, init);
      const { status, statusText, url, body } = response;
      if (body) running.set(id, { controller, reader: body.getReader() });
      else running.delete(id);
      post({ kind: 'relay', id, response: { status, statusText, url, headers: [...response.headers], body: Boolean(body) } });
    } catch (cause) {
      fail(id, cause);
    }
  };

  /** @param {number} id */
  const pull = async (id) => {
    const { reader } = running.get(id) ?? {};
    if (!reader) return fail(id, undefined); // it was the worker's before this one
    try {
      const { done, value } = await reader.read();
      if (done) running.delete(id);
      post({ kind: 'relay', id, chunk: value });
    } catch (cause) {
      fail(id, cause);
    }
  };

  /** @param {number} id @param {unknown} cause */
  const fail = (id, cause) => {
    running.delete(id);
    post({ kind: 'relay', id, error: cause instanceof AuthError ? toPlainError(cause) : null });
  };

  return {
    /** @param {unknown} message */
    receive(message) {
      const id = own(message, 'id');
      if (typeof id !== 'number') return;
      const request = own(message, 'request');
      if (request) start(id, request);
      else if (own(message, 'pull')) pull(id);
      else if (own(message, 'cancel')) {
        running.get(id)?.controller.abort();
        running.delete(id);
      }
    },
    close() {
      for (const { controller } of running.values()) controller.abort();
      running.clear();
    },
  };
}

/**
 * The page's end.
 * @param {(message: object, transfer: Transferable[]) => void} post
 */
export function createRelayClient(post) {
  /** @type {Map<number, { resolve: (message: unknown) => void, reject: (error: unknown) => void }>} */
  const waiting = new Map();
  let nextId = 1;

  /**
   * @param {number} id
   * @param {object} message
   * @param {Transferable[]} [transfer]
   */
  const ask = (id, message, transfer = []) => new Promise((resolve, reject) => {
    waiting.set(id, { resolve, reject });
    post({ kind: 'relay', id, ...message }, transfer);
  });

  /** @param {number} id @param {AbortSignal} signal */
  const bodyOf = (id, signal) => new ReadableStream(/** @type {UnderlyingDefaultSource} */ (bare({
    /** @param {any} controller */
    async pull(controller) {
      signal.throwIfAborted();
      const chunk = own(await ask(id, { pull: true }), 'chunk');
      if (chunk === undefined) controller.close();
      else controller.enqueue(chunk);
    },
    cancel: () => post({ kind: 'relay', id, cancel: true }, []),
  })), bare({ highWaterMark: 0 }));

  return {
    /**
     * @param {RequestInfo | URL} input
     * @param {RequestInit} [init]
     * @returns {Promise<Response>}
     */
    async fetch(input, init) {
      const request = new Request(input, bare(init ?? {}));
      const { signal } = request;
      signal.throwIfAborted();
      const id = nextId++;
      const body = request.method === 'GET' || request.method === 'HEAD' ? undefined : await request.arrayBuffer();
      const pieces = /** @type {any} */ (bare({ url: request.url, headers: [...request.headers], body: body?.byteLength ? body : undefined }));
      for (const name of MEMBERS) pieces[name] = request[name];
      const abort = () => {
        waiting.get(id)?.reject(signal.reason);
        waiting.delete(id);
        post({ kind: 'relay', id, cancel: true }, []);
      };
      signal.throwIfAborted();
      signal.addEventListener('abort', abort);
      const { status, statusText, url, headers, body: hasBody } = /** @type {any} */ (own(await ask(id, { request: pieces }, body ? [body] : []), 'response'));
      const response = new Response(hasBody && !WITHOUT_BODY.has(status) ? bodyOf(id, signal) : null, bare({ status, statusText, headers }));
      return Object.defineProperty(response, 'url', bare({ value: url }));
    },
    /** @param {unknown} message */
    receive(message) {
      const id = /** @type {number} */ (own(message, 'id'));
      const call = waiting.get(id);
      waiting.delete(id);
      const error = own(message, 'error');
      // As window.fetch: what went wrong on the way to a resource server is a TypeError.
      if (error === undefined) call?.resolve(message);
      else call?.reject(error === null ? new TypeError('Failed to fetch') : toAuthError(error));
    },
    /** @param {Error} error */
    fail(error) {
      for (const call of waiting.values()) call.reject(error);
      waiting.clear();
    },
  };
}
