// The module traps in the worker while a request is under way.
import { createClient } from '/pkcewasm/index.js';
import { assert, check, done, equal, rejects } from '../harness/harness.js';
import { clientConfig, provider, sleep } from '../harness/scenario.js';

const channel = new BroadcastChannel('trap');
/** Instances of the module so far, and when it was made to trap. */
let instances = 0, before = 0;
channel.addEventListener('message', ({ data }) => { if (data === 'started') instances++; });

const settings = { workerUrl: '/workers/trap-worker.js' };

export async function start() {
  await (await createClient(await clientConfig(settings))).signInRedirect();
}

export async function callback() {
  const { control } = await provider();
  const tell = async (/** @type {string} */ path, /** @type {any} */ body) => (await fetch(`${control}/${path}`, { method: 'POST', body: JSON.stringify(body) })).json();
  const client = await createClient(await clientConfig(settings));
  await client.handleRedirectCallback();
  /** @type {string[]} */
  const events = [];
  for (const name of ['crashed', 'signedOut']) client.on(name, () => events.push(name));

  await check('a trap rejects everything that is pending within 100 ms', async () => {
    await tell('faults', { endpoint: 'token', faults: [{ hold: true }] });
    const first = rejects('crashed', () => client.refresh());
    while ((await (await fetch(`${control}/report`)).json()).heldRightNow === 0) await sleep(20);
    before = await spoil();
    const start = performance.now();
    await Promise.all([first, rejects('crashed', () => client.getAccessToken({ forceRefresh: true }))]);
    const passed = performance.now() - start;
    assert(passed < 100, `it took ${passed} ms`);
    return `${passed.toFixed(1)} ms`;
  });
  await check('the session ends once', () => {
    equal(events.sort().join(' '), 'crashed signedOut', 'events');
    equal(client.getUser(), undefined, 'getUser()');
  });
  await check('the module is started again, once', async () => {
    await rejects('login_required', () => client.getAccessToken());
    while (instances === before) await sleep(20); // it says so in a message
    equal(instances - before, 1, 'instances since the trap');
  });
  await tell('release', {});
  await done();
}

/** Resolves to the number of instances when the next step of the module will trap. @returns {Promise<number>} */
function spoil() {
  return new Promise((resolve) => {
    channel.onmessage = ({ data }) => { if (data === 'spoilt') resolve(instances); };
    channel.postMessage('spoil');
  });
}
