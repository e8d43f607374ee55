// Sleeps and clocks that jump, judged by the clocks of the page: F-H3, F-H4, F-H5, F-J1.
import { jump, real } from '../workers/shift.js';
import { createClient } from '/pkcewasm/index.js';
import { assert, check, done, equal } from '../harness/harness.js';
import { clientConfig, provider } from '../harness/scenario.js';

const MINUTE = 60_000, HOUR = 60 * MINUTE;
const CALLS = 10_000;
const settings = { workerUrl: '/workers/shift-worker.js' };

/** What wakes a page up. @type {Record<string, () => boolean>} */
const WAKES = {
  visibilitychange: () => document.dispatchEvent(new Event('visibilitychange')),
  resume: () => document.dispatchEvent(new Event('resume')),
  pageshow: () => dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true })),
  online: () => dispatchEvent(new Event('online')),
};
/** What a sleep of 8 hours does to the clocks. @type {Record<string, { wall: number, monotonic: number }>} */
const SLEEPS = {
  'the monotonic clock stands still': { wall: 8 * HOUR, monotonic: 0 },
  'both clocks go on': { wall: 8 * HOUR, monotonic: 8 * HOUR },
};

export async function start() {
  await (await createClient(await clientConfig(settings))).signInRedirect();
}

export async function callback() {
  const { control } = await provider();
  const { accessTokenSeconds } = await (await fetch(`${control}/settings`)).json();
  const requests = async () => (await (await fetch(`${control}/report`)).json()).refreshes;
  const client = await createClient(await clientConfig(settings));
  await client.handleRedirectCallback();

  /** When a token expires at the latest, by both clocks. @type {Map<string, { wall: number, monotonic: number }>} */
  const expiries = new Map();
  const expiry = () => ({ wall: Date.now() + accessTokenSeconds * 1000, monotonic: performance.now() + accessTokenSeconds * 1000 });
  client.on('refreshed', async () => {
    const latest = expiry(); // it is a little older than that
    expiries.set(await client.getAccessToken({ cacheOnly: true }), latest);
  });
  /** Asks for tokens, and looks at the clocks each time. @param {number} calls */
  const ask = async (calls) => {
    for (let i = 0; i < calls; i++) {
      const token = await client.getAccessToken();
      const { wall, monotonic } = expiries.get(token) ?? (expiries.set(token, expiry()), expiry());
      assert(Date.now() < wall && performance.now() < monotonic, `call ${i}: a token that has expired`);
    }
  };
  const refreshed = () => {
    const begin = real();
    return new Promise((/** @type {(ms: number) => void} */ resolve) => {
      const off = client.on('refreshed', () => {
        off();
        resolve(real() - begin);
      });
    });
  };

  for (const [behaviour, sleep] of Object.entries(SLEEPS)) {
    for (const [event, wake] of Object.entries(WAKES)) {
      await check(`8 h asleep, ${behaviour}, ${event}: refreshed at once, by one request`, async () => {
        await jump({ wall: 2 * MINUTE, monotonic: 2 * MINUTE }); // since the last one
        const before = await requests();
        await jump(sleep);
        const waiting = refreshed();
        wake();
        const took = await waiting;
        await ask(10);
        equal(await requests(), before + 1, 'requests');
        return `${took.toFixed()} ms after the event`;
      });
    }
    await check(`8 h asleep, ${behaviour}: no call gets an expired token`, async () => {
      await jump({ wall: 2 * MINUTE, monotonic: 2 * MINUTE });
      await ask(1);
      const before = await requests();
      await ask(CALLS / 2);
      await jump(sleep);
      await ask(CALLS / 2);
      equal(await requests(), before + 1, 'requests');
    });
  }
  for (const wall of [HOUR, -HOUR]) {
    await check(`the clock is set by ${wall / HOUR} h: no call gets an expired token`, async () => {
      await jump({ wall: 2 * MINUTE, monotonic: 2 * MINUTE });
      await ask(1);
      const before = await requests();
      await ask(CALLS / 2);
      await jump({ wall, monotonic: 0 });
      WAKES.visibilitychange();
      await ask(CALLS / 2);
      const extra = await requests() - before;
      assert(extra <= 1, `${extra} requests`);
      return `${extra} requests`;
    });
  }
  await check('a clock that swings by 2 h: at most one request more a minute', async () => {
    await jump({ wall: 2 * MINUTE, monotonic: 2 * MINUTE });
    await ask(1);
    const before = await requests();
    for (let i = 0; i < 30; i++) {
      await jump({ wall: (i % 2 ? -2 : 2) * HOUR, monotonic: 1000 });
      WAKES.visibilitychange();
      await ask(10);
    }
    const extra = await requests() - before;
    assert(extra <= 1, `${extra} requests in half a minute`);
    return `${extra} requests in 30 s`;
  });
  await done();
}
