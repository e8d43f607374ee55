// What popup.js and silent.js share: waiting for the response that a callback page forwards, and being that page.

import { arrivesAt, cleanLocation } from './callback.js';
import { AuthError, configError } from './errors.js';
import { channelName, forward, forwardedState } from './forward.js';
import { own } from './own.js';

/** @import { Session, SettledConfig } from './session.js' */

/**
 * Refuses what cannot work before anything is opened.
 * @param {SettledConfig} config
 * @param {string} call
 */
export function requireWindow({ redirectUri, popupRedirectUri }, call) {
  const { document, location } = globalThis;
  if (!document || !location || typeof globalThis.BroadcastChannel !== 'function') {
    throw new AuthError('unsupported', `${call} needs a page with windows and BroadcastChannel`, { description: 'window' });
  }
  if (new URL(popupRedirectUri ?? redirectUri).origin !== location.origin) {
    throw configError(popupRedirectUri ? 'popupRedirectUri' : 'redirectUri', `must be of this page's origin for ${call}: the response is handed over within one origin`);
  }
}

/**
 * Waits for the response to one request. What comes from elsewhere, or for another request, is ignored.
 * @param {SettledConfig} config
 * @param {string} state
 * @param {() => Window | null} source the window that the response arrives at
 * @param {AbortSignal} signal ends it
 * @returns {Promise<string>} the URL with the response; not checked beyond its state
 */
export function awaitResponse({ redirectUri, popupRedirectUri = redirectUri }, state, source, signal) {
  const { origin } = globalThis.location;
  const channel = new globalThis.BroadcastChannel(channelName(state));
  const taken = { kind: 'pkcewasm.taken', state };
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      channel.close();
      throw signal.reason;
    }
    const listen = (/** @type {MessageEvent} */ event) => {
      const window = source();
      if (event.origin === origin && window && event.source === window) receive(event.data, () => window.postMessage(taken, origin));
    };
    /** @param {unknown} data @param {() => void} acknowledge */
    const receive = (data, acknowledge) => {
      const url = own(data, 'kind') === 'pkcewasm.response' ? own(data, 'url') : undefined;
      if (typeof url !== 'string' || !answers(url, state, popupRedirectUri)) return;
      acknowledge();
      end();
      resolve(url);
    };
    const abort = () => {
      end();
      reject(signal.reason);
    };
    const end = () => {
      globalThis.removeEventListener('message', listen);
      signal.removeEventListener('abort', abort);
      channel.close();
    };
    channel.onmessage = ({ data }) => receive(data, () => channel.postMessage(taken));
    globalThis.addEventListener('message', listen);
    signal.addEventListener('abort', abort);
  });
}

/** @param {string} text @param {string} state @param {string} redirectUri */
function answers(text, state, redirectUri) {
  try {
    const url = new URL(text);
    return arrivesAt(url, redirectUri) && forwardedState(url) === state;
  } catch {
    return false;
  }
}

/**
 * If this page is the callback page of a popup or a frame, hands its response over. The popup then closes itself, and the
 * frame is removed, so that the promise settles only if nobody took the response.
 * @param {SettledConfig} config
 * @param {Session} session
 * @param {string | URL | undefined} given
 * @returns {Promise<never> | undefined}
 */
export function handOver({ redirectUri, popupRedirectUri }, session, given) {
  const { location } = globalThis;
  if (!location || (given !== undefined && String(given) !== location.href)) return undefined;
  const url = new URL(location.href);
  if (forwardedState(url)) {
    cleanLocation(url, popupRedirectUri ?? redirectUri);
    session.handingOver = forward(url).then((taken) => {
      if (taken) return new Promise(() => {});
      session.handingOver = undefined;
      throw new AuthError('state', 'the page that began this sign-in is gone; start it again', { description: 'unknown' });
    });
  }
  return session.handingOver;
}

/**
 * A deadline, the page's end and whoever wants to end it, as one signal.
 * @param {number} ms
 * @param {(AbortSignal | undefined)[]} signals
 */
export function createEnding(ms, signals) {
  const controller = new AbortController();
  const end = (/** @type {unknown} */ reason) => controller.abort(reason);
  const timer = setTimeout(() => end(new AuthError('timeout', 'there was no response from the sign-in in time', { retryable: true })), ms);
  const leave = () => end(new AuthError('aborted', 'the page was left', { description: 'pagehide' }));
  const abort = () => end(new AuthError('aborted', 'the caller aborted the call'));
  globalThis.addEventListener('pagehide', leave);
  for (const signal of signals) signal?.addEventListener('abort', abort);
  return {
    signal: controller.signal,
    end,
    /** Stops the clock. */
    release() {
      clearTimeout(timer);
      globalThis.removeEventListener('pagehide', leave);
      for (const signal of signals) signal?.removeEventListener('abort', abort);
    },
  };
}
