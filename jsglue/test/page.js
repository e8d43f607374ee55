// As much of a page as the package asks for: an address, a history, sessionStorage and events.

/** @typedef {{ location: any, history: any, storage: Map<string, string>, writes: [string, string][], visited: string[], document: any, listeners: () => number, dispatch: (type: string, more?: object) => void, remove: () => void }} Page */

/**
 * @param {string} address
 * @param {object} [options]
 * @param {boolean} [options.storage] false: sessionStorage throws, as with cookies blocked
 * @param {boolean} [options.prerendering] the page is not shown yet
 * @returns {Page}
 */
export function openPage(address, { storage = true, prerendering } = {}) {
  /** @type {Map<string, string>} */
  const entries = new Map();
  /** Everything that was stored. @type {[string, string][]} */
  const writes = [];
  /** @type {string[]} */
  const visited = [];
  const events = countingTarget();
  const document = prerendering === undefined ? undefined : Object.assign(countingTarget(), { prerendering, visibilityState: 'visible' });
  let url = new URL(address);
  const location = {
    get href() { return url.href; },
    get origin() { return url.origin; },
    get pathname() { return url.pathname; },
    get protocol() { return url.protocol; },
    get hostname() { return url.hostname; },
    assign: (/** @type {string} */ to) => { visited.push(to); },
  };
  const history = {
    state: /** @type {unknown} */ (null),
    replaceState(/** @type {unknown} */ state, /** @type {string} */ _, /** @type {string} */ to) {
      const next = new URL(to, url);
      if (next.origin !== url.origin) throw new globalThis.DOMException('another origin', 'SecurityError');
      history.state = state;
      url = next;
    },
  };
  const sessionStorage = {
    get length() { return entries.size; },
    key: (/** @type {number} */ i) => [...entries.keys()][i] ?? null,
    getItem: (/** @type {string} */ key) => entries.get(key) ?? null,
    setItem: (/** @type {string} */ key, /** @type {string} */ value) => {
      writes.push([key, value]);
      entries.set(key, value);
    },
    removeItem: (/** @type {string} */ key) => { entries.delete(key); },
  };
  /** @type {PropertyDescriptorMap} */
  const globals = {
    location: { value: location }, history: { value: history },
    sessionStorage: { get() { if (storage) return sessionStorage; throw new Error('SecurityError'); } },
    addEventListener: { value: events.addEventListener.bind(events) }, removeEventListener: { value: events.removeEventListener.bind(events) },
  };
  if (document) globals.document = { value: document };
  for (const descriptor of Object.values(globals)) descriptor.configurable = true;
  Object.defineProperties(globalThis, globals);
  return {
    location, history, storage: entries, writes, visited, document,
    listeners: () => events.count() + (document?.count() ?? 0),
    dispatch: (type, more = {}) => { events.dispatchEvent(Object.assign(new Event(type), more)); },
    remove: () => { for (const name of Object.keys(globals)) Reflect.deleteProperty(globalThis, name); },
  };
}

/** An EventTarget that knows how many listeners it has. */
function countingTarget() {
  const target = new EventTarget();
  const { addEventListener, removeEventListener } = target;
  const listeners = new Set();
  return Object.assign(target, {
    count: () => listeners.size,
    addEventListener(/** @type {string} */ type, /** @type {any} */ listener, /** @type {any} */ options) {
      listeners.add(listener);
      options?.signal?.addEventListener('abort', () => listeners.delete(listener));
      addEventListener.call(target, type, options?.once ? (/** @type {Event} */ event) => { listeners.delete(listener); listener(event); } : listener, options);
    },
    removeEventListener(/** @type {string} */ type, /** @type {any} */ listener) {
      listeners.delete(listener);
      removeEventListener.call(target, type, listener);
    },
  });
}
