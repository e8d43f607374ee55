// A service worker of the application answers in the place of the token endpoint (meddling-worker.js).
// Parameter: isolation = shared | dedicated | none.
import { createClient } from '/pkcewasm/index.js';
import { assert, check, done, equal, rejects } from '../harness/harness.js';
import { clientConfig, parameter } from '../harness/scenario.js';
import { visitProvider } from '../harness/tabs.js';

/** @param {string} how @returns {Promise<any[]>} what it has seen */
const meddle = async (how) => (await fetch(`/meddle?how=${how}`)).json();

export async function start() {
  await navigator.serviceWorker.register('/meddling-worker.js');
  while (!navigator.serviceWorker.controller) await new Promise((resolve) => { navigator.serviceWorker.addEventListener('controllerchange', resolve, { once: true }); });
  const { length } = await meddle('pass');
  const client = await createClient(await clientConfig({ isolation: parameter('isolation'), transaction: 'session' }));
  const signIn = async () => {
    let url = '';
    await client.signInRedirect({ navigate: (to) => { url = to; } });
    return (await client.handleRedirectCallback(await visitProvider(url))).user;
  };

  await check('its answer is the server\'s: signed in', async () => {
    equal((await signIn()).subject, 'alice', 'subject');
    const request = (await meddle('pass'))[length];
    assert(request, 'it did not see the request');
    for (const [name, value] of Object.entries({ cache: 'no-store', credentials: 'omit', redirect: 'manual', referrer: '' })) equal(request[name], value, name);
  });
  for (const [how, code] of [['replay', 'id_token'], ['unsigned', 'id_token'], ['page', 'response'], ['redirect', 'redirect']]) {
    await check(`${how}: ${code}, and the session is kept`, async () => {
      await meddle(how);
      await rejects(code, signIn);
      await meddle('pass');
      equal(client.getUser()?.subject, 'alice', 'subject');
      equal((await client.refresh()).subject, 'alice', 'subject');
    });
  }
  await check('a refresh is not redirected', async () => {
    await meddle('redirect');
    await rejects('redirect', () => client.refresh());
    await meddle('pass');
    equal(client.getUser()?.subject, 'alice', 'subject');
  });
  await client.close();
  await done();
}

/** The provider comes back to this page in a frame. */
export function callback() {
  parent.postMessage(location.href, location.origin);
}
