// pkcewasm/testing: for the tests of applications. Nothing of it is part of what an application ships.

import { createState, openProvider } from './testing-provider.js';

export { createClock } from './testing-clock.js';

/** @import { FakeProvider, FakeProviderOptions } from './testing.d.ts' */

/**
 * @param {FakeProviderOptions} [options]
 * @returns {Promise<FakeProvider>}
 */
export async function createProvider(options = {}) {
  const provider = openProvider(options, await createState(options.user));
  return Object.assign(Object.create(null, Object.getOwnPropertyDescriptors(provider)), {
    install() {
      const real = globalThis.fetch;
      globalThis.fetch = (/** @type {any} */ input, /** @type {any} */ init) => {
        const url = String(input instanceof Request ? input.url : input);
        return url === provider.issuer || url.startsWith(`${provider.issuer}/`) ? provider.fetch(input, init) : real(input, init);
      };
      return () => { globalThis.fetch = real; };
    },
    async signIn(/** @type {any} */ client, /** @type {any} */ options) {
      let callback = '';
      await client.signInRedirect({ ...options, navigate: async (/** @type {string} */ url) => { callback = await provider.authorize(url); } });
      return (await client.handleRedirectCallback(callback)).user;
    },
  });
}

/**
 * Starts the provider in a service worker, and resolves when every request of this page and its workers goes through it.
 * @param {string | URL} script
 * @returns {Promise<string>} the issuer
 */
export async function registerProvider(script) {
  const { serviceWorker } = globalThis.navigator;
  const { scope } = await serviceWorker.register(script, { type: 'module' });
  if (!globalThis.location.href.startsWith(scope)) throw new TypeError(`pkcewasm: ${script} must be in a folder above this page: it serves ${scope}`);
  if (!serviceWorker.controller) await beClaimed(serviceWorker);
  return `${scope}provider`;
}

/**
 * A worker claims all pages when it starts. One that comes meanwhile, or is reloaded past the worker, has to ask.
 * @param {ServiceWorkerContainer} serviceWorker
 */
async function beClaimed(serviceWorker) {
  const claimed = new Promise((resolve) => { serviceWorker.addEventListener('controllerchange', resolve, { once: true }); });
  const { active } = await serviceWorker.ready;
  active?.postMessage('claim');
  await claimed;
}
