// Error codes of the package in words for people who did not write the application.

const WORDS = {
  api: ['The API cannot be reached', 'Is the demo still running?'],
  config: ['The demo is set up wrong', 'An option given to the client is not valid.'],
  insecure_context: [
    'This address is not secure',
    'Browsers allow sign-in only over https or on this machine. Open the page by the address that the demo printed.',
  ],
  unsupported: ['This browser lacks something', 'A feature that the client needs is missing here. Try a current Chrome, Firefox, Edge or Safari.'],
  wasm_load: ['The module did not load', 'The WebAssembly file could not be fetched or started. Start the demo again with `make demo`.'],
  crashed: ['The module stopped', 'It is started again by itself. You may have to sign in again.'],
  closed: ['The client was closed', 'Reload the page to start again.'],
  discovery: ['The provider could not be read', 'Its description could not be fetched. Is the demo still running?'],
  issuer: ['The answer came from someone else', 'It names another provider than the one you were sent to, so it was refused.'],
  callback: ['That address is not an answer', 'What came back from the provider cannot be understood. Sign in again.'],
  state: ['That answer does not belong to your sign-in', 'It is unknown here or has been used before, so it was refused. Sign in again.'],
  authorization: ['The provider did not sign you in', 'It refused the request.'],
  network: ['The provider cannot be reached', 'Is the demo still running?'],
  timeout: ['The provider takes too long', 'It did not answer in time.'],
  aborted: ['Stopped', 'The request was stopped before it was answered.'],
  http: ['The provider has a problem', 'It answered with an error of its own.'],
  rate_limited: ['Too many requests', 'That was a lot in a short time. Wait a little, then try again.'],
  response: ['The provider answered nonsense', 'Its answer cannot be understood, so it was not used.'],
  too_large: ['The answer is too large', 'It was dropped before it could do harm.'],
  redirect: ['The answer pointed elsewhere', 'Tokens are never sent after a redirect, so the request ended there.'],
  oauth: ['The provider said no', 'It understood the request and refused it.'],
  session_expired: ['Your session is over', 'The provider no longer accepts it. Sign in again.'],
  id_token: ['The proof of who you are is not valid', 'It failed a check, so you were not signed in.'],
  dpop: ['The key proof was refused', 'The provider did not accept it.'],
  lock_timeout: ['Another tab is busy', 'It did not finish in time. Try again.'],
  storage: ['The browser would not remember', 'Its storage is full or blocked. The sign-in needs it for a moment.'],
  signed_out: ['You are signed out', 'Sign in first.'],
  popup_blocked: ['The window was blocked', 'Allow pop-up windows for this page and try again.'],
  popup_closed: ['The window was closed', 'The sign-in did not finish. Nothing was kept.'],
  login_required: ['Please sign in', 'The provider wants to see you.'],
};

/**
 * @param {unknown} error
 * @returns {{ kind: 'bad' | 'warn', title: string, text: string, code: string }}
 */
export function explain(error) {
  const { code, oauthError, message } = /** @type {{ code?: string, oauthError?: string, message?: string }} */ (Object(error));
  if (code === 'authorization' && oauthError === 'access_denied') {
    return {
      kind: 'warn',
      title: 'You did not sign in',
      text: 'The sign-in was cancelled at the provider. Nothing was kept.',
      code: 'authorization: access_denied',
    };
  }
  const isOutage = oauthError === 'temporarily_unavailable' || oauthError === 'server_error'; // it says so itself
  const words = code === undefined ? undefined : WORDS[isOutage ? 'http' : code];
  if (!words) return { kind: 'bad', title: 'Something went wrong', text: message ?? String(error), code: code ?? 'unknown' };
  const [title, text] = words;
  const detail = code === 'config' && message ? ` (${message})` : '';
  const kind = code === 'popup_closed' ? 'warn' : 'bad'; // it is what the user wanted
  return { kind, title, text: text + detail, code: oauthError ? `${code}: ${oauthError}` : code };
}

/** A length of time. @param {number} ms */
export function duration(ms) {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 120) return seconds === 1 ? '1 second' : `${seconds} seconds`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} minutes`;
  return `${Math.round(seconds / 3600)} hours`;
}

/** @param {number} time ms since the epoch */
export function clock(time) {
  return new Date(time).toLocaleTimeString('en-GB');
}
