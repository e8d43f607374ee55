// What a view shows of a client: one unchangeable state after the other. For react.js and vue.js.

import { createClient } from './client.js';

/** @import { AuthState } from './state.d.ts' */
/** @import { Client, ClientConfig, User } from './types.d.ts' */

/** Before the client is there, and on a server. @type {AuthState} */
export const LOADING = Object.freeze({ client: undefined, user: undefined, error: undefined, isLoading: true });

/**
 * Opens a client, finishes a sign-in if this is its callback page, and tells every state from then on.
 * @param {ClientConfig} config
 * @param {(state: AuthState) => void} onState
 * @param {(result: { user: User, returnTo?: string }) => void} [onSignedIn] called once for a callback
 * @returns {() => void} ends it and closes the client
 */
export function watchClient(config, onState, onSignedIn) {
  let state = LOADING, over = false;
  /** @type {Client | undefined} */
  let client;
  const change = (/** @type {Partial<AuthState>} */ changes) => {
    if (!over) onState(state = Object.freeze({ ...state, ...changes }));
  };

  const open = async () => {
    const opened = await createClient(config);
    if (over) return opened.close(); // as in React's StrictMode, which takes a part of the page away and puts it back at once
    client = opened;
    for (const event of /** @type {const} */ (['signedIn', 'refreshed', 'signedOut'])) opened.on(event, () => change({ user: opened.getUser() }));
    /** @type {AuthState['error']} */
    let error;
    if (opened.isRedirectCallback()) {
      try {
        const result = await opened.handleRedirectCallback();
        if (!over) onSignedIn?.(result);
      } catch (cause) {
        error = /** @type {any} */ (cause);
      }
    }
    change({ client, user: opened.getUser(), error, isLoading: false });
  };
  open().catch((error) => change({ error, isLoading: false }));

  return () => {
    over = true;
    client?.close();
  };
}
