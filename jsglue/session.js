// The page's view of a session: who is signed in, the current access token and the one request in flight for it. Clients
// with the same configuration share one. The engine behind it is link.js's.

import { closed, crashed, signedOut } from './errors.js';
import { createLink } from './link.js';
import { own } from './own.js';
import { listenPage } from './page.js';
import { createRelayClient } from './relay.js';
import { isValid, tokenOf } from './token.js';

/** @import { AccessTokenOptions, ClientConfig, User } from './types.d.ts' */
/** @import { Answer } from './rpc.js' */
/** @import { CachedToken } from './token.js' */

/**
 * A configuration as createClient settled it.
 * @typedef {ClientConfig & { isolation: 'shared' | 'dedicated' | 'none', degraded: { feature: string, reason: string }[] }} SettledConfig
 */

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
  /** Whether the session may be there again when the engine is. */
  const durable = config.isolation === 'shared' || (config.storage ?? 'memory') !== 'memory';
  /** @type {User | undefined} */
  let user;
  /** @type {CachedToken | undefined} */
  let token;
  let users = 0, over = false;
  /** Somebody is signed in, as far as listeners were told. */
  let live = false;
  /** Counts ends of sessions: what was asked before one is void after it. */
  let epoch = 0;
  /** Counts sign-outs from here: a sign-in that was begun before one is void. */
  let departures = 0;
  /** Sign-outs from here under way, and whether somebody signed in meanwhile, in another tab. */
  let leaving = 0, missed = false;
  /** While it is being asked what happened when the page stood still. @type {Promise<void> | undefined} */
  let catchingUp;
  /** @type {Map<string, Promise<string>>} */
  const flights = new Map();
  /** @type {Set<(event: any) => void>} */
  const listeners = new Set();
  /** @param {string} feature @param {string} reason */
  const onDegraded = (feature, reason) => onEvent({ value: { type: 'degraded', feature, reason }, age: 0 });
  const link = createLink(config, {
    onEvent, onDegraded, onCrash, onLost, onBehind: () => catchUp('visible'), onState: (state) => void (over || reconcile(state, 'crashed')), onRelay: (message) => relay.receive(message),
  });
  const relay = createRelayClient((message, transfer) => link.post(message, transfer, (cause) => relay.fail(cause)));
  const stopListening = listenPage({
    onWake: (reason) => { wake(reason).catch(() => {}); }, // only a hint
    onAway: link.away,
    onBack(reason) {
      if (reason === 'pageshow') {
        for (const back of session.returns) back();
        session.returns.clear();
      }
      link.back();
      catchUp(reason);
    },
  });

  /** @param {string} reason */
  function wake(reason) {
    emit({ type: 'trace', step: 'wake', reason });
    return link.call({ op: 'wake', reason });
  }

  /** Nobody gets a token before it is known what happened. @param {string} reason */
  function catchUp(reason) {
    token = undefined;
    if (catchingUp) return; // it is shown and resumed
    const asking = (async () => {
      await wake(reason);
      const told = live;
      reconcile(await link.call({ op: 'state' }), 'logout_other_tab');
      if (live && !told) emit({ type: 'signedIn', user });
    })().catch(() => {}).finally(() => {
      if (catchingUp === asking) catchingUp = undefined;
    });
    catchingUp = asking;
  }

  function onCrash() {
    forgetUser();
    relay.fail(crashed());
    emit({ type: 'crashed' });
    if (!durable) onLost();
  }

  function onLost() {
    if (live && !over) end('crashed');
  }

  /** @param {Answer} event */
  function onEvent({ value, age }) {
    if (over) return;
    const type = own(value, 'type');
    if (type === 'signedOut') {
      epoch++;
      live = false;
      forgetUser();
    } else if (type === 'degraded') {
      const feature = own(value, 'feature');
      session.degraded = [...session.degraded.filter((event) => own(event, 'feature') !== feature), value];
    } else if (type === 'signedIn' || type === 'refreshed') {
      if (leaving) {
        missed = true;
        return;
      }
      accept({ value, age });
      delete value.token;
      value.user = user;
    }
    emit(value);
  }

  /** Makes what listeners were told and what an engine says agree. @param {Answer} state @param {string} reason */
  function reconcile(state, reason) {
    const before = user, told = live;
    const now = /** @type {User | undefined} */ (own(state.value, 'user'));
    if (leaving) return;
    if (told && (!now || (before && before.subject !== now.subject))) {
      epoch++;
      forgetUser();
      end(now ? 'replaced' : reason);
    }
    accept(state);
    if (!now || !before) return;
    if (before.subject !== now.subject) emit({ type: 'signedIn', user });
    else if (before.expiresAt !== now.expiresAt) emit({ type: 'refreshed', user });
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
  function accept(answer) {
    if (leaving) return;
    const newUser = /** @type {User | undefined} */ (own(answer.value, 'user'));
    if (newUser) {
      Object.freeze(newUser.claims);
      user = Object.freeze(newUser);
      live = true;
    }
    token = tokenOf(answer) ?? token;
  }

  /** A command whose answer is void if the session ends meanwhile. @param {{ op: string }} command */
  const run = async (command) => {
    const before = epoch, departed = departures;
    if (leaving) throw signedOut();
    const answer = await link.call(command);
    // A sign-in ends the session before it.
    if (command.op === 'callback' ? departures !== departed || !live : epoch !== before) throw signedOut();
    accept(answer);
    return answer;
  };

  /** The answer to a command that asks for a token, which is valid still. @param {{ op: string }} command */
  const askForToken = async (command) => {
    await catchingUp;
    for (let attempt = 0; ; attempt++) {
      const answer = await run(command);
      if (attempt > 0 || answer.age < STALE || isValid(token, 0)) return answer.value;
    }
  };

  /** @param {AccessTokenOptions} options */
  const requestToken = async ({ minValiditySeconds, forceRefresh: force, cacheOnly }) =>
    String((await askForToken({ op: 'token', ...{ minValiditySeconds, force, cacheOnly } })).token.accessToken);

  const session = {
    /** Handled callbacks by URL, while their session lives. @type {Map<string, { url: URL, result: Promise<any>, done: boolean }>} */
    callbacks: new Map(),
    /** The callback that failed and may be tried again. @type {URL | undefined} */
    retry: undefined,
    /** The navigation to the provider, while it is being prepared, and what was asked for. @type {{ asked: string, left: Promise<void> } | undefined} */
    signingIn: undefined,
    /** Events of this type so far, the last one of each feature. @type {object[]} */
    degraded: config.degraded.map((item) => Object.freeze({ type: 'degraded', ...item })),
    /** The sign-in in a popup under way. @type {import('./popup.js').Popup | undefined} */
    popup: undefined,
    /** Silent sign-ins under way, by their options. @type {Map<string, Promise<User>>} */
    silent: new Map(),
    /** This page is the callback page of a popup or a frame. @type {Promise<never> | undefined} */
    handingOver: undefined,
    /** Called when the page is shown again after it had left. @type {Set<() => void>} */
    returns: new Set(),
    link, run, askForToken, onDegraded,
    relayFetch: relay.fetch,
    getUser: () => user,
    /** The current token, if both clocks say that it is valid. */
    peekToken: () => (isValid(token, 0) ? /** @type {CachedToken} */ (token).promise : undefined),

    /**
     * A token, by at most one request at a time for callers that ask the same.
     * @param {AccessTokenOptions} options
     * @returns {Promise<string>}
     */
    fetchToken(options) {
      const { minValiditySeconds = 0, forceRefresh = false, cacheOnly = false } = options;
      if (token && !forceRefresh && isValid(token, minValiditySeconds * 1000)) return token.promise;
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
      departures++;
      leaving++;
      forgetUser();
      session.retry = undefined;
      try {
        return (await link.call(command)).value.url;
      } finally {
        leaving--;
        if (!leaving && missed) {
          missed = false;
          catchUp('visible');
        }
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
    release() {
      if (--users > 0 || over) return;
      over = true;
      forget();
      stopListening();
      relay.fail(closed());
      link.close();
    },
  };
  return session;
}
