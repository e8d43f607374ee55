// The page's view of a session: who is signed in, the current access token, the one request in flight for it, and the
// engine behind it, which is started again when it dies. Clients with the same configuration share one.

import { openEngine } from './engine.js';
import { AuthError, crashed } from './errors.js';
import { own } from './own.js';
import { createRelayClient } from './relay.js';
import { openWorker } from './rpc.js';
import { listenWake } from './wake.js';

/** @import { AccessTokenOptions, ClientConfig, User } from './types.d.ts' */
/** @import { Answer, Backend } from './rpc.js' */

/**
 * A configuration as createClient settled it.
 * @typedef {ClientConfig & { isolation: 'dedicated' | 'none', degraded: { feature: string, reason: string }[] }} SettledConfig
 */

/**
 * A token with the moments at which either clock says that it has expired.
 * @typedef {{ value: string, promise: Promise<string>, wall: number, monotonic: number }} CachedToken
 */

/** How often an engine is started again: so many times in so many milliseconds. */
const MAX_RESTARTS = 3, RESTART_WINDOW = 5 * 60_000;
/** An answer that was that long under way (ms) may hold a token that has expired since. */
const STALE = 1_000;

/** @typedef {ReturnType<typeof openSession>} Session */

/** Live sessions by configuration. @type {Map<string, Session>} */
const sessions = new Map();

/**
 * The session for a configuration. Every acquire needs a release.
 * @param {SettledConfig} config
 * @returns {Session}
 */
export function acquireSession(config) {
  const key = JSON.stringify(config);
  let session = sessions.get(key);
  if (!session) {
    session = openSession(config, () => {
      if (sessions.get(key) === session) sessions.delete(key);
    });
    sessions.set(key, session);
  }
  session.retain();
  return session;
}

/**
 * @param {SettledConfig} config
 * @param {() => void} forget called when the session ends or could not start
 */
function openSession(config, forget) {
  const { isolation, workerUrl, wasmUrl, degraded: known, ...settings } = config;
  /** @type {Promise<Backend> | undefined} */
  let backend;
  /** @type {User | undefined} */
  let user;
  /** @type {CachedToken | undefined} */
  let token;
  let users = 0, over = false;
  /** Somebody is signed in, as far as events said. */
  let live = false;
  /** Counts sign-outs: what was asked before one is void after it. */
  let epoch = 0;
  /** Sign-outs under way. */
  let leaving = 0;
  /** @type {number[]} */
  const restarts = [];
  /** @type {Map<string, Promise<string>>} */
  const flights = new Map();
  /** @type {Set<(event: any) => void>} */
  const listeners = new Set();
  const relay = createRelayClient((message, transfer) => {
    backend?.then(({ post }) => post?.(message, transfer), (cause) => relay.fail(cause));
  });
  const stopWake = listenWake((reason) => {
    if (reason === 'pageshow') {
      for (const back of session.returns) back();
      session.returns.clear();
    }
    call({ op: 'wake', reason }).catch(() => {}); // only a hint
  });

  const connect = async () => {
    const text = JSON.stringify(settings);
    const handlers = { onEvent, onRelay: relay.receive, onCrash };
    const opened = isolation === 'none'
      ? await openHere(text, wasmUrl, handlers)
      : await openWorker({ config: text, wasm: wasmUrl && String(wasmUrl), workerUrl }, handlers);
    if (over) opened.close();
    else accept(opened.state);
    return opened;
  };

  const start = () => {
    const started = connect();
    backend = started;
    started.catch(() => {
      if (backend === started) backend = undefined;
    });
    return started;
  };

  /** @param {object} command */
  const call = async (command) => {
    if (over) throw new AuthError('closed', 'the client was closed');
    if (!backend && !mayRestart()) throw crashed();
    const { call: send } = await (backend ?? start());
    return send(command);
  };

  function mayRestart() {
    const now = performance.now();
    while (restarts.length && now - restarts[0] > RESTART_WINDOW) restarts.shift();
    return restarts.length < MAX_RESTARTS && Boolean(restarts.push(now));
  }

  function onCrash() {
    if (over) return;
    forgetUser();
    relay.fail(crashed());
    backend = undefined;
    if (mayRestart()) start();
    emit({ type: 'crashed' });
    if (live) end('crashed');
  }

  /** @param {Answer} event */
  function onEvent({ value, age }) {
    if (over) return;
    const type = own(value, 'type');
    if (type === 'signedOut') {
      forgetUser();
      live = false;
    } else if (type === 'degraded') {
      const feature = own(value, 'feature');
      session.degraded = [...session.degraded.filter((event) => own(event, 'feature') !== feature), value];
    } else if (type === 'signedIn' || type === 'refreshed') {
      accept({ value, age });
      live = true;
      delete value.token;
      value.user = user;
    }
    emit(value);
  }

  /** @param {string} reason */
  function end(reason) {
    live = false;
    emit({ type: 'signedOut', reason });
  }

  /** @param {object} event */
  function emit(event) {
    Object.freeze(event);
    for (const listener of listeners) listener(event);
  }

  function forgetUser() {
    user = token = undefined;
    for (const [url, { done }] of session.callbacks) if (done) session.callbacks.delete(url);
  }

  /**
   * Takes over what an answer or an event says about the user and the token.
   * @param {Answer} answer
   */
  function accept({ value, age }) {
    if (leaving) return;
    const newUser = /** @type {User | undefined} */ (own(value, 'user'));
    if (newUser) {
      Object.freeze(newUser.claims);
      user = Object.freeze(newUser);
      live = true;
    }
    const newToken = own(value, 'token');
    if (newToken) {
      const text = String(own(newToken, 'accessToken'));
      const left = Number(own(newToken, 'validForMs')) - age;
      token = { value: text, promise: Promise.resolve(text), wall: Date.now() + left, monotonic: performance.now() + left };
    }
  }

  /** A command whose answer is void if the user signs out meanwhile. @param {object} command */
  const run = async (command) => {
    const asked = epoch;
    if (leaving) throw signedOut();
    const answer = await call(command);
    if (epoch !== asked) throw signedOut();
    accept(answer);
    return answer;
  };

  /** @param {AccessTokenOptions} options */
  const requestToken = async ({ minValiditySeconds, forceRefresh: force, cacheOnly }) => {
    for (let attempt = 0; ; attempt++) {
      const answer = await run({ op: 'token', minValiditySeconds, force, cacheOnly });
      if (attempt > 0 || answer.age < STALE || session.isValid(0)) return String(answer.value.token.accessToken);
    }
  };

  const session = {
    /** Handled callbacks by URL, while their session lives. @type {Map<string, { result: Promise<any>, done: boolean }>} */
    callbacks: new Map(),
    /** The navigation to the provider, while it is being prepared. @type {Promise<any> | undefined} */
    signingIn: undefined,
    /** Events of this type so far, the last one of each feature. @type {object[]} */
    degraded: known.map((item) => Object.freeze({ type: 'degraded', ...item })),
    /** Called when the page is shown again after it had left. @type {Set<() => void>} */
    returns: new Set(),
    ready: start(),
    call,
    run,
    relayFetch: relay.fetch,
    getUser: () => user,
    getToken: () => token,
    /** Whether the token is valid by both clocks for so many more milliseconds. @param {number} left */
    isValid: (left) => token !== undefined && Date.now() + left < token.wall && performance.now() + left < token.monotonic,

    /**
     * A token, by at most one request at a time for callers that ask the same.
     * @param {AccessTokenOptions} options
     * @returns {Promise<string>}
     */
    fetchToken(options) {
      const { minValiditySeconds = 0, forceRefresh = false, cacheOnly = false } = options;
      if (token && !forceRefresh && session.isValid(minValiditySeconds * 1000)) return token.promise;
      const key = `${epoch} ${minValiditySeconds} ${forceRefresh} ${cacheOnly}`;
      let flight = flights.get(key);
      if (!flight) {
        flight = requestToken(options).finally(() => flights.delete(key));
        flights.set(key, flight);
      }
      return flight;
    },

    /**
     * Ends the session. Nobody gets a token from the moment of the call.
     * @param {object} command
     * @returns {Promise<string | undefined>} where to go next
     */
    async signOut(command) {
      epoch++;
      leaving++;
      forgetUser();
      try {
        return (await call(command)).value.url;
      } finally {
        leaving--;
      }
    },

    /** @param {(event: any) => void} listener */
    listen(listener) {
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
      };
    },
    retain() {
      users++;
    },
    async release() {
      if (--users > 0 || over) return;
      over = true;
      forget();
      stopWake();
      relay.fail(new AuthError('closed', 'the client was closed'));
      const opened = await backend?.catch(() => undefined);
      opened?.close();
    },
  };
  return session;
}

/**
 * An engine in this realm, in the form of a worker's.
 * @param {string} config
 * @param {string | URL | undefined} wasm
 * @param {{ onEvent: (event: Answer) => void, onCrash: () => void }} handlers
 * @returns {Promise<Backend>}
 */
async function openHere(config, wasm, { onEvent, onCrash }) {
  /** @param {string} text @returns {Answer} */
  const answer = (text) => ({ value: JSON.parse(text), age: 0 });
  const engine = await openEngine({ config, wasm, runtime: import('./runtime.js'), onEvent: (text) => onEvent(answer(text)), onCrash });
  return {
    state: answer(engine.state),
    call: async (command) => answer(await engine.call(JSON.stringify(command))),
    close: engine.close,
  };
}

function signedOut() {
  return new AuthError('signed_out', 'the user signed out meanwhile');
}
