// What the tabs of an origin share of a session with storage 'indexeddb': one record and one lock. The module decides
// what happens to the record (internal/session, vault.go); this file only keeps it.
//
// A record is {key, record, generation, holder}: the module's text, the number of times it was committed, and who may
// commit next. Reads and writes that belong together happen in one transaction, so that a tab that slept in between
// cannot write over a newer record. The channel carries hints, never tokens.

import { own } from './own.js';

/** @typedef {{ record: string, generation: number }} Stored */

const DATABASE = 'pkcewasm', STORE = 'sessions', LEASES = 'leases';
/** Hints are read together for so long (ms): a flood of forged ones costs one read each time. */
const HINT_PAUSE = 100;
/** How often a lease is looked at where there are no Web Locks, and how long one lasts without renewal (ms). */
const LEASE_POLL = 50, LEASE_TIME = 20_000;

/**
 * @param {string} key of the record: one for each issuer and client
 * @param {() => void} onHint another tab changed the record
 */
export function openVault(key, onHint) {
  const { BroadcastChannel, crypto, navigator } = globalThis;
  const holder = crypto.randomUUID();
  const lock = navigator?.locks ? webLock(`pkcewasm:${key}`) : leaseLock(key, holder);
  const channel = typeof BroadcastChannel === 'function' ? new BroadcastChannel(`pkcewasm:${key}`) : undefined;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let hinted;
  if (channel) {
    channel.onmessage = ({ data }) => {
      if (own(data, 'type') !== 'changed' || hinted !== undefined) return;
      hinted = setTimeout(() => {
        hinted = undefined;
        onHint();
      }, HINT_PAUSE);
    };
  }

  /** @param {any} entry @returns {Stored | undefined} */
  const stored = (entry) => entry && { record: String(entry.record), generation: Number(entry.generation) };

  return {
    /** Whether the lock is a real one, not a lease. */
    exclusive: lock.exclusive,
    lock: lock.acquire,
    unlock: lock.release,
    load: async () => stored(await transact('readonly', STORE, (store) => store.get(key))),
    claim: async () => stored(await change(STORE, key, (entry) => (entry?.record ? { ...entry, holder } : entry))),
    /** @param {string} record @param {number} generation */
    async commit(record, generation) {
      let done = false;
      await change(STORE, key, (entry) => {
        done = Boolean(entry) && entry.generation === generation && entry.holder === holder;
        return done ? { ...entry, record, generation: generation + 1 } : entry;
      });
      return done;
    },
    /** @param {string} record */
    async put(record) {
      const entry = await change(STORE, key, (old) => ({ key, record, generation: (old?.generation ?? 0) + 1, holder: '' }));
      return entry.generation;
    },
    /** Leaves the generation behind, so that the next sign-in is newer than all before it. @param {number} upTo */
    erase: async (upTo) => void await change(STORE, key, (entry) => (entry && entry.generation <= upTo ? { ...entry, record: '', holder: '' } : entry)),
    hint: () => channel?.postMessage({ type: 'changed' }),
    close() {
      clearTimeout(hinted);
      channel?.close();
      lock.release();
    },
  };
}

/** A lock that the browser keeps: it is freed when its tab dies, and can be stolen from a tab that is frozen. @param {string} name */
function webLock(name) {
  /** Ends the lock's callback, and with it the lock; undefined when it is not held. @type {(() => void) | undefined} */
  let release;
  return {
    exclusive: true,
    /** @param {number} wait @param {boolean} steal @returns {Promise<boolean>} */
    acquire: (wait, steal) => new Promise((resolve) => {
      if (release) return resolve(true);
      const giveUp = new AbortController();
      const timer = setTimeout(() => giveUp.abort(), wait);
      /** @type {(() => void) | undefined} */
      let mine;
      globalThis.navigator.locks.request(name, steal ? { steal } : { signal: giveUp.signal }, () => new Promise((end) => {
        clearTimeout(timer);
        release = mine = () => end(undefined);
        resolve(true);
      })).catch(() => {
        clearTimeout(timer);
        if (release === mine) release = undefined; // stolen
        resolve(false);
      });
    }),
    release() {
      release?.();
      release = undefined;
    },
  };
}

/** A lease in the database, for browsers without Web Locks. @param {string} key @param {string} holder */
function leaseLock(key, holder) {
  let held = false;
  /** @param {boolean} steal */
  const take = (steal) => change(LEASES, key, (lease) =>
    (steal || !lease || lease.holder === holder || lease.until < Date.now() ? { key, holder, until: Date.now() + LEASE_TIME } : lease));
  return {
    exclusive: false,
    /** @param {number} wait @param {boolean} steal */
    async acquire(wait, steal) {
      const end = Date.now() + wait;
      do {
        held = (await take(steal)).holder === holder;
        if (held) return true;
        await new Promise((resume) => { setTimeout(resume, LEASE_POLL * (0.5 + Math.random())); });
      } while (Date.now() < end);
      return false;
    },
    release() {
      if (held) change(LEASES, key, (lease) => (lease?.holder === holder ? undefined : lease)).catch(() => {}); // it runs out by itself
      held = false;
    },
  };
}

/**
 * Reads an entry and replaces it in one transaction; undefined deletes it.
 * @param {string} name of the object store
 * @param {string} key
 * @param {(entry: any) => any} replace
 * @returns {Promise<any>} what is stored afterwards
 */
function change(name, key, replace) {
  /** @type {any} */
  let result;
  return transact('readwrite', name, (store) => {
    const reading = store.get(key);
    reading.onsuccess = () => {
      result = replace(reading.result);
      if (result === undefined) store.delete(key);
      else if (result !== reading.result) store.put(result);
    };
    return reading;
  }).then(() => result);
}

/**
 * @param {IDBTransactionMode} mode
 * @param {string} name
 * @param {(store: IDBObjectStore) => IDBRequest} use
 * @returns {Promise<any>} the request's result, once the transaction is complete and, for a write, durable
 */
async function transact(mode, name, use) {
  const database = await open();
  return new Promise((resolve, reject) => {
    const transaction = database.transaction(name, mode, { durability: 'strict' });
    const request = use(transaction.objectStore(name));
    transaction.oncomplete = () => resolve(request.result);
    transaction.onabort = transaction.onerror = () => reject(transaction.error ?? new Error('storage'));
  });
}

/** @type {Promise<IDBDatabase> | undefined} */
let opened;

function open() {
  opened ??= new Promise((resolve, reject) => {
    const request = globalThis.indexedDB.open(DATABASE, 1);
    request.onupgradeneeded = () => {
      for (const name of [STORE, LEASES]) request.result.createObjectStore(name, { keyPath: 'key' });
    };
    request.onsuccess = () => {
      const forget = () => { opened = undefined; };
      request.result.onclose = forget;
      request.result.onversionchange = () => {
        request.result.close();
        forget();
      };
      resolve(request.result);
    };
    request.onerror = request.onblocked = () => {
      opened = undefined;
      reject(request.error ?? new Error('storage'));
    };
  });
  return opened;
}
