// The public types of pkcewasm/react, for React 18 and later.

import type { ReactElement, ReactNode } from 'react';
import type { AuthState } from './state.d.ts';
import type { ClientConfig, User } from './types.d.ts';

export type { AuthState } from './state.d.ts';

/** Properties of {@link AuthProvider}. */
export interface AuthProviderProps {
  /** As for `createClient`. Read once: to use another, give the element another `key`. */
  config: ClientConfig;
  /** Called when this page was the callback of a sign-in, once; the place to go on to `returnTo`. */
  onSignedIn?: (result: { user: User; returnTo?: string }) => void;
  children?: ReactNode;
}

/**
 * Has a client for the components below it, from when it is mounted until it is not: opens it, handles the callback of a sign-in, closes it. On a
 * server it renders its children with `isLoading`. StrictMode, which mounts everything twice, is one client and one callback.
 */
export declare function AuthProvider(props: AuthProviderProps): ReactElement;

/** The state of the {@link AuthProvider} above; the component is rendered again when it changes. `config` if there is none. */
export declare function useAuth(): AuthState;
