// The page's life: what a worker does not see, and what stops its timers.

import { aborted } from './errors.js';

/**
 * Frozen, hidden (the back/forward cache may keep it), or gone for good.
 * @typedef {'frozen' | 'hidden' | 'gone'} Away
 */

/**
 * @typedef {object} PageHandlers
 * @property {(reason: 'visible' | 'online' | 'offline') => void} onWake timers may have stood still
 * @property {(how: Away) => void} onAway the page may stand still from now on
 * @property {(reason: 'pageshow' | 'resume') => void} onBack it stood still
 */

/**
 * @param {PageHandlers} handlers
 * @returns {() => void} ends it
 */
export function listenPage({ onWake, onAway, onBack }) {
  const { document } = globalThis;
  /** @type {[EventTarget, string, (event: any) => void][]} */
  const listeners = [];
  if (typeof globalThis.addEventListener === 'function') {
    listeners.push(
      [globalThis, 'online', () => onWake('online')],
      [globalThis, 'offline', () => onWake('offline')],
      [globalThis, 'pagehide', (event) => onAway(event.persisted ? 'hidden' : 'gone')],
      [globalThis, 'pageshow', (event) => event.persisted && onBack('pageshow')],
    );
  }
  if (document) {
    listeners.push(
      [document, 'visibilitychange', () => document.visibilityState === 'visible' && onWake('visible')],
      [document, 'freeze', () => onAway('frozen')],
      [document, 'resume', () => onBack('resume')],
    );
  }
  for (const [target, type, listener] of listeners) target.addEventListener(type, listener);
  return () => {
    for (const [target, type, listener] of listeners) target.removeEventListener(type, listener);
  };
}

/**
 * Resolves when the page is there for a user: a prerendered page may never be, and must do nothing until then.
 * @param {AbortSignal} signal
 * @returns {Promise<void>}
 */
export async function activated(signal) {
  const { document } = globalThis;
  if (!(/** @type {any} */ (document)?.prerendering)) return;
  await new Promise((resolve, reject) => {
    document.addEventListener('prerenderingchange', resolve, { once: true, signal });
    signal.addEventListener('abort', () => reject(aborted()), { once: true });
  });
}
