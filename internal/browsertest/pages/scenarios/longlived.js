// An access token of 30 days, on a clock of our own in the worker: timers beyond 2^31-1 ms must not fire at once.
import { createClient } from '/pkcewasm/index.js';
import { assert, check, done, equal } from '../harness/harness.js';
import { clientConfig, provider } from '../harness/scenario.js';

const HOUR = 3600;
const settings = { workerUrl: '/workers/clock-worker.js', refresh: { jitterSeconds: 0 } };

export async function start() {
  await (await createClient(await clientConfig(settings))).signInRedirect();
}

export async function callback() {
  const { control } = await provider();
  const refreshes = async () => (await (await fetch(`${control}/report`)).json()).refreshes;
  const client = await createClient(await clientConfig(settings));
  const { user } = await client.handleRedirectCallback();
  await check('a 30-day token makes no request in its first hour', async () => {
    assert(user.expiresAt - Date.now() > 29 * 24 * HOUR * 1000, `the token expires at ${user.expiresAt}`);
    const timers = await advance(HOUR);
    equal(await refreshes(), 0, 'refreshes');
    return `${timers} timers fired`;
  });
  // The same clock and worker do refresh when it is time.
  await check('a 2-hour token is refreshed in its second hour', async () => {
    await fetch(`${control}/settings`, { method: 'POST', body: JSON.stringify({ accessTokenSeconds: 2 * HOUR }) });
    await client.refresh();
    equal(await refreshes(), 1, 'refreshes with the one on demand');
    await advance(HOUR);
    equal(await refreshes(), 1, 'refreshes after an hour');
    await advance(HOUR);
    equal(await refreshes(), 2, 'refreshes after two');
  });
  await done();
}

/** Moves the worker's clock. @param {number} seconds @returns {Promise<number>} how many timers fired */
function advance(seconds) {
  const channel = new BroadcastChannel('clock');
  return new Promise((resolve) => {
    channel.onmessage = ({ data }) => {
      channel.close();
      resolve(data.fired);
    };
    channel.postMessage({ advance: seconds * 1000 });
  });
}
