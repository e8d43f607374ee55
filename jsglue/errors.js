// AuthError, the one error type of the package, and how errors cross realms.

import { own } from './own.js';

/** @import { AuthErrorCode, AuthErrorDetails } from './types.d.ts' */

/** Every code there is. An error with another one is not ours. @type {ReadonlySet<string>} */
const CODES = new Set(['config', 'insecure_context', 'unsupported', 'wasm_load', 'crashed', 'closed', 'discovery', 'issuer', 'callback', 'state',
  'authorization', 'network', 'timeout', 'aborted', 'http', 'rate_limited', 'response', 'too_large', 'redirect', 'oauth', 'session_expired',
  'id_token', 'dpop', 'lock_timeout', 'storage', 'signed_out', 'popup_blocked', 'popup_closed', 'login_required']);

/** Every failure of this package. Never holds a token, code, verifier or response body. */
export class AuthError extends Error {
  /** @type {'AuthError'} */
  name = 'AuthError';

  /**
   * @param {AuthErrorCode} code
   * @param {string} message one sentence: what happened and what to do
   * @param {Partial<AuthErrorDetails>} [details]
   */
  constructor(code, message, details) {
    super(message);
    this.code = code;
    this.retryable = false;
    if (details) copyDetails(details, this);
  }
}

/**
 * Copies the optional members that are there and have the right type.
 * @param {object} from
 * @param {object} to
 */
function copyDetails(from, to) {
  for (const [name, type] of [['retryable', 'boolean'], ['oauthError', 'string'], ['description', 'string'], ['status', 'number'], ['retryAfterSeconds', 'number']]) {
    const value = own(from, name);
    if (typeof value === type) /** @type {any} */ (to)[name] = value;
  }
}

/**
 * Makes an AuthError of what the module or another realm reported. A text that is not ours is dropped: it may hold anything.
 * @param {unknown} cause
 * @returns {AuthError}
 */
export function toAuthError(cause) {
  if (cause instanceof AuthError) return cause;
  const code = own(cause, 'code');
  if (typeof code !== 'string' || !CODES.has(code)) return crashed();
  const message = own(cause, 'message');
  return new AuthError(/** @type {AuthErrorCode} */ (code), typeof message === 'string' ? message : code, /** @type {any} */ (cause));
}

/**
 * The form in which an error goes through a port.
 * @param {unknown} cause
 * @returns {{ code: string, message: string }}
 */
export function toPlainError(cause) {
  const error = toAuthError(cause);
  const plain = { code: error.code, message: error.message };
  copyDetails(error, plain);
  return plain;
}

/** @returns {AuthError} */
export function crashed() {
  return new AuthError('crashed', 'the module failed unexpectedly; what it held in memory is lost', { retryable: true });
}

/** @returns {AuthError} */
export function closed() {
  return new AuthError('closed', 'the client was closed');
}

/** @returns {AuthError} */
export function aborted() {
  return new AuthError('aborted', 'the caller aborted the call');
}

/** @returns {AuthError} */
export function signedOut() {
  return new AuthError('signed_out', 'the user signed out meanwhile');
}

/** @returns {AuthError} */
export function storageError() {
  return new AuthError('storage', 'sessionStorage is not available, and a redirect needs it; allow storage for this site');
}

/**
 * What is to be made of a file that is loaded only when it is wanted, and is not there.
 * @param {string} file
 * @returns {() => never}
 */
export function missing(file) {
  return () => {
    throw new AuthError('unsupported', `${file} could not be loaded: the files of the package must be served together`, { description: 'file' });
  };
}

/**
 * @param {string} option
 * @param {string} problem such as "must be a string"
 * @returns {AuthError}
 */
export function configError(option, problem) {
  return new AuthError('config', `${option} ${problem}`);
}

/**
 * Calls a function of the application. What it throws is the application's bug: it must reach the application's error
 * handling without ending anything of ours.
 * @template T
 * @param {(data: T) => void} listener
 * @param {T} data
 */
export function notify(listener, data) {
  try {
    listener(data);
  } catch (cause) {
    if (typeof reportError === 'function') reportError(cause);
    else queueMicrotask(() => { throw cause; });
  }
}
