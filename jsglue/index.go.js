// pkcewasm/go: the same with the module that the Go toolchain built, twelve times the size of the release build.

import { createClient as create, loadPkce as load } from './index.js';
import { integrity } from './integrity.js';
import { unchanged } from './load.js';

export { AuthError } from './errors.js';

/** @import { Client, ClientConfig, LoadOptions, Pkce } from './types.d.ts' */

const module = () => unchanged(new URL('./pkce.wasm', import.meta.url), integrity.go);

/**
 * @param {ClientConfig} config
 * @returns {Promise<Client>}
 */
export function createClient(config) {
  return create({ ...config, wasmUrl: config?.wasmUrl ?? module() });
}

/**
 * @param {LoadOptions} [options]
 * @returns {Promise<Pkce>}
 */
export function loadPkce(options) {
  return load({ ...options, wasm: options?.wasm ?? module() });
}
