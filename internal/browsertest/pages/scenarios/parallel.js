// Sign-ins that cross each other: in two tabs, and in one.
import { check, done, equal } from '../harness/harness.js';
import { clientConfig, parameter, sleep } from '../harness/scenario.js';
import { openTab, visitProvider } from '../harness/tabs.js';

export async function start() {
  const config = await clientConfig(parameter('mode') === 'shared' ? { isolation: 'shared' } : { isolation: 'dedicated', storage: 'indexeddb' });
  const tabs = [await openTab(), await openTab()];
  const [first, second] = tabs;
  for (const { ask } of tabs) await ask('open', config);
  /** @param {string} subject */
  const everywhere = async (subject) => {
    for (const { ask } of tabs) while (await ask('user') !== subject) await sleep(10);
  };
  await check('two tabs: each finishes its own, and the last one is everybody\'s', async () => { // F-160
    const asAlice = await visitProvider(await first.ask('signInURL', { loginHint: 'alice' }));
    const asBob = await visitProvider(await second.ask('signInURL', { loginHint: 'bob' }));
    equal(await second.ask('callback', asBob), 'bob', 'subject in the second tab');
    await everywhere('bob');
    equal(await first.ask('callback', asAlice), 'alice', 'subject in the first tab');
    await everywhere('alice');
    equal(await first.ask('token', {}), await second.ask('token', {}), 'access token');
  });
  await check('one tab: the state that comes back decides', async () => { // F-161
    const before = await visitProvider(await first.ask('signInURL', { loginHint: 'carol' }));
    const after = await visitProvider(await first.ask('signInURL', { loginHint: 'dave' }));
    equal(await first.ask('callback', before), 'carol', 'subject of the first sign-in');
    equal(await first.ask('callback', after), 'dave', 'subject of the second sign-in');
    await everywhere('dave');
  });
  await done();
}

export function callback() {
  parent.postMessage(location.href, location.origin);
}
