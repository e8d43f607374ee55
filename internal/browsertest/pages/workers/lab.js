// Watches a worker of the package for the page: what it prints and does not catch, how much it holds, what waits. And takes
// away what a browser may not have: for ever what the parameter `without` names, for a time what the page says. The channel
// has the name of the worker's query.
const parameters = new URLSearchParams(location.search);
const channel = new BroadcastChannel(`lab${location.search}`);
const say = (/** @type {string} */ text) => channel.postMessage({ said: text });

for (const level of /** @type {const} */ (['debug', 'log', 'info', 'warn', 'error'])) {
  console[level] = (/** @type {unknown[]} */ ...args) => say(`worker's console.${level}: ${args.map(String).join(' ')}`);
}
addEventListener('error', ({ message }) => say(`worker's error: ${message}`));
addEventListener('unhandledrejection', ({ reason }) => say(`worker's unhandled rejection: ${reason?.stack ?? reason}`));

let online = true;
Object.defineProperty(navigator, 'onLine', { get: () => online });

// Everything that the package and the loaders of both builds keep by number or name is in maps and sets: the module's
// references to JavaScript values, calls under way, pages, listeners.
/** @type {WeakRef<Map<unknown, unknown> | Set<unknown>>[]} */
const collections = [];
for (const name of /** @type {const} */ (['Map', 'Set'])) {
  const Genuine = /** @type {any} */ (globalThis[name]);
  globalThis[name] = class extends Genuine {
    constructor(/** @type {any[]} */ ...args) {
      super(...args);
      collections.push(new WeakRef(/** @type {any} */ (this)));
    }
  };
}

for (const path of parameters.getAll('without')) {
  const names = path.split('.'), last = /** @type {string} */ (names.pop());
  const owner = names.reduce((value, name) => value[name], /** @type {any} */ (globalThis));
  for (let holder = owner; holder; holder = Object.getPrototypeOf(holder)) if (!delete holder[last]) Object.defineProperty(holder, last, { value: undefined });
}

/** What fails at the moment: `fetch` (throws at once), `put` (the database is full), signing (`refuse`, or `hang` for ever). @type {Set<string>} */
const broken = new Set();
const { fetch, IDBObjectStore: { prototype: store }, SubtleCrypto: { prototype: subtle } } = globalThis;
const { put } = store, { sign } = subtle;
globalThis.fetch = (...args) => {
  if (broken.has('fetch')) throw new Error('patched');
  return fetch(...args);
};
store.put = function (...args) {
  const request = put.apply(this, args);
  if (broken.has('put')) this.transaction.abort();
  return request;
};

subtle.sign = async function (...args) {
  if (broken.has('refuse')) throw new DOMException('refused', 'OperationError');
  return broken.has('hang') ? new Promise(() => {}) : sign.apply(this, args);
};

const { setTimeout, clearTimeout } = globalThis;
/** @type {(typeof collections)[0] extends WeakRef<infer T> ? T : never} */
const timers = new Set();
// @ts-expect-error: returns a number, as in a browser
globalThis.setTimeout = (/** @type {any} */ run, delay, ...args) => {
  const id = setTimeout(() => {
    timers.delete(id);
    run(...args);
  }, delay);
  timers.add(id);
  return id;
};
globalThis.clearTimeout = (id) => {
  timers.delete(id);
  clearTimeout(id);
};

channel.onmessage = ({ data }) => {
  if ('online' in data) ({ online } = data);
  if (data.break) broken.add(data.break);
  if (data.mend) broken.delete(data.mend);
  const held = collections.reduce((sum, collection) => sum + (collection.deref()?.size ?? 0), 0);
  channel.postMessage({ answer: { held, timers: timers.size } });
};
