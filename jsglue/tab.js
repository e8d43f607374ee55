// A session kept in the tab's sessionStorage, which outlives a reload but not the tab. window.open and "duplicate tab" copy
// sessionStorage, refresh token and all; so a record has an identifier, and belongs to the tab that holds the Web Lock of
// this name. A copy is deleted unread.

import { hasWebLocks, webLock } from './locks.js';
import { own } from './own.js';
import { createVault } from './vault.js';

/** @import { Vault } from './vault.js' */

/** Keys of the records: prefix, then issuer and client. */
const PREFIX = 'pkcewasm.session.';
/** How long a page waits for the page before it to let go of the record (ms). A copy waits in vain. */
const PATIENCE = 1_000;

/** Records in use by clients of this page. @type {Map<string, ReturnType<typeof openRecord>>} */
const records = new Map();

/**
 * The vault of a session in sessionStorage.
 * @param {string} key of the record: one for each issuer and client
 * @param {() => void} onHint another client of this page changed the record
 * @returns {Vault}
 */
export function openTabVault(key, onHint) {
  let record = records.get(key);
  if (!record) {
    record = openRecord(key);
    record.own();
    records.set(key, record);
  }
  const { place, mutex, listeners, disown } = record;
  listeners.add(onHint);
  return createVault({
    key, place, lock: webLock(mutex),
    holder: globalThis.crypto.randomUUID(),
    hint() {
      for (const listener of listeners) if (listener !== onHint) listener();
    },
    close() {
      listeners.delete(onHint);
      if (listeners.size > 0) return;
      records.delete(key);
      disown();
    },
  });
}

/** The page is about to stand still, and may never come back. */
export function leaveRecords() {
  for (const { disown } of records.values()) disown();
}

/** The page is shown again, from the back/forward cache. */
export function returnToRecords() {
  for (const record of records.values()) record.own();
}

/** @param {string} key */
function openRecord(key) {
  const name = PREFIX + key;
  const owner = createOwner(name);
  /** Generation of the entry, and of one that was deleted. */
  let generation = 0;

  /** @param {(entry: any) => any} use */
  const transact = async (use) => {
    const id = await owner.identifier();
    if (!id) throw new Error('the record is not of this page');
    const entry = parse(globalThis.sessionStorage.getItem(name));
    const before = own(entry, 'id') === id ? entry : { record: '', generation };
    const after = use(before);
    if (after === before) return;
    ({ generation } = after);
    globalThis.sessionStorage.setItem(name, after.record && JSON.stringify({ ...after, id }));
    if (!after.record) globalThis.sessionStorage.removeItem(name); // overwritten, then deleted
  };

  return {
    ...owner,
    place: {
      async read() {
        let read;
        await transact((entry) => (read = entry));
        return read;
      },
      async change(/** @type {(entry: any) => any} */ replace) {
        let after;
        await transact((entry) => (after = replace(entry)));
        return after;
      },
    },
    /** Name of the lock of a refresh: there may be clients with different options. */
    mutex: `pkcewasm.page:${globalThis.crypto.randomUUID()}`,
    /** @type {Set<() => void>} */
    listeners: new Set(),
  };
}

/**
 * Whether a record is this page's: while the page is shown it holds a lock with the record's identifier.
 * @param {string} name of the record
 */
function createOwner(name) {
  /** Ends the lock. */
  let release = () => {};
  /** The identifier, '' if the record is another's; not settled while the page is away. */
  let answer = pending();
  let away = true;
  /** Counts departures: what was asked before one is void. */
  let turn = 0;

  /** @param {string} id @param {number} now @returns {Promise<boolean>} */
  const hold = (id, now) => new Promise((resolve) => {
    const giveUp = new AbortController();
    const timer = setTimeout(() => giveUp.abort(), PATIENCE);
    globalThis.navigator.locks.request(`pkcewasm.tab:${id}`, { signal: giveUp.signal }, () => new Promise((end) => {
      clearTimeout(timer);
      release = () => end(undefined);
      if (turn !== now) release();
      resolve(true);
    })).catch(() => resolve(false));
  });

  const claim = async () => {
    const now = turn;
    const known = own(parse(globalThis.sessionStorage.getItem(name)), 'id');
    let id = typeof known === 'string' ? known : '';
    const frame = kindOfFrame();
    if (!hasWebLocks()) id = ''; // a copy of the tab could not be told apart
    else if (!id || !await hold(id, now)) {
      if (turn !== now) return;
      if (frame && (id || frame === 'same-origin')) id = ''; // it is another's, in the same storage
      else { // a copy, since any page but a frame has a storage of its own
        globalThis.sessionStorage.removeItem(name);
        id = globalThis.crypto.randomUUID();
        await hold(id, now);
      }
    }
    if (turn === now) answer.settle(id);
  };

  return {
    identifier: () => answer.promise,
    own() {
      if (!away) return; // it is shown, resumed or both
      away = false;
      claim().catch(() => answer.settle('')); // storage is denied
    },
    disown() {
      if (away) return;
      away = true;
      turn++;
      release();
      release = () => {};
      if (answer.settled) answer = pending();
    },
  };
}

/** A frame shares its storage with the page around it, or with its siblings if that is of another origin. */
function kindOfFrame() {
  const { parent } = /** @type {any} */ (globalThis);
  if (parent === undefined || parent === globalThis) return undefined;
  try {
    return parent.document ? 'same-origin' : 'foreign';
  } catch {
    return 'foreign';
  }
}

/** A promise of a text that is settled from outside. */
function pending() {
  /** @type {(text: string) => void} */
  let resolve;
  const result = {
    settled: false,
    promise: new Promise((/** @type {(text: string) => void} */ done) => { resolve = done; }),
    settle(/** @type {string} */ text) {
      result.settled = true;
      resolve(text);
    },
  };
  return result;
}

/** @param {string | null} text */
function parse(text) {
  try {
    return JSON.parse(text ?? 'null');
  } catch {
    return null;
  }
}
