// What the tabs of an origin share of a session that is stored: one record and one lock. The module decides what happens
// to the record (internal/session, vault.go); these files only keep it: in IndexedDB (here) or sessionStorage (tab.js).
//
// An entry is {key, record, generation, holder}: the module's text, the number of times it was committed, and who may
// commit next. What belongs together happens in one transaction, so that a tab that slept in between cannot write over a
// newer record. The channel carries hints, never tokens.

import { change, read } from './database.js';
import { hasWebLocks, leaseLock, webLock } from './locks.js';
import { own } from './own.js';

/** @import { Lock } from './locks.js' */

/** @typedef {{ record: string, generation: number }} Stored */

/**
 * Where one entry is kept.
 * @typedef {object} Place
 * @property {() => Promise<any>} read
 * @property {(replace: (entry: any) => any) => Promise<any>} change reads and replaces it in one go; undefined deletes
 */

/** @typedef {ReturnType<typeof createVault>} Vault */

/** A refresh under way is waited for so long when a client is closed, and looked at so often (ms). */
const PATIENCE = 20_000, LOOK = 50;
/** Hints are acted upon at most this often (ms): a flood of forged ones costs ten reads a second. */
const HINT_PAUSE = 100;

/**
 * The vault of a session in IndexedDB.
 * @param {string} key of the record: one for each issuer and client, whatever version of this package
 * @param {() => void} onHint another tab changed the record
 * @returns {Vault}
 */
export function openVault(key, onHint) {
  const { BroadcastChannel } = globalThis;
  const name = `pkcewasm:${key}`;
  const holder = globalThis.crypto.randomUUID();
  const channel = typeof BroadcastChannel === 'function' ? new BroadcastChannel(name) : undefined;
  const hints = sparingly(onHint);
  const lock = hasWebLocks() ? webLock(name) : leaseLock(key, holder);
  if (channel) {
    channel.onmessage = ({ data }) => {
      if (own(data, 'type') === 'changed') hints.call();
    };
  }
  return createVault({
    key, holder, lock,
    place: { read: () => read('sessions', key), change: (replace) => change('sessions', key, replace) },
    // Another tab need not wait for the end of the lease. An answer that comes late is not committed if that tab was first.
    leave: () => lock.release(),
    hint: () => channel?.postMessage({ type: 'changed' }),
    close() {
      hints.stop();
      channel?.close();
    },
  });
}

/**
 * The methods that the module calls (internal/browser, vault.go), and those for the engine. None throws.
 * @param {object} options
 * @param {string} options.key
 * @param {string} options.holder who commits here
 * @param {Place} options.place
 * @param {Lock} options.lock
 * @param {() => void} [options.leave] the page stands still from now on
 * @param {() => void} options.hint tells the others
 * @param {() => void} options.close
 */
export function createVault({ key, holder, place, lock, leave, hint, close }) {
  return {
    lock: lock.acquire,
    unlock: () => lock.release(),
    load: async () => stored(await place.read()),
    /** Makes this tab the only one that may commit. */
    claim: async () => stored(await place.change((entry) => (stored(entry)?.record ? { ...entry, holder } : entry))),
    /** @param {string} record @param {number} generation */
    async commit(record, generation) {
      let done = false;
      await place.change((entry) => {
        done = stored(entry)?.generation === generation && own(entry, 'holder') === holder;
        return done ? { key, record, generation: generation + 1, holder } : entry;
      });
      return done;
    },
    /** @param {string} record */
    async put(record) {
      const entry = await place.change((old) => ({ key, record, generation: (stored(old)?.generation ?? 0) + 1, holder: '' }));
      return entry.generation;
    },
    /** Leaves the generation behind, so that the next sign-in is newer than all before it. @param {number} upTo */
    async erase(upTo) {
      await place.change((entry) => {
        const { generation = 0 } = stored(entry) ?? {};
        return entry && generation <= upTo ? { key, record: '', generation, holder: '' } : entry;
      });
    },
    hint() {
      try {
        hint();
      } catch { /* closed meanwhile */ }
    },
    /** Whether the browser keeps the lock. */
    exclusive: lock.exclusive,
    pause() {
      lock.pause();
      leave?.();
    },
    resume: () => lock.resume(),
    /** Starts no refresh any more, and waits for the one under way: its answer must not get lost. */
    async finish() {
      lock.pause();
      for (const end = performance.now() + PATIENCE; lock.held() && performance.now() < end;) {
        await new Promise((resolve) => { setTimeout(resolve, LOOK); });
      }
    },
    close() {
      lock.close();
      close();
    },
  };
}

/**
 * Any script of the origin may have written the entry.
 * @param {unknown} entry
 * @returns {Stored | undefined}
 */
function stored(entry) {
  const record = own(entry, 'record'), generation = own(entry, 'generation');
  return typeof record === 'string' && Number.isSafeInteger(generation) ? { record, generation: /** @type {number} */ (generation) } : undefined;
}

/** Calls a function at once, and then at most every HINT_PAUSE. @param {() => void} f */
function sparingly(f) {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  let again = false;
  const call = () => {
    if (timer !== undefined) {
      again = true;
      return;
    }
    timer = setTimeout(() => {
      timer = undefined;
      if (!again) return;
      again = false;
      call();
    }, HINT_PAUSE);
    f();
  };
  return { call, stop: () => clearTimeout(timer) };
}
