// Tells the engine when the page comes back to life: timers may have stood still, and a worker does not see these events.

/**
 * @param {(reason: 'visible' | 'pageshow' | 'online' | 'offline' | 'resume') => void} wake
 * @returns {() => void} ends it
 */
export function listenWake(wake) {
  const { document } = globalThis;
  /** @type {[EventTarget, string, (event: any) => void][]} */
  const listeners = [];
  if (typeof globalThis.addEventListener === 'function') {
    listeners.push(
      [globalThis, 'online', () => wake('online')],
      [globalThis, 'offline', () => wake('offline')],
      [globalThis, 'pageshow', (event) => event.persisted && wake('pageshow')],
    );
  }
  if (document) {
    listeners.push(
      [document, 'visibilitychange', () => document.visibilityState === 'visible' && wake('visible')],
      [document, 'resume', () => wake('resume')],
    );
  }
  for (const [target, type, listener] of listeners) target.addEventListener(type, listener);
  return () => {
    for (const [target, type, listener] of listeners) target.removeEventListener(type, listener);
  };
}
