// Signing in in a window of its own.

import { awaitResponse, createEnding, requireWindow } from './answer.js';
import { AuthError } from './errors.js';
import { go } from './redirect.js';

/** @import { User } from './types.d.ts' */
/** @import { Session, SettledConfig } from './session.js' */

/** Size of the window, as far as the screen has room. */
const WIDTH = 480, HEIGHT = 680;
/** How long the user may take (ms). */
const DEADLINE = 5 * 60_000;
/** The window is looked at that often, and the response may be that much later than its end (ms). */
const INTERVAL = 100, GRACE = 500;

/**
 * A popup, while its sign-in is under way.
 * @typedef {object} Popup
 * @property {Window} window
 * @property {Promise<User>} result
 * @property {(reason: Error) => void} end
 * @property {ReturnType<typeof createWatch>} watch
 */

/**
 * Opens the window in the caller's own tick: after an await browsers take it for an unasked one. While a window is open,
 * another call brings it to the front and waits with the first.
 * @param {SettledConfig} config
 * @param {Session} session
 * @param {object} request
 * @param {(AbortSignal | undefined)[]} signals
 * @returns {Promise<User>}
 */
export function signInPopup(config, session, request, signals) {
  requireWindow(config, 'signInPopup');
  const before = /** @type {Popup | undefined} */ (session.popup);
  if (before && (before.watch.answered || !before.window.closed)) {
    before.window.focus();
    return before.result;
  }
  const popup = globalThis.open('about:blank', '_blank', features());
  if (!popup || popup.closed) throw new AuthError('popup_blocked', 'the browser blocked the popup: call signInPopup in a click, before any await');
  before?.end(popupClosed());
  const ending = createEnding(DEADLINE, signals);
  const watch = createWatch(popup);
  const response = run(config, session, request, popup, watch, ending.signal);
  const result = Promise.race([response, watch.closed]);
  /** @type {Popup} */
  const entry = { window: popup, result, end: ending.end, watch };
  session.popup = entry;
  const settle = () => {
    ending.release();
    watch.stop();
    ending.end(popupClosed());
    popup.close();
    if (session.popup === entry) session.popup = undefined;
  };
  // A window that seems closed may be only cut off, with the user still in it: what they finish within the deadline counts.
  response.then(settle, settle);
  result.catch(() => {
    watch.stop();
    if (!watch.navigated) settle();
  });
  return result;
}

/**
 * @param {SettledConfig} config
 * @param {Session} session
 * @param {object} request
 * @param {Window} popup
 * @param {ReturnType<typeof createWatch>} watch
 * @param {AbortSignal} signal
 * @returns {Promise<User>}
 */
async function run(config, session, request, popup, watch, signal) {
  const { value } = await orAborted(session.link.call({ op: 'signIn', ...request, window: 'popup', keep: 'worker' }), signal);
  const response = awaitResponse(config, value.state, () => popup, signal);
  response.catch(() => {});
  await go(value.url, (url) => {
    if (popup.closed) throw popupClosed();
    watch.navigated = true;
    popup.location.replace(url);
  });
  const url = await response;
  watch.answered = true;
  watch.stop();
  await session.run(/** @type {any} */ ({ op: 'callback', url }));
  return /** @type {User} */ (session.getUser());
}

/**
 * @template T
 * @param {Promise<T>} promise
 * @param {AbortSignal} signal
 * @returns {Promise<T>}
 */
function orAborted(promise, signal) {
  return new Promise((resolve, reject) => {
    if (signal.aborted) throw signal.reason;
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    promise.then(resolve, reject);
  });
}

/** Centred over this window. */
function features() {
  const { screen, screenX, screenY, outerWidth, outerHeight } = globalThis;
  const width = Math.min(WIDTH, screen?.availWidth || WIDTH);
  const height = Math.min(HEIGHT, screen?.availHeight || HEIGHT);
  const left = Math.round(screenX + (outerWidth - width) / 2) || 0;
  const top = Math.round(screenY + (outerHeight - height) / 2) || 0;
  return `popup,width=${width},height=${height},left=${left},top=${top}`;
}

/**
 * Notices that the user closed the window. `closed` alone does not say so: a page with a Cross-Origin-Opener-Policy, this one or
 * the provider's, cuts the windows apart, and from then on `closed` is true, in every engine. But a window that is cut off at its
 * first page was never seen at another origin; and as long as the user is in it, this page does not have the focus.
 * @param {Window} popup
 */
function createWatch(popup) {
  let seenElsewhere = false, inFront = false, closedFor = 0;
  /** @type {(error: Error) => void} */
  let reject;
  const timer = setInterval(() => {
    if (!popup.closed) {
      seenElsewhere ||= isElsewhere(popup);
    } else if (watch.navigated && !document.hasFocus()) {
      inFront = true;
      closedFor = 0;
    } else {
      closedFor += INTERVAL;
      if (closedFor >= GRACE && (!watch.navigated || seenElsewhere || inFront)) reject(popupClosed());
    }
  }, INTERVAL);
  const watch = {
    /** The window was sent to the provider: until then nothing can cut it off. */
    navigated: false,
    /** The response has arrived. */
    answered: false,
    /** @type {Promise<never>} */
    closed: new Promise((_, no) => { reject = no; }),
    stop: () => clearInterval(timer),
  };
  watch.closed.catch(() => {});
  return watch;
}

/** @param {Window} popup */
function isElsewhere(popup) {
  try {
    return popup.location.href === undefined;
  } catch {
    return true;
  }
}

function popupClosed() {
  return new AuthError('popup_closed', 'the window was closed before the sign-in was finished');
}
