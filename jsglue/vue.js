// pkcewasm/vue: the state of a client for components.

import { computed, inject, shallowRef } from 'vue';
import { configError } from './errors.js';
import { LOADING, watchClient } from './watch.js';

/** @import { App, InjectionKey, ShallowRef } from 'vue' */
/** @import { AuthOptions } from './vue.d.ts' */
/** @import { AuthState } from './state.d.ts' */
/** @import { ClientConfig } from './types.d.ts' */

/** @type {InjectionKey<ShallowRef<AuthState>>} */
const KEY = Symbol('pkcewasm');

/**
 * @param {ClientConfig} config
 * @param {AuthOptions} [options]
 */
export function createAuth(config, { onSignedIn } = {}) {
  return {
    install(/** @type {App} */ app) {
      const state = shallowRef(LOADING);
      app.provide(KEY, state);
      if (!globalThis.document) return; // it is rendered on a server
      app.onUnmount(watchClient(config, (next) => { state.value = next; }, onSignedIn));
    },
  };
}

export function useAuth() {
  const state = inject(KEY, undefined);
  if (!state) throw configError('useAuth', 'must be called in an application that uses createAuth()');
  return {
    client: computed(() => state.value.client), user: computed(() => state.value.user),
    error: computed(() => state.value.error), isLoading: computed(() => state.value.isLoading),
  };
}
