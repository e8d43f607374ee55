// What the page at a redirect URI needs of the package if popups and frames come back there: no client, worker or module.

import { forward, forwardedState } from './forward.js';

/**
 * Hands the response of a popup or a hidden frame over to the page that waits for it, and says whether there was one.
 * @returns {boolean}
 */
export function forwardCallback() {
  const { location, history } = globalThis;
  const url = new URL(location.href);
  if (!forwardedState(url)) return false;
  history.replaceState(null, '', location.pathname.replace(/^\/+/, '/'));
  forward(url);
  return true;
}
