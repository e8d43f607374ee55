// createClient: what an application holds. The state is in session.js; here are the public functions, each of which
// validates its options, settles when the client is closed, and needs no `this`.

import { publishAccess } from './access.js';
import { handOver } from './answer.js';
import { callbackUrl, isCallback } from './callback.js';
import { isLoopback, validateCall, validateConfig } from './config.js';
import { AuthError, aborted, closed, configError, missing, notify } from './errors.js';
import { createAccess, credentialsOf } from './fetch.js';
import { signInPopup } from './popup.js';
import { go, handleCallback, signIn } from './redirect.js';
import { acquireSession } from './session.js';
import { hasSharedWorker, hasWorker } from './start.js';

/** @import { Target } from './fetch.js' */
/** @import { Client, ClientConfig, User } from './types.d.ts' */
/** @import { Session, SettledConfig } from './session.js' */

const EVENTS = ['signedIn', 'refreshed', 'refreshFailed', 'expiring', 'expired', 'signedOut', 'degraded', 'crashed', 'trace'];

/** Loaded when it is asked for: not many sign in silently. */
const silently = () => import('./silent.js').catch(missing('silent.js'));

/**
 * Starts the engine and resolves when it is ready. Equal configurations on one page share one session.
 * @param {ClientConfig} config
 * @returns {Promise<Client>}
 */
export async function createClient(config) {
  const settled = settle(validateConfig(config));
  const session = acquireSession(settled);
  try {
    await session.link.ready;
    if (settled.restore) await (await silently()).restore(settled, session);
  } catch (cause) {
    session.release();
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
  const { storage, transaction } = config;
  // sessionStorage is of one tab, and so is its worker.
  let { isolation = storage === 'session' ? 'dedicated' : 'shared' } = config;
  if (isolation === 'shared' && storage === 'session') {
    throw configError('storage', "'session' is of one tab, and the shared worker serves all of them: leave isolation out, or use storage 'indexeddb'");
  }
  if (isolation === 'none' && config.exposeAccessToken === false) {
    throw configError('exposeAccessToken', "needs a worker: with isolation 'none' there is no place to keep the token in");
  }
  if (globalThis.isSecureContext === false && !(config.allowLoopbackHttp && location && isLoopback(location.hostname))) {
    throw new AuthError('insecure_context', 'sign-in needs a page delivered over https');
  }
  if (isolation !== 'none' && !hasWorker()) {
    throw new AuthError('unsupported', "this platform has no Worker; isolation: 'none' runs the engine in the caller's own realm", { description: 'worker' });
  }
  if (isolation === 'dedicated' && transaction === 'worker') {
    throw configError('transaction', "must be 'session' with isolation 'dedicated': that worker does not outlive the page");
  }
  const degraded = [];
  if (isolation === 'shared' && !hasSharedWorker()) {
    degraded.push({ feature: 'shared', reason: 'this browser has no SharedWorker: each tab has a worker and a session of its own' });
    isolation = 'dedicated';
  }
  const absolute = (/** @type {string | URL | undefined} */ url) => url === undefined ? undefined : new URL(url, location?.href).href;
  return { ...config, isolation, workerUrl: absolute(config.workerUrl), wasmUrl: absolute(config.wasmUrl), degraded };
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
  const closing = new AbortController();
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
  const bound = (config.dpop ?? 'off') !== 'off';
  /** @param {Target} target */
  const prove = async (target) => credentialsOf(await session.askForToken(/** @type {any} */ ({ op: 'proof', ...target })));
  const access = createAccess({ ...config, prove: bound ? prove : undefined, getToken: (options) => (exposed ? session.fetchToken(options) : getToken(options)) });
  const send = exposed ? access.fetch : session.relayFetch;

  const stopListening = session.listen((event) => {
    for (const listener of listeners.get(event.type) ?? []) notify(listener, event);
  });

  /** @type {Client} */
  const client = {
    signInRedirect: /** @type {any} */ (async (/** @type {any} */ options) => {
      const { navigate, ...request } = validateCall('signInRedirect', options, context);
      return settling(() => signIn(config, session, request, navigate));
    }),

    signInPopup: async (options) => {
      const { signal, returnTo: _, ...request } = validateCall('signInPopup', options, context);
      return settling(() => signInPopup(config, session, request, [signal, closing.signal]), signal);
    },

    signInSilent: async (options) => {
      const { signal, returnTo: _, ...request } = validateCall('signInSilent', options, context);
      return settling(async () => (await silently()).signInSilent(config, session, request, [closing.signal]), signal);
    },

    isRedirectCallback: (url) => {
      if (url === undefined && session.handingOver) return true;
      if (url === undefined && (session.retry || [...session.callbacks.values()].some(({ done }) => !done))) return true;
      return (url !== undefined || globalThis.location !== undefined) && isCallback(callbackUrl(url), config.redirectUri, config.responseMode);
    },

    handleRedirectCallback: (url) => settling(() => handOver(config, session, url) ?? handleCallback(config, session, url)),

    getUser: () => isClosed ? undefined : session.getUser(),

    getAccessToken: (options) => {
      // The path of nearly every call: no message, no allocation.
      const valid = options === undefined && exposed && !isClosed && session.peekToken();
      return valid || getToken(options);
    },

    createDpopProof: async (options) => {
      const { url, method = 'GET', nonce, signal } = validateCall('createDpopProof', { ...options, url: String(options?.url) }, context);
      if (!bound) throw configError('dpop', 'is off, so that no token is bound to a key');
      return settling(async () => {
        const { token: accessToken, proof } = await prove({ method, url, nonce });
        return { accessToken, proof };
      }, signal);
    },

    fetch: (input, init) => settling(() => send(input, init)),

    refresh: async (options) => {
      const { signal } = validateCall('refresh', options, context);
      return settling(async () => {
        await session.run({ op: 'refresh' });
        return /** @type {User} */ (session.getUser());
      }, signal);
    },

    fetchUserInfo: async (options) => {
      const { signal } = validateCall('fetchUserInfo', options, context);
      return settling(async () => (await session.run({ op: 'userInfo' })).value.claims, signal);
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

    diagnose: async () => {
      try {
        const { examine } = await import('./examine.js');
        return await examine(config, { degraded: session.degraded, signedIn: session.getUser() !== undefined });
      } catch {
        const finding = /** @type {const} */ ({ check: 'module', status: 'problem', message: 'examine.js could not be loaded: the files of the package must be served together.', docs: 'https://github.com/pkcewasm/pkcewasm' });
        return { status: finding.status, findings: [finding] };
      }
    },

    close: async () => {
      if (isClosed) return;
      isClosed = true;
      closing.abort();
      stopListening();
      for (const set of listeners.values()) set.clear();
      for (const reject of pending) reject(closed());
      pending.clear();
      session.release();
    },
  };
  publishAccess(client, { ...access, direct: exposed && !bound });
  return Object.freeze(client);
}
