// A session that is signed in and has refreshed three times, for a test to look at from outside. The title says when.
import { createClient } from '/pkcewasm/index.js';
import { clientConfig, parameter } from '../harness/scenario.js';

export async function start() {
  const client = await open();
  if (parameter('isolation') === 'shared') return client.signInRedirect();
  await client.signInSilent({ loginHint: 'alice' });
  await hold(client);
}

export async function callback() {
  const client = await open();
  await client.handleRedirectCallback();
  await hold(client);
}

async function open() {
  return createClient(await clientConfig({ isolation: parameter('isolation'), dpop: 'required', workerUrl: '/workers/key-worker.js', popupRedirectUri: `${location.origin}/forward.html` }));
}

/** @param {any} client */
async function hold(client) {
  for (let i = 0; i < 3; i++) await client.refresh();
  /** @type {any} */ (globalThis).client = client;
  document.title = 'held';
}
