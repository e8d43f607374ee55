// What the tests of the adapters have in common: a provider, a client's configuration, and a user on the way back from the provider.

import assert from 'node:assert/strict';
import { ORIGIN, visit } from './dom.js';
import { createClient } from '../index.js';
import { createProvider } from '../testing.js';

let count = 0;

/** Puts a provider in place. It knows another client each time, so that what a test leaves behind has another session. */
export async function startSignIn() {
  const provider = await createProvider({ clientId: `app-${++count}` });
  const uninstall = provider.install();
  /** @type {import('../types.d.ts').ClientConfig} */
  const config = {
    issuer: provider.issuer, clientId: provider.clientId, redirectUri: `${ORIGIN}/callback`, scope: 'openid offline_access', isolation: 'none', allowLoopbackHttp: true,
  };
  return {
    provider, config, uninstall,
    /** The page is the callback of a sign-in that was begun before. @param {{ deny?: boolean }} [decision] */
    async comeBack(decision) {
      const client = await createClient(config);
      await client.signInRedirect({ returnTo: '/orders', navigate: async (url) => visit(await provider.authorize(url, decision)) });
      await client.close();
    },
    exchanges: () => provider.requests.filter(({ grantType }) => grantType === 'authorization_code').length,
  };
}

/**
 * Waits until the page says something.
 * @param {string} text
 */
export async function shown(text) {
  for (const end = Date.now() + 10_000; document.body.textContent !== text && Date.now() < end;) await new Promise((resolve) => { setTimeout(resolve, 5); });
  assert.equal(document.body.textContent, text);
}
