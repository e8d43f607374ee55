// What a script that got into this page can reach: every object from globalThis on, storages, databases, caches, the DOM, and what
// passes the functions that it puts in the place of the page's own. Nothing here is particular to this package.

const SLICE = 500; // objects looked at before the page gets a breath
const MOST = 200_000; // objects altogether
const PATIENCE = 5000; // ms altogether
const CHUNK = 1 << 22;

/**
 * @param {string[]} secrets
 * @param {{ roots?: [unknown, string][], texts?: [string, string][] }} loot objects and texts that were caught, each with where
 * @returns {Promise<{ hits: Map<string, Set<string>>, objects: number }>} where each secret was found
 */
export async function walk(secrets, { roots = [], texts = [] } = {}) {
  const hits = new Map(secrets.map((secret) => [secret, new Set()]));
  const forms = secrets.flatMap((secret) => [...new Set([secret, encodeURIComponent(secret), btoa(secret), secret.slice(0, 24), secret.slice(-24)])].map((form) => [secret, form]));
  const seen = new WeakSet(forms.concat([hits, forms, secrets]));
  const queue = [];
  let objects = 0;

  const scan = (text, where) => {
    for (const [secret, form] of forms) if (text.includes(form)) hits.get(secret).add(where);
  };
  const scanBytes = (bytes, where) => {
    for (let i = 0; i < bytes.length; i += CHUNK - 512) scan(new TextDecoder('latin1').decode(bytes.subarray(i, i + CHUNK)), where);
    scan(new TextDecoder('utf-16le').decode(bytes.subarray(0, bytes.length & ~1)), where);
  };
  const reach = (value, where) => {
    if (typeof value === 'string') scan(value, where);
    else if (value !== null && (typeof value === 'object' || typeof value === 'function') && !seen.has(value)) {
      seen.add(value);
      queue.push([value, where]);
    }
  };
  const get = (getter, object, where) => attempt(() => {
    const value = Reflect.apply(getter, object, []);
    if (value instanceof Promise) value.catch(() => {}); // some are rejected: nobody was meant to ask
    reach(value, where);
  });

  for (const [text, where] of texts) scan(text, where);
  reach(globalThis, 'globalThis');
  for (const [root, where] of roots) reach(root, where); // the last in is the first out
  const began = performance.now();
  while (queue.length && objects < MOST && performance.now() - began < PATIENCE) {
    objects++;
    if (objects % SLICE === 0) await breath();
    const [object, where] = queue.pop();
    if (object instanceof ArrayBuffer) attempt(() => scanBytes(new Uint8Array(object), where));
    else if (ArrayBuffer.isView(object)) {
      attempt(() => scanBytes(new Uint8Array(object.buffer), where));
      continue;
    }
    if (object instanceof Map || object instanceof Set) attempt(() => object.forEach((value, key) => { reach(key, where); reach(value, where); }));
    for (const key of attempt(() => Reflect.ownKeys(object)) ?? []) {
      const path = where.length < 120 ? `${where}.${String(key)}` : where;
      if (typeof key === 'string') scan(key, path);
      const descriptor = attempt(() => Reflect.getOwnPropertyDescriptor(object, key));
      if (descriptor && 'value' in descriptor) reach(descriptor.value, path);
      else if (descriptor?.get) get(descriptor.get, object, path);
    }
    // Accessors live on prototypes: each is called on the object itself.
    let prototype = attempt(() => Object.getPrototypeOf(object));
    reach(prototype, `${where}.__proto__`);
    for (let level = 0; level < 4 && prototype && prototype !== Object.prototype && prototype !== Function.prototype; level++) {
      for (const key of Reflect.ownKeys(prototype)) {
        const getter = Reflect.getOwnPropertyDescriptor(prototype, key)?.get;
        if (getter) get(getter, object, `${where}.${String(key)}`);
      }
      prototype = Object.getPrototypeOf(prototype);
    }
  }
  await scanKept(scan);
  return { hits, objects };
}

/** What outlives a reload. */
async function scanKept(scan) {
  for (const name of ['localStorage', 'sessionStorage']) attempt(() => Object.entries(globalThis[name]).forEach((entry) => scan(entry.join(' '), name)));
  attempt(() => scan(document.cookie, 'cookie'));
  attempt(() => scan(document.documentElement.outerHTML, 'the document'));
  attempt(() => scan(JSON.stringify([location.href, document.referrer, window.name, history.state]), 'the address'));
  attempt(() => performance.getEntries().forEach(({ name }) => scan(name, 'performance')));
  for (const { name } of await Promise.resolve(indexedDB.databases?.() ?? []).catch(() => [])) {
    const database = await answer(indexedDB.open(name));
    for (const store of database?.objectStoreNames ?? []) {
      for (const record of (await answer(database.transaction(store).objectStore(store).getAll())) ?? []) attempt(() => scan(JSON.stringify(record), `IndexedDB ${name}`));
    }
    database?.close();
  }
  for (const name of await caches.keys().catch(() => [])) {
    for (const request of await (await caches.open(name)).keys()) scan(request.url, `cache ${name}`);
  }
}

const answer = (request) => new Promise((resolve) => {
  request.onsuccess = () => resolve(request.result);
  request.onerror = () => resolve(undefined);
});

/** Lets the page go on for a moment. Timers would take seconds in a tab that is not in front. */
const breath = () => new Promise((resolve) => {
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = () => {
    port1.close();
    resolve();
  };
  port2.postMessage(undefined);
});

function attempt(run) {
  try {
    return run();
  } catch {
    return undefined;
  }
}

/**
 * Puts functions of the attacker's in the place of the page's, as a script that comes late does.
 * @returns {{ loot: { roots: [unknown, string][], texts: [string, string][] }, stop: () => void }}
 */
export function eavesdrop() {
  const loot = { roots: [], texts: [] };
  const { fetch } = globalThis;
  const buffer = Object.getOwnPropertyDescriptor(WebAssembly.Memory.prototype, 'buffer');
  const memories = new Set();
  globalThis.fetch = (input, init) => {
    const headers = new Headers(init?.headers ?? input?.headers);
    loot.texts.push([`${attempt(() => new TextDecoder().decode(bytesOf(init?.body))) ?? ''} ${[...headers].join(' ')}`, 'a request, by a fetch of its own']);
    return fetch(input, init);
  };
  Object.defineProperty(WebAssembly.Memory.prototype, 'buffer', {
    ...buffer,
    get() {
      memories.add(this);
      return buffer.get.call(this);
    },
  });
  return {
    loot,
    stop() {
      globalThis.fetch = fetch;
      Object.defineProperty(WebAssembly.Memory.prototype, 'buffer', buffer);
      for (const memory of memories) loot.roots.push([memory.buffer, 'the memory of the WebAssembly module']);
    },
  };
}

function bytesOf(body) {
  return typeof body === 'string' || body instanceof URLSearchParams ? new TextEncoder().encode(String(body)) : body;
}
