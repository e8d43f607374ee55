// A tab that keeps its session in sessionStorage opens another one. The browser copies sessionStorage into it, as it does for a
// tab that is duplicated.
import { createClient } from '/pkcewasm/index.js';
import { assert, check, done, equal, rejects } from '../harness/harness.js';
import { clientConfig, provider, sleep } from '../harness/scenario.js';
import { visitProvider } from '../harness/tabs.js';

const stored = (/** @type {Storage} */ storage) => JSON.stringify(storage);

export async function start() {
  const { control } = await provider();
  const config = await clientConfig({ storage: 'session', refresh: { auto: false } });
  const client = await createClient(config);
  let url = '';
  await client.signInRedirect({ navigate: (to) => { url = to; } });
  await client.handleRedirectCallback(await visitProvider(url));
  const secrets = await (await fetch(`${control}/secrets`)).json();
  const holds = (/** @type {Storage} */ storage) => secrets.some((/** @type {string} */ secret) => stored(storage).includes(secret));

  const copy = /** @type {any} */ (open('/tab.html'));
  while (!copy.tab) await sleep(10);
  await check('the copy is deleted, and the original goes on', async () => { // F-I11
    assert(holds(copy.sessionStorage), 'the browser copied nothing');
    await copy.tab.open(config);
    assert(!holds(copy.sessionStorage), 'the copy is there');
    assert(holds(sessionStorage), 'the original is gone');
    equal(copy.tab.user(), undefined, 'user of the copy');
    await rejects('login_required', () => copy.tab.token());
    equal((await client.refresh()).subject, 'alice', 'subject');
  });
  await check('two users in two tabs', async () => { // F-I12
    equal(await copy.tab.callback(await visitProvider(await copy.tab.signInURL({ loginHint: 'bob' }))), 'bob', 'subject');
    for (let i = 0; i < 3; i++) {
      const both = await Promise.all([client.refresh().then(({ subject }) => subject), copy.tab.refresh()]);
      equal(both.join(), 'alice,bob', 'subjects');
    }
    await copy.tab.signOut();
    equal((await client.refresh()).subject, 'alice', 'subject after the other one signed out');
    equal((await (await fetch(`${control}/report`)).json()).reuse, 0, 'tokens spent twice');
  });
  copy.close();
  await client.signOut({ local: true });
  await client.close();
  await done();
}

export function callback() {
  parent.postMessage(location.href, location.origin);
}
