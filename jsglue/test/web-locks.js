// As much of Web Locks as the package asks for: exclusive locks with signal and steal.

/** A LockManager of one realm. */
export function createLocks() {
  /** @type {Map<string, { held?: { reject: (error: Error) => void }, queue: (() => void)[] }>} */
  const names = new Map();
  /** @param {string} name */
  const stateOf = (name) => {
    const state = names.get(name) ?? { queue: [] };
    names.set(name, state);
    return state;
  };
  const gone = () => Object.assign(new Error('aborted'), { name: 'AbortError' });

  return {
    /** @param {string} name @param {any} options @param {(lock: object) => Promise<unknown>} callback */
    request: (name, options, callback) => new Promise((resolve, reject) => {
      const state = stateOf(name);
      const grant = () => {
        options.signal?.removeEventListener('abort', abort);
        const held = { reject };
        state.held = held;
        Promise.resolve().then(() => callback({ name })).then(resolve, reject).finally(() => {
          if (state.held !== held) return;
          state.held = undefined;
          state.queue.shift()?.();
        });
      };
      const abort = () => {
        state.queue = state.queue.filter((waiting) => waiting !== grant);
        reject(gone());
      };
      if (options.signal?.aborted) reject(gone());
      else if (options.steal) {
        state.held?.reject(gone());
        grant();
      } else if (state.held) {
        state.queue.push(grant);
        options.signal?.addEventListener('abort', abort);
      } else grant();
    }),
    /** Names of the locks that are held. */
    held: () => [...names].filter(([, { held }]) => held).map(([name]) => name),
  };
}

/** Puts a navigator with locks in place. @returns {{ locks: ReturnType<typeof createLocks>, remove: () => void }} */
export function installLocks() {
  const locks = createLocks();
  const before = Object.getOwnPropertyDescriptor(globalThis, 'navigator');
  Object.defineProperty(globalThis, 'navigator', { value: { locks, onLine: true }, configurable: true, writable: true });
  return {
    locks,
    remove() {
      if (before) Object.defineProperty(globalThis, 'navigator', before);
      else Reflect.deleteProperty(globalThis, 'navigator');
    },
  };
}
