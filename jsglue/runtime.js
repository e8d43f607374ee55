// Runs a module by the loader of the toolchain that built it, which the module's imports tell. The release build's loader
// (go.slim.js) is part of the package's code. The Go build's is two files that are downloaded when such a module comes along,
// by address, so that the users of the release build pay nothing for them and no bundler has to split a worker: bundlers
// copy the files that `new URL` names, as they are, which is why those files import nothing.

import { instantiate as instantiateSlim } from './go.slim.js';

export { createHost } from './go.slim.js';

/**
 * Instantiates and starts a module, on a host from createHost.
 * @param {WebAssembly.Module} module
 * @param {object} options
 * @param {Record<string, any>} options.host
 * @param {() => Error} options.crashed makes the error that a crash is reported as
 * @param {() => void} options.onCrash called once, when the module trapped or ended
 * @returns {Promise<import('./scratch.js').Scratch>}
 */
export async function instantiate(module, options) {
  const modules = WebAssembly.Module.imports(module).map((item) => item.module);
  if (modules.includes('pkcewasm')) return instantiateSlim(module, options);
  if (!modules.includes('gojs')) throw new Error('not a module of this package');
  const [{ instantiate: instantiateGo }, { defineGo }] = await Promise.all([
    new URL('./go.js', import.meta.url),
    new URL('./go.exec.js', import.meta.url),
  ].map(({ href }) => import(/* webpackIgnore: true */ /* @vite-ignore */ href)));
  return instantiateGo(module, { defineGo, ...options });
}
