// The package's database: a few small records, each replaced in one transaction.

const DATABASE = 'pkcewasm';
const STORES = ['sessions', 'leases', 'keys'];
/** Number of the list of stores: a database with another one is completed. */
const VERSION = 2;
/** Longest wait for the database (ms): there are browsers in which it may never answer. */
const DEADLINE = 5_000;

/** @typedef {'sessions' | 'leases' | 'keys'} Store */

/**
 * @param {Store} store
 * @param {string} key
 * @returns {Promise<any>} the entry, if there is one
 */
export function read(store, key) {
  return transact('readonly', store, (entries) => entries.get(key));
}

/**
 * Reads an entry and replaces it in one transaction; undefined deletes it.
 * @param {Store} store
 * @param {string} key
 * @param {(entry: any) => any} replace
 * @returns {Promise<any>} what is stored afterwards
 */
export async function change(store, key, replace) {
  /** @type {any} */
  let result;
  await transact('readwrite', store, (entries) => {
    const reading = entries.get(key);
    reading.onsuccess = () => {
      result = replace(reading.result);
      if (result === reading.result) return;
      if (result === undefined) entries.delete(key);
      else entries.put(result);
    };
    return reading;
  });
  return result;
}

/**
 * Deletes entries whose member `until` is over.
 * @param {Store} store
 * @param {number} now wall clock in milliseconds
 */
export async function sweep(store, now) {
  await transact('readwrite', store, (entries) => {
    const walking = entries.openCursor();
    walking.onsuccess = () => {
      const cursor = walking.result;
      if (!(cursor?.value.until >= now)) cursor?.delete();
      cursor?.continue();
    };
    return walking;
  });
}

/** Transactions under way. @type {Set<Promise<unknown>>} */
const running = new Set();

/**
 * Waits for all that is under way. In WebKit a worker that is terminated in the middle of a transaction leaves every other one of
 * the origin waiting, for as long as the browser runs.
 */
export const idle = () => Promise.allSettled(running);

/**
 * @param {IDBTransactionMode} mode
 * @param {Store} store
 * @param {(entries: IDBObjectStore) => IDBRequest} use
 * @returns {Promise<any>} the request's result, once the transaction is complete and, for a write, durable
 */
function transact(mode, store, use) {
  const work = run(mode, store, use).finally(() => running.delete(work));
  running.add(work);
  return work;
}

/** @type {typeof transact} */
async function run(mode, store, use) {
  const database = await open();
  return new Promise((resolve, reject) => {
    const transaction = database.transaction(store, mode, { durability: 'strict' });
    const fail = () => reject(transaction.error ?? new Error('the database failed'));
    const timer = setTimeout(() => {
      try {
        transaction.abort(); // what is reported as failed must not happen later
      } catch { /* it has ended */ }
      fail();
    }, DEADLINE);
    const request = use(transaction.objectStore(store));
    transaction.oncomplete = () => {
      clearTimeout(timer);
      resolve(request.result);
    };
    transaction.onabort = () => {
      clearTimeout(timer);
      fail();
    };
  });
}

/** @type {Promise<IDBDatabase> | undefined} */
let opened;

function open() {
  if (opened) return opened;
  const forget = () => {
    if (opened === opening) opened = undefined;
  };
  const opening = new Promise((/** @type {(database: IDBDatabase) => void} */ resolve, reject) => {
    const request = globalThis.indexedDB.open(DATABASE, VERSION); // throws where the user blocks storage, or there is none
    const timer = setTimeout(() => reject(new Error('the database did not open in time')), DEADLINE);
    request.onupgradeneeded = () => {
      const { result } = request;
      for (const name of STORES) if (!result.objectStoreNames.contains(name)) result.createObjectStore(name, { keyPath: 'key' });
    };
    request.onsuccess = () => {
      clearTimeout(timer);
      const database = request.result;
      database.onclose = forget; // the user cleared the site's data
      database.onversionchange = () => {
        database.close();
        forget();
      };
      resolve(database);
    };
    request.onerror = () => {
      clearTimeout(timer);
      reject(request.error);
    };
  });
  opened = opening;
  opening.catch(forget);
  return opening;
}
