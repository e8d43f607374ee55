import type { AuthError, Client, User } from './types.d.ts';

/** What a view shows. A new object whenever something has changed. */
export interface AuthState {
  /** Undefined while it is being opened, on a server, and if it could not be (`error`). */
  readonly client: Client | undefined;
  /** Who is signed in. */
  readonly user: User | undefined;
  /** Why the client could not be opened, or the sign-in of this callback page failed. */
  readonly error: AuthError | undefined;
  /** True until it is known whether somebody is signed in. */
  readonly isLoading: boolean;
}
