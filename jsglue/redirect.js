// Signing in by redirect: leaving for the provider, and coming back.

import { callbackUrl, cleanLocation, hasStorage, isCallback, keepTransaction, markSignIn, takeTransaction } from './callback.js';
import { returnPath, validateCall } from './config.js';
import { AuthError, configError, storageError } from './errors.js';
import { canonical } from './link.js';
import { own } from './own.js';

/** @import { Taken } from './callback.js' */
/** @import { User } from './types.d.ts' */
/** @import { Session, SettledConfig } from './session.js' */

/** @typedef {((url: string) => void | Promise<void>) | undefined} Navigate */

/**
 * @param {SettledConfig} config
 * @param {Session} session
 * @param {any} request
 * @param {Navigate} navigate
 * @param {boolean} [again] it is the second try of one sign-in
 * @returns {Promise<void>} never resolves when the page leaves
 */
export async function signIn(config, session, request, navigate, again = false) {
  if (!navigate && !globalThis.location) throw configError('navigate', 'is missing: there is no page to navigate');
  const asked = canonical({ ...request, navigate: Boolean(navigate) });
  session.signingIn ??= { asked, left: leave(config, session, request, navigate, again).finally(() => {
    session.signingIn = undefined;
  }) };
  if (session.signingIn.asked !== asked) throw new AuthError('callback', 'another sign-in with other options is under way; wait for it', { description: 'pending' });
  await session.signingIn.left;
  if (!navigate) await comeBack(session);
}

/**
 * @param {SettledConfig} config
 * @param {Session} session
 * @param {any} request
 * @param {Navigate} navigate
 * @param {boolean} again
 */
async function leave(config, session, request, navigate, again) {
  const keep = keeper(config, session, navigate);
  const { value } = await session.link.call({ op: 'signIn', ...request, returnTo: returnPath(request.returnTo), keep });
  if (keep === 'session') keepTransaction(value.state, value.transaction, config);
  else if (!navigate) markSignIn(value.state, { request, again }, config);
  await go(value.url, navigate);
}

/**
 * Where the one-time record of a sign-in waits: in a worker that outlives the page, else in sessionStorage.
 * @param {SettledConfig} config
 * @param {Session} session
 * @param {Navigate} navigate
 * @returns {'worker' | 'session'}
 */
function keeper({ transaction }, { link, onDegraded }, navigate) {
  const storage = hasStorage();
  if (link.shared && (transaction ? transaction === 'worker' : link.outlives || !storage)) return 'worker';
  // An application that navigates elsewhere keeps the engine alive.
  if (navigate && (transaction === 'worker' || !storage)) return 'worker';
  if (!storage) throw storageError();
  if (transaction === 'worker') onDegraded('transaction', 'a redirect ends the worker of this tab: its one-time record waits in sessionStorage');
  return 'session';
}

/**
 * @param {string} url
 * @param {Navigate} navigate
 */
export async function go(url, navigate) {
  if (!/^https?:$/.test(new URL(url).protocol)) throw new AuthError('discovery', 'the provider\'s address is not an http(s) URL');
  if (navigate) await navigate(url);
  else globalThis.location?.assign(url);
}

/**
 * Rejects when the page is shown again from the back/forward cache: the user came back without signing in.
 * @param {Session} session
 * @returns {Promise<never>}
 */
function comeBack(session) {
  return new Promise((_, reject) => {
    session.returns.add(() => reject(new AuthError('aborted', 'the user came back without signing in', { description: 'back' })));
  });
}

/** Whether the page's address is a callback. @param {SettledConfig} config */
function atCallback({ redirectUri, responseMode }) {
  return globalThis.location !== undefined && isCallback(callbackUrl(undefined), redirectUri, responseMode);
}

/**
 * Everything up to the call runs before the first await: the address bar is clean and the transaction is gone when it returns.
 * @param {SettledConfig} config
 * @param {Session} session
 * @param {string | URL | undefined} given
 * @returns {Promise<{ user: User, returnTo?: string }>}
 */
export function handleCallback(config, session, given) {
  const { callbacks } = session;
  // A second call, as React's StrictMode makes it, finds a clean address bar: it means the callback before.
  const before = given === undefined && !atCallback(config) ? session.retry ?? [...callbacks.values()].at(-1)?.url : undefined;
  const url = before ?? callbackUrl(given);
  const known = callbacks.get(url.href);
  if (known) return known.result;

  let taken;
  try {
    taken = takeTransaction(url, config);
    if (taken.foreign) throw new AuthError('state', 'this callback belongs to another client, or to another redirect URI', { description: 'unknown' });
  } finally {
    if (!taken?.foreign) cleanLocation(url, config.redirectUri);
  }
  const result = finishCallback(config, session, url, taken);
  const entry = { url, result, done: false };
  callbacks.set(url.href, entry);
  result.then(() => { entry.done = true; }, () => callbacks.delete(url.href));
  return result;
}

/** Longest callback URL that the engine is given (characters). */
const MAX_URL = 1 << 17;

/**
 * The URL for the engine. What makes one too long is a text that nobody reads, or an attack.
 * @param {URL} url
 */
function withinReason(url) {
  if (url.href.length <= MAX_URL) return url.href;
  const shorter = new URL(url);
  shorter.searchParams.delete('error_description');
  if (shorter.href.length > MAX_URL) throw new AuthError('callback', 'the callback URL is too long', { description: 'too_large' });
  return shorter.href;
}

/**
 * @param {SettledConfig} config
 * @param {Session} session
 * @param {URL} url
 * @param {Taken} taken
 */
async function finishCallback(config, session, url, { transaction, consumed, mark, putBack }) {
  session.retry = undefined;
  try {
    const href = withinReason(url);
    session.retain(); // a framework may take away the part of the page that began it, and put it back at once
    const { value } = await session.run(/** @type {any} */ ({ op: 'callback', url: href, transaction, consumed })).finally(session.release);
    const returnTo = returnPath(value.returnTo);
    const user = /** @type {User} */ (session.getUser());
    return Object.freeze(returnTo === undefined ? { user } : { user, returnTo });
  } catch (cause) {
    const code = own(cause, 'code');
    if (code === 'crashed') throw new AuthError('crashed', 'the module failed, and the code may have been sent; start a new sign-in');
    if (own(cause, 'retryable')) { // nothing was used up
      putBack?.();
      session.retry = url;
      throw cause;
    }
    const reason = code === 'state' ? own(cause, 'description') : undefined;
    const user = session.getUser();
    if (reason === 'consumed' && user) return Object.freeze({ user }); // the back button, after all went well
    if (reason !== 'unknown' || !mark || mark.again) throw cause;
    // The worker that knew this sign-in is gone: the user was away for long. The provider knows them still.
    await signIn(config, session, validateCall('signInRedirect', mark.request), undefined, true);
    throw cause;
  }
}
