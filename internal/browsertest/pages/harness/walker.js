// Everything that a script of the page can reach without a debugger: the graph of objects from globalThis, with getters of
// prototypes called on the real receiver, memories and buffers, what is stored, the document, the history. What it cannot see
// is a closure: for that there is the heap snapshot.

/** Bytes that are decoded at once; a text may lie across the border. */
const CHUNK = 1 << 22, OVERLAP = 512;

/**
 * Looks for texts, as they are, cut off, percent-encoded or in base64; and, by the name `private CryptoKey`, for keys that sign.
 * @param {string[]} canaries of 12 characters or more
 * @returns {Promise<string[]>} where one was found
 */
export async function walk(canaries) {
  /** @type {string[]} */
  const hits = [];
  const forms = canaries.flatMap((text) => [text, encodeURIComponent(text), attempt(() => btoa(text).split('=')[0]) ?? text, text.slice(0, 24), text.slice(-24)]);
  const look = (/** @type {string} */ text, /** @type {string} */ where) => { if (forms.some((form) => text.includes(form))) hits.push(where); };
  const lookInto = (/** @type {ArrayBuffer} */ buffer, /** @type {string} */ where) => {
    const bytes = new Uint8Array(buffer);
    for (let at = 0; at < bytes.length; at += CHUNK - OVERLAP) look(new TextDecoder('latin1').decode(bytes.subarray(at, at + CHUNK)), where);
    look(new TextDecoder('utf-16le').decode(bytes.subarray(0, bytes.length & ~1)), `${where} (UTF-16)`);
  };
  walkObjects(globalThis, 'globalThis', look, lookInto);
  await walkStorage((value, where) => walkObjects(value, where, look, lookInto));
  walkDocument(look);
  return hits;
}

/**
 * @param {any} root @param {string} name
 * @param {(text: string, where: string) => void} look @param {(buffer: ArrayBuffer, where: string) => void} lookInto
 */
function walkObjects(root, name, look, lookInto) {
  const seen = new WeakSet();
  /** @type {[any, string][]} */
  const queue = [];
  const push = (/** @type {any} */ value, /** @type {string} */ where) => {
    if (typeof value === 'string') look(value, where);
    if (value === null || typeof value !== 'object' && typeof value !== 'function' || seen.has(value)) return;
    seen.add(value);
    queue.push([value, where]);
  };
  push(root, name);
  for (let next; (next = queue.pop());) {
    const [object, where] = next;
    if (ArrayBuffer.isView(object) || object instanceof ArrayBuffer) {
      attempt(() => lookInto(object instanceof ArrayBuffer ? object : /** @type {ArrayBuffer} */ (object.buffer), where));
      continue;
    }
    if (object instanceof CryptoKey) look(`${object.type} CryptoKey`, where);
    if (object instanceof Map || object instanceof Set) for (const entry of object) push(entry, `${where} entry`);
    if (typeof object === 'function') attempt(() => look(Function.prototype.toString.call(object), `${where} source`));
    members(object, object, where, push);
    // Accessors are on prototypes: they are called on the object itself (Memory.buffer, Error.stack).
    for (let prototype = attempt(() => Object.getPrototypeOf(object)); prototype && prototype !== Object.prototype && prototype !== Function.prototype; prototype = Object.getPrototypeOf(prototype)) {
      members(object, prototype, where, push);
      push(prototype, `${where}.__proto__`);
    }
  }
}

/**
 * @param {any} receiver @param {any} object that has the properties @param {string} where
 * @param {(value: any, where: string) => void} push
 */
function members(receiver, object, where, push) {
  for (const key of attempt(() => Reflect.ownKeys(object)) ?? []) {
    const path = `${where}.${String(key)}`;
    if (typeof key === 'string') push(key, `${path} (name)`);
    const property = attempt(() => Reflect.getOwnPropertyDescriptor(object, key));
    if (property && 'value' in property) push(property.value, path);
    else if (property?.get) push(attempt(() => Reflect.apply(/** @type {any} */ (property.get), receiver, [])), path);
  }
}

/** @param {(value: any, where: string) => void} push */
async function walkStorage(push) {
  for (const name of ['localStorage', 'sessionStorage']) push(Object.entries(/** @type {any} */ (globalThis)[name]), name);
  push(document.cookie, 'cookies');
  for (const { name = '' } of await indexedDB.databases()) {
    const database = await settled(indexedDB.open(name));
    for (const store of database.objectStoreNames) {
      const place = database.transaction(store).objectStore(store);
      push(await settled(place.getAll()), `indexedDB ${name}/${store}`);
      push(await settled(place.getAllKeys()), `indexedDB ${name}/${store} keys`);
    }
    database.close();
  }
  for (const name of await caches.keys()) {
    const cache = await caches.open(name);
    for (const request of await cache.keys()) push([request.url, await (await cache.match(request))?.text()], `cache ${name}`);
  }
}

/** @param {(text: string, where: string) => void} look */
function walkDocument(look) {
  look(document.documentElement.outerHTML, 'document');
  for (const [where, text] of Object.entries({ location: location.href, referrer: document.referrer, name: window.name, state: JSON.stringify(history.state) ?? '' })) look(text, where);
  for (const { name, entryType } of performance.getEntries()) look(name, `performance ${entryType}`);
  for (const { url } of /** @type {any} */ (globalThis).navigation?.entries?.() ?? []) look(url ?? '', 'navigation');
}

/** @param {IDBRequest} request @returns {Promise<any>} */
function settled(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

/** @template T @param {() => T} run @returns {T | undefined} */
function attempt(run) {
  try {
    const value = run();
    if (value instanceof Promise) value.catch(() => {});
    return value;
  } catch { /* a getter that does not like its receiver */ }
}
