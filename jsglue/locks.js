// One lock for all tabs of an origin: a Web Lock, or a lease in the database where there are none. Whoever waits for it
// gives up in time and takes it away (steals), because its holder may be frozen. So it is not what keeps records right,
// that is their generation (vault.js); it keeps two tabs from sending the same refresh token.

import { change } from './database.js';

/**
 * @typedef {object} Lock
 * @property {boolean} exclusive whether the browser keeps it
 * @property {(wait: number, steal: boolean) => Promise<boolean>} acquire waits so many milliseconds; stealing always succeeds
 * @property {() => void} release
 * @property {() => void} pause the page freezes: waits end, lest a frozen tab is given the lock, and begin anew with resume
 * @property {() => void} resume
 * @property {() => boolean} held whether it is held here, as far as is known
 * @property {() => void} close releases it and ends all waits
 */

/** How often a lease is looked at, and how long one lasts without renewal (ms). */
const LEASE_POLL = 50, LEASE_TIME = 20_000;
/** Why a wait ended that is to begin anew. */
const INTERRUPTED = 'interrupted';

/** @returns {boolean} */
export function hasWebLocks() {
  return typeof globalThis.navigator?.locks?.request === 'function';
}

/**
 * A lock that is freed when its tab dies.
 * @param {string} name
 * @returns {Lock}
 */
export function webLock(name) {
  /** Ends the lock's callback, and with it the lock; undefined when it is not held. @type {(() => void) | undefined} */
  let release;
  /** The waits under way. @type {Set<AbortController>} */
  const waits = new Set();
  /** While paused. @type {Promise<void> | undefined} */
  let paused;
  let resume = () => {};
  let closed = false;

  /** @param {number} wait @param {boolean} steal @returns {Promise<'held' | 'refused' | 'interrupted'>} */
  const request = (wait, steal) => new Promise((resolve) => {
    const giveUp = new AbortController();
    const timer = steal ? undefined : setTimeout(() => giveUp.abort(), wait);
    waits.add(giveUp);
    const settle = (/** @type {'held' | 'refused' | 'interrupted'} */ outcome) => {
      clearTimeout(timer);
      waits.delete(giveUp);
      resolve(outcome);
    };
    /** @type {(() => void) | undefined} */
    let mine;
    globalThis.navigator.locks.request(name, steal ? { steal } : { signal: giveUp.signal }, () => new Promise((end) => {
      release = mine = () => end(undefined);
      settle('held');
    })).catch(() => {
      if (mine && release === mine) release = undefined; // it was stolen
      settle(giveUp.signal.reason === INTERRUPTED ? 'interrupted' : 'refused');
    });
  });

  const interrupt = () => {
    for (const wait of waits) wait.abort(INTERRUPTED);
  };

  /** @type {Lock} */
  const lock = {
    exclusive: true,
    async acquire(wait, steal) {
      for (;;) {
        while (paused) await paused;
        if (closed) return false;
        if (release) return true;
        const outcome = await request(wait, steal);
        if (outcome === 'interrupted') continue;
        // A lock that cannot even be stolen does not work at all: the generation alone must do.
        return outcome === 'held' || steal;
      }
    },
    release() {
      release?.();
      release = undefined;
    },
    pause() {
      paused ??= new Promise((done) => { resume = () => done(); });
      interrupt();
    },
    resume() {
      paused = undefined;
      resume();
    },
    held: () => release !== undefined,
    close() {
      closed = true;
      lock.release();
      lock.resume();
      interrupt();
    },
  };
  return lock;
}

/**
 * A lease in the database, for browsers without Web Locks.
 * @param {string} key
 * @param {string} holder
 * @returns {Lock}
 */
export function leaseLock(key, holder) {
  let held = false, paused = false, closed = false;
  /** @param {boolean} steal */
  const take = async (steal) => {
    const lease = await change('leases', key, (lease) =>
      (steal || typeof lease?.until !== 'number' || lease.holder === holder || lease.until < Date.now() ? { key, holder, until: Date.now() + LEASE_TIME } : lease));
    return lease.holder === holder;
  };
  /** @type {Lock} */
  const lock = {
    exclusive: false,
    async acquire(wait, steal) {
      const end = performance.now() + wait;
      do {
        held = !paused && await take(steal).catch(() => steal);
        if (held || closed) return held;
        await new Promise((resume) => { setTimeout(resume, LEASE_POLL * (0.5 + Math.random())); });
      } while (steal || performance.now() < end);
      return false;
    },
    release() {
      if (held) change('leases', key, (lease) => (lease?.holder === holder ? undefined : lease)).catch(() => {}); // it runs out by itself
      held = false;
    },
    pause: () => { paused = true; },
    resume: () => { paused = false; },
    held: () => held,
    close() {
      closed = true;
      lock.release();
    },
  };
  return lock;
}
