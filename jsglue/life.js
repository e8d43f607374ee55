// How a page learns that its worker died. Nothing tells it, and the timers of a hidden page are too rare to notice (see
// watchdog.js). So the worker holds a Web Lock as long as it lives, and the page waits for that.

/** Takes the lock of this worker. @returns {Promise<string | undefined>} its name, where there are such locks */
export function live() {
  if (typeof globalThis.navigator?.locks?.request !== 'function') return Promise.resolve(undefined);
  const name = `pkcewasm.life:${globalThis.crypto.randomUUID()}`;
  return new Promise((resolve) => {
    globalThis.navigator.locks.request(name, { mode: 'shared' }, () => {
      resolve(name);
      return new Promise(() => {}); // until the end
    }).catch(() => resolve(undefined));
  });
}

/**
 * Calls the function when the worker is gone; or its lock was stolen, so it should be asked.
 * @param {string} name
 * @param {() => void} onGone
 * @returns {() => void} stops waiting, lest a page that stands still is given the lock
 */
export function awaitEnd(name, onGone) {
  const stop = new AbortController();
  globalThis.navigator.locks.request(name, { signal: stop.signal }, onGone).catch(() => {});
  return () => stop.abort();
}
