// Refresh schedules of a module as applications hold them. They also hear of the module's death, which the module itself
// cannot tell.

import { closed, crashed, notify, toAuthError } from './errors.js';
import { bare } from './own.js';

/** @import { AuthError } from './errors.js' */
/** @import { Module } from './load.js' */
/** @import { ScheduledRefresh } from './types.d.ts' */

/**
 * @param {Module} module
 * @returns {(raw: any, onError: ((error: AuthError) => void) | undefined, signal: AbortSignal | undefined) => ScheduledRefresh}
 */
export function createSchedules({ guard, onCrash }) {
  /** Called when the module dies. @type {Set<() => void>} */
  const live = new Set();
  onCrash(() => {
    for (const die of live) die();
  });

  return (raw, onError, signal) => {
    /** Why it has ended. @type {AuthError | undefined} */
    let over;
    /** @param {AuthError} reason */
    const end = (reason) => {
      over ??= reason;
      live.delete(die);
      signal?.removeEventListener('abort', leave);
    };
    const leave = () => end(closed());
    const die = () => {
      end(crashed());
      if (onError) notify(onError, crashed());
    };
    live.add(die);
    signal?.addEventListener('abort', leave);
    return Object.create(Object.prototype, bare({
      cancel: bare({
        enumerable: true,
        value() {
          leave();
          raw.cancel();
        },
      }),
      refreshNow: bare({
        enumerable: true,
        async value() {
          if (over) throw over;
          const promise = raw.refreshNow();
          if (!(promise instanceof Promise)) throw toAuthError(promise);
          try {
            return await guard(promise);
          } catch (cause) {
            throw toAuthError(cause);
          }
        },
      }),
      nextAt: bare({ enumerable: true, get: () => (over ? undefined : raw.nextAt) }),
    }));
  };
}
