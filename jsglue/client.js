// createClient: what an application holds. The state is in session.js; here are the public functions, each of which
// validates its options, settles when the client is closed, and needs no `this`.

import { callbackUrl, cleanLocation, hasStorage, isCallback, keepTransaction, takeTransaction } from './callback.js';
import { isLoopback, returnPath, validateCall, validateConfig } from './config.js';
import { AuthError, aborted, closed, configError, notify } from './errors.js';
import { createFetch } from './fetch.js';
import { hasWorker } from './rpc.js';
import { acquireSession } from './session.js';

/** @import { Client, ClientConfig, User } from './types.d.ts' */
/** @import { Session, SettledConfig } from './session.js' */

const EVENTS = ['signedIn', 'refreshed', 'refreshFailed', 'expiring', 'expired', 'signedOut', 'degraded', 'crashed', 'trace'];

/**
 * Starts the engine and resolves when it is ready. Equal configurations on one page share one session.
 * @param {ClientConfig} config
 * @returns {Promise<Client>}
 */
export async function createClient(config) {
  const settled = settle(validateConfig(config));
  const session = acquireSession(settled);
  try {
    await session.ready;
  } catch (cause) {
    await session.release();
    throw cause;
  }
  return openClient(settled, session);
}

/**
 * Decides where things run, and refuses where they cannot.
 * @param {ClientConfig} config
 * @returns {SettledConfig}
 */
function settle(config) {
  const { location } = globalThis;
  const { isolation = 'shared' } = config;
  if (isolation === 'none' && config.exposeAccessToken === false) {
    throw configError('exposeAccessToken', "needs a worker: with isolation 'none' there is no place to keep the token in");
  }
  if (globalThis.isSecureContext === false && !(config.allowLoopbackHttp && location && isLoopback(location.hostname))) {
    throw new AuthError('insecure_context', 'sign-in needs a page delivered over https');
  }
  if (isolation !== 'none' && !hasWorker()) {
    throw new AuthError('unsupported', "this platform has no Worker; isolation: 'none' runs the engine in the caller's own realm", { description: 'worker' });
  }
  if (isolation === 'dedicated' && config.transaction === 'worker') {
    throw configError('transaction', "must be 'session' with isolation 'dedicated': that worker does not outlive the page");
  }
  const degraded = [];
  if (isolation === 'shared') {
    degraded.push({ feature: 'shared', reason: 'the shared worker is not available yet: each tab has a worker and a session of its own' });
    if (config.transaction === 'worker') degraded.push({ feature: 'transaction', reason: 'a redirect ends the worker of this tab: its one-time record waits in sessionStorage' });
  }
  const absolute = (/** @type {string | URL | undefined} */ url) => url === undefined ? undefined : new URL(url, location?.href).href;
  return { ...config, isolation: isolation === 'none' ? 'none' : 'dedicated', workerUrl: absolute(config.workerUrl), wasmUrl: absolute(config.wasmUrl), degraded };
}

/**
 * @param {SettledConfig} config
 * @param {Session} session
 * @returns {Client}
 */
function openClient(config, session) {
  const context = { http: config.allowLoopbackHttp === true };
  /** Rejects the promises that are pending. @type {Set<(error: Error) => void>} */
  const pending = new Set();
  /** @type {Map<string, Set<(event: any) => void>>} */
  const listeners = new Map(EVENTS.map((name) => [name, new Set()]));
  let isClosed = false;

  /**
   * The same promise, which also settles when the client is closed or the caller aborts.
   * @template T
   * @param {() => Promise<T>} run
   * @param {AbortSignal} [signal]
   * @returns {Promise<T>}
   */
  const settling = (run, signal) => new Promise((resolve, reject) => {
    if (isClosed) throw closed();
    if (signal?.aborted) throw aborted();
    const abort = () => reject(aborted());
    pending.add(reject);
    signal?.addEventListener('abort', abort);
    run().then(resolve, reject).finally(() => {
      pending.delete(reject);
      signal?.removeEventListener('abort', abort);
    });
  });

  const exposed = config.exposeAccessToken !== false;
  /** @param {any} options */
  const getToken = (options) => {
    if (!exposed) return Promise.reject(configError('exposeAccessToken', 'is false: the access token stays in the worker; use fetch'));
    try {
      const checked = validateCall('getAccessToken', options, context);
      return settling(() => session.fetchToken(checked), checked.signal);
    } catch (cause) {
      return Promise.reject(cause);
    }
  };
  const send = exposed ? createFetch({ ...config, getToken: (options) => session.fetchToken(options) }) : session.relayFetch;

  const stopListening = session.listen((event) => {
    for (const listener of listeners.get(event.type) ?? []) notify(listener, event);
  });

  /** @type {Client} */
  const client = {
    signInRedirect: /** @type {any} */ (async (/** @type {any} */ options) => {
      const { navigate, ...request } = validateCall('signInRedirect', options, context);
      return settling(() => signIn(config, session, request, navigate));
    }),

    isRedirectCallback: (url) => {
      if (url === undefined && [...session.callbacks.values()].some(({ done }) => !done)) return true;
      return (url !== undefined || globalThis.location !== undefined) && isCallback(callbackUrl(url), config.redirectUri);
    },

    handleRedirectCallback: (url) => settling(() => handleCallback(config, session, url)),

    getUser: () => isClosed ? undefined : session.getUser(),

    getAccessToken: (options) => {
      // The path of nearly every call: no message, no allocation.
      if (options === undefined && exposed && !isClosed && session.isValid(0)) return /** @type {any} */ (session.getToken()).promise;
      return getToken(options);
    },

    fetch: (input, init) => settling(() => send(input, init)),

    refresh: async (options) => {
      const { signal } = validateCall('refresh', options, context);
      return settling(async () => {
        await session.run({ op: 'refresh' });
        return /** @type {User} */ (session.getUser());
      }, signal);
    },

    signOut: async (options) => {
      const { navigate, ...request } = validateCall('signOut', options, context);
      return settling(async () => {
        const url = await session.signOut({ op: 'signOut', ...request });
        if (url) await go(url, navigate);
      });
    },

    on: (event, listener) => {
      const set = listeners.get(event);
      if (!set) throw configError('event', `must be one of ${EVENTS.join(', ')}`);
      if (typeof listener !== 'function') throw configError('listener', 'must be a function');
      const entry = (/** @type {any} */ data) => listener(data); // the same function twice is two listeners
      set.add(entry);
      if (event === 'degraded') {
        const { degraded } = session;
        queueMicrotask(() => {
          for (const item of degraded) if (set.has(entry)) notify(entry, item);
        });
      }
      return () => {
        set.delete(entry);
      };
    },

    close: async () => {
      if (isClosed) return;
      isClosed = true;
      stopListening();
      for (const set of listeners.values()) set.clear();
      for (const reject of pending) reject(closed());
      pending.clear();
      await session.release();
    },
  };
  return Object.freeze(client);
}

/**
 * @param {SettledConfig} config
 * @param {Session} session
 * @param {any} request
 * @param {((url: string) => void | Promise<void>) | undefined} navigate
 * @returns {Promise<void>} never resolves when the page leaves
 */
async function signIn(config, session, request, navigate) {
  const { location } = globalThis;
  if (!navigate && !location) throw configError('navigate', 'is missing: there is no page to navigate');
  const storage = hasStorage();
  // Without storage the record stays with the engine, which only an application that navigates elsewhere keeps alive.
  const keep = navigate && (!storage || config.transaction === 'worker') ? 'worker' : 'session';
  if (keep === 'session' && !storage) throw new AuthError('storage', 'sessionStorage is not available, and a redirect needs it; allow storage for this site');
  session.signingIn ??= prepare(config, session, request, keep, navigate).finally(() => {
    session.signingIn = undefined;
  });
  await session.signingIn;
  if (!navigate) await comeBack(session);
}

/**
 * @param {SettledConfig} config
 * @param {Session} session
 * @param {any} request
 * @param {string} keep
 * @param {((url: string) => void | Promise<void>) | undefined} navigate
 */
async function prepare(config, session, request, keep, navigate) {
  const returnTo = returnPath(request.returnTo);
  const { value } = await session.call({ op: 'signIn', ...request, returnTo, keep });
  if (keep === 'session') keepTransaction(value.state, value.transaction, config);
  await go(value.url, navigate);
}

/**
 * @param {string} url
 * @param {((url: string) => void | Promise<void>) | undefined} navigate
 */
async function go(url, navigate) {
  if (!/^https?:$/.test(new URL(url).protocol)) throw new AuthError('discovery', 'the provider\'s address is not an http(s) URL');
  if (navigate) await navigate(url);
  else globalThis.location?.assign(url);
}

/**
 * Rejects when the page is shown again from the back/forward cache: the user came back without signing in.
 * @param {Session} session
 */
function comeBack(session) {
  return new Promise((_, reject) => {
    session.returns.add(() => reject(new AuthError('aborted', 'the user came back without signing in', { description: 'back' })));
  });
}

/**
 * Everything up to the call runs before the first await: the address bar is clean and the transaction is gone when it returns.
 * @param {SettledConfig} config
 * @param {Session} session
 * @param {string | URL | undefined} given
 * @returns {Promise<{ user: User, returnTo?: string }>}
 */
function handleCallback(config, session, given) {
  const { callbacks } = session;
  const url = callbackUrl(given);
  const known = callbacks.get(url.href);
  if (known) return known.result;
  // A second call, as React's StrictMode makes it, finds a clean address bar: it means the callback before.
  if (given === undefined && callbacks.size > 0 && !isCallback(url, config.redirectUri)) return /** @type {any} */ ([...callbacks.values()].at(-1)).result;

  const owner = { issuer: config.issuer, clientId: config.clientId };
  let taken;
  try {
    taken = takeTransaction(url, owner);
    if (taken.foreign) throw new AuthError('state', 'this callback belongs to another client', { description: 'unknown' });
  } finally {
    if (!taken?.foreign) cleanLocation(url, config.redirectUri);
  }
  const result = finishCallback(session, { op: 'callback', url: url.href, ...taken });
  const entry = { result, done: false };
  callbacks.set(url.href, entry);
  result.then(() => { entry.done = true; }, () => callbacks.delete(url.href));
  return result;
}

/**
 * @param {Session} session
 * @param {object} command
 */
async function finishCallback(session, command) {
  const answer = await session.run(command);
  const returnTo = returnPath(answer.value.returnTo);
  const user = /** @type {User} */ (session.getUser());
  return Object.freeze(returnTo === undefined ? { user } : { user, returnTo });
}
