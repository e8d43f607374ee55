// Signing in without the user, in a hidden frame: the provider answers from its own session, or that it needs the user
// (OpenID Connect Core section 3.1.2.1, prompt=none). Where the browser keeps cookies from frames of other sites, only a
// provider of the same site can answer.

import { awaitResponse, createEnding, requireWindow } from './answer.js';
import { callbackUrl, isCallback } from './callback.js';
import { AuthError } from './errors.js';
import { forwardedState } from './forward.js';
import { own } from './own.js';
import { go } from './redirect.js';

/** @import { User } from './types.d.ts' */
/** @import { Session, SettledConfig } from './session.js' */

/** From the call to the provider's response (ms). */
const DEADLINE = 10_000;
/** The provider's ways to say that it needs the user (OpenID Connect Core section 3.1.2.6). */
const INTERACTION = new Set(['login_required', 'interaction_required', 'consent_required', 'account_selection_required']);

/**
 * Callers who ask the same at the same time share one frame.
 * @param {SettledConfig} config
 * @param {Session} session
 * @param {object} request
 * @param {(AbortSignal | undefined)[]} signals
 * @returns {Promise<User>}
 */
export function signInSilent(config, session, request, signals) {
  requireWindow(config, 'signInSilent');
  const key = JSON.stringify(request);
  let flight = session.silent.get(key);
  if (!flight) {
    flight = run(config, session, request, signals).finally(() => session.silent.delete(key));
    session.silent.set(key, flight);
  }
  return flight;
}

/**
 * @param {SettledConfig} config
 * @param {Session} session
 * @param {object} request
 * @param {(AbortSignal | undefined)[]} signals
 * @returns {Promise<User>}
 */
async function run(config, session, request, signals) {
  const ending = createEnding(DEADLINE, signals);
  const { signal } = ending;
  const aborted = new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
  aborted.catch(() => {});
  const frame = createFrame();
  try {
    const { value } = await Promise.race([session.link.call({ op: 'signIn', ...request, prompt: 'none', window: 'frame', keep: 'worker' }), /** @type {Promise<never>} */ (aborted)]);
    const response = awaitResponse(config, value.state, () => frame.contentWindow, signal);
    response.catch(() => {});
    await go(value.url, (url) => {
      frame.src = url;
      (document.body ?? document.documentElement).append(frame);
    });
    const url = await response;
    ending.release();
    await session.run(/** @type {any} */ ({ op: 'callback', url }));
    return /** @type {User} */ (session.getUser());
  } catch (cause) {
    throw loginRequired(cause);
  } finally {
    ending.release();
    ending.end(undefined);
    frame.remove();
  }
}

function createFrame() {
  const frame = document.createElement('iframe');
  // Its cookies are the provider's only with allow-same-origin; some providers post forms on the way. What it may not do is to
  // navigate this page away, open windows, or show dialogs, as a provider's error page might.
  frame.setAttribute('sandbox', 'allow-scripts allow-same-origin allow-forms');
  frame.setAttribute('aria-hidden', 'true');
  frame.style.display = 'none';
  frame.title = 'sign-in';
  return frame;
}

/** @param {unknown} cause */
function loginRequired(cause) {
  const oauthError = own(cause, 'oauthError');
  if (own(cause, 'code') !== 'authorization' || typeof oauthError !== 'string' || !INTERACTION.has(oauthError)) return cause;
  const description = own(cause, 'description');
  return new AuthError('login_required', 'the provider needs the user: sign in by redirect or popup', {
    oauthError, ...(typeof description === 'string' && { description }),
  });
}

/**
 * Restores a session at the start of a page, if nobody is signed in and the page is not a callback. Nobody signed in at the
 * provider is no failure; whatever else it is, the page starts without a session.
 * @param {SettledConfig} config
 * @param {Session} session
 */
export async function restore(config, session) {
  requireWindow(config, "restore: 'silent'");
  const url = callbackUrl(undefined);
  if (session.getUser() || forwardedState(url) || isCallback(url, config.redirectUri, config.responseMode)) return;
  try {
    await signInSilent(config, session, {}, []);
  } catch (cause) {
    const code = own(cause, 'code');
    if (code !== 'login_required' && code !== 'closed') session.onDegraded('restore', `no silent sign-in at the start of this page: ${code}`);
  }
}
