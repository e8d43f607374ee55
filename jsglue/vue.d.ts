// The public types of pkcewasm/vue, for Vue 3.5 and later.

import type { App, ComputedRef } from 'vue';
import type { AuthState } from './state.d.ts';
import type { ClientConfig, User } from './types.d.ts';

/** Options of {@link createAuth}. */
export interface AuthOptions {
  /** Called when this page was the callback of a sign-in, once; the place to go on to `returnTo`. */
  onSignedIn?: (result: { user: User; returnTo?: string }) => void;
}

/**
 * A plugin, `app.use(createAuth(config))`: it has a client for the application until that is unmounted, and handles the callback of a sign-in.
 * On a server it does nothing.
 */
export declare function createAuth(config: ClientConfig, options?: AuthOptions): { install(app: App): void };

/** The state of the plugin's client, in `setup`. `config` if the application does not use the plugin. */
export declare function useAuth(): { readonly [Name in keyof AuthState]: ComputedRef<AuthState[Name]> };
