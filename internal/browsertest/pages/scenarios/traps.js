// The module is made to trap again and again, each time with a request under way: count says how often.
import { createClient } from '/pkcewasm/index.js';
import { check, done, equal, rejects } from '../harness/harness.js';
import { clientConfig, parameter, provider, sleep } from '../harness/scenario.js';

/** Within so many milliseconds everything pending is rejected, and another call answered. */
const REJECTED = 100, ALIVE = 1000;

export async function start() {
  const { control } = await provider();
  const tell = async (/** @type {string} */ path, /** @type {any} */ body) => (await fetch(`${control}/${path}`, { method: 'POST', body: JSON.stringify(body) })).json();
  const config = await clientConfig({ workerUrl: '/workers/trap-worker.js', popupRedirectUri: `${location.origin}/forward.html` });
  const count = Number(parameter('count'));
  const slowest = { rejected: 0, alive: 0 };
  let inTime = 0;
  await check('every trap is recovered from', async () => {
    for (let i = 0; i < count; i++) {
      const client = await createClient(config);
      await client.signInSilent({ loginHint: 'alice' });
      /** @type {string[]} */
      const events = [];
      for (const name of ['crashed', 'signedOut', 'degraded']) client.on(name, () => events.push(name));
      await tell('faults', { endpoint: 'token', faults: [{ hold: true }] });
      const pending = [client.refresh(), client.getAccessToken({ forceRefresh: true })].map((promise) => rejects('crashed', () => promise));
      while ((await (await fetch(`${control}/report`)).json()).heldRightNow === 0) await sleep(5);
      await sleep(20);
      await spoil();
      const began = performance.now();
      await Promise.all([...pending, rejects('crashed', () => client.fetchUserInfo())]); // the next step
      const rejected = performance.now() - began;
      await rejects('login_required', () => client.getAccessToken());
      const alive = performance.now() - began;
      equal(events.sort().join(), 'crashed,signedOut', 'events');
      slowest.rejected = Math.max(slowest.rejected, rejected);
      slowest.alive = Math.max(slowest.alive, alive);
      if (rejected <= REJECTED && alive <= ALIVE) inTime++;
      await tell('release', {});
      await client.close();
    }
    return `recovered ${count} of ${count}, ${inTime} within ${REJECTED} and ${ALIVE} ms; slowest ${slowest.rejected.toFixed()} and ${slowest.alive.toFixed()} ms`;
  }, 30 + count * 3);
  await done();
}

/** @returns {Promise<void>} when the next step of the module will trap */
function spoil() {
  const channel = new BroadcastChannel('trap');
  return new Promise((resolve) => {
    channel.onmessage = ({ data }) => {
      if (data !== 'spoilt') return;
      channel.close();
      resolve();
    };
    channel.postMessage('spoil');
  });
}
