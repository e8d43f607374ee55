// The browser prerenders a page that opens a client at once, before the user goes there.
// Parameter: mode = shared | stored.
import { createClient } from '/pkcewasm/index.js';
import { check, done, equal } from '../harness/harness.js';
import { clientConfig, parameter, provider } from '../harness/scenario.js';
import { visitProvider } from '../harness/tabs.js';

const PAGE = '/callback.html?prerendered';

const config = () => clientConfig(parameter('mode') === 'shared' ? { isolation: 'shared' } : { isolation: 'dedicated', storage: 'indexeddb' });

export async function start() {
  const { control } = await provider();
  const client = await createClient(await config());
  let url = '';
  await client.signInRedirect({ navigate: (to) => { url = to; } });
  await client.handleRedirectCallback(await visitProvider(url));
  const requests = async () => (await (await fetch(`${control}/ledger`)).json()).length;
  const before = await requests();
  const rules = Object.assign(document.createElement('script'), { type: 'speculationrules', text: JSON.stringify({ prerender: [{ urls: [PAGE], eagerness: 'immediate' }] }) });
  document.head.append(rules);
  await fetch('/prerendered'); // is answered when the page has opened its client
  await check('a prerendered page asks the server nothing', async () => equal(await requests(), before, 'requests'));
  location.href = PAGE;
}

export async function callback() {
  if (parent !== window) {
    parent.postMessage(location.href, location.origin);
    return;
  }
  let opened = false;
  const opening = createClient(await config());
  opening.then(() => { opened = true; });
  /** What there was when the user came. @type {Promise<{ opened: boolean, files: string[] }>} */
  const shown = new Promise((resolve) => {
    document.addEventListener('prerenderingchange', () => resolve({ opened, files: performance.getEntriesByType('resource').map(({ name }) => name) }), { once: true });
  });
  const { prerendering } = /** @type {any} */ (document);
  await fetch('/prerendered', { method: 'POST' });
  await check('it does nothing until it is shown', async () => {
    equal(prerendering, true, 'document.prerendering');
    const before = await shown;
    equal(before.opened, false, 'a client');
    equal(before.files.filter((name) => /worker\.js|\.wasm/.test(name)).join(), '', 'files of the engine');
  });
  await check('and then it has the session', async () => {
    const client = await opening;
    equal(client.getUser()?.subject, 'alice', 'subject');
    await client.getAccessToken();
    await client.signOut({ local: true });
  });
  await done();
}
