// Simulated days: the package with the clock and the provider of pkcewasm/testing, among faults at random by a seed. As in the
// native soak the session lives, no refresh token is spent twice, no expired token is handed out, no call hangs, no request is too
// many, and no secret is in what is shown. Parameters: first and last seed, hours of a day.
import { assert, check, done, equal } from '../harness/harness.js';
import { parameter } from '../harness/scenario.js';
import { createClock, createProvider } from '/pkcewasm/testing.js';

/** What may be the matter for a while; the empty one is nothing. */
const FAULTS = ['', '', '', '', 'network', 'offline', '500', '429', 'html', 'cut', 'lost'];
/** A call may take so long (s): one deadline of 15 s, and a second for all else. */
const LONGEST = 16;
const LIFETIME = 300;

export async function start() {
  const first = Number(parameter('first')), last = Number(parameter('last'));
  const clock = createClock(); // the module remembers it
  for (let seed = first; seed <= last; seed++) await check(`day ${seed}`, () => live(clock, seed), 600);
  await done();
}

/** @param {import('/pkcewasm/testing.js').FakeClock} clock @param {number} seed */
async function live(clock, seed) {
  const { createClient } = await import('/pkcewasm/index.js');
  const random = generator(seed), below = (/** @type {number} */ n) => Math.floor(random() * n);
  const provider = await createProvider({ accessTokenSeconds: LIFETIME });
  const network = install(provider);
  const client = await createClient({ issuer: provider.issuer, clientId: provider.clientId, redirectUri: `${location.origin}/callback.html`, scope: 'openid offline_access', isolation: 'none', allowLoopbackHttp: true });
  /** @type {string[]} */
  const ends = [];
  for (const name of /** @type {const} */ (['signedOut', 'crashed'])) client.on(name, () => ends.push(name));
  await provider.signIn(client);

  const pending = new Set();
  let calls = 0;
  /** @param {string} name @param {() => Promise<unknown>} run @param {boolean} [healthy] */
  const call = (name, run, healthy = false) => {
    calls++;
    pending.add(name);
    return run().then((token) => {
      if (typeof token === 'string') assert(provider.accepts(token), `${name}: an expired token`);
    }, (/** @type {any} */ error) => {
      equal(error.name, 'AuthError', `${name} on day ${seed}`);
      assert(!/(access|refresh|code)-\d/.test(`${error.message} ${error.description} ${error.stack}`), `a secret in ${error.message}`);
      assert(!healthy, `${name} on a good day: ${error.code}`);
    }).finally(() => pending.delete(name));
  };
  /** @type {(() => unknown)[]} */
  const acts = [
    () => call('token', () => client.getAccessToken()),
    () => Promise.all(Array.from({ length: 20 }, (_, i) => call(`token ${i}`, () => client.getAccessToken({ minValiditySeconds: 30 })))),
    () => call('refresh', () => client.refresh()),
    async () => {
      await clock.sleep(below(7200));
      await call('token after a sleep', () => client.getAccessToken());
    },
    () => document.dispatchEvent(new Event('visibilitychange')),
    () => call('userinfo', () => client.fetchUserInfo()),
  ];
  const problems = /** @type {unknown[]} */ ([]);
  const end = performance.now() + Number(parameter('hours')) * 3_600_000;
  while (performance.now() < end) {
    network.begin(FAULTS[below(FAULTS.length)]);
    for (let i = below(8); i > 0; i--) {
      const acting = Promise.resolve(acts[below(acts.length)]()).catch((error) => problems.push(error));
      await clock.advance(LONGEST);
      equal([...pending].join(), '', 'calls without an end');
      await acting;
      await clock.advance(below(224));
    }
    network.begin('');
    await clock.advance(90); // the longest pause between attempts, and some
    await call('token on a good day', () => client.getAccessToken(), true);
    if (problems.length > 0) throw problems[0];
    equal(ends.join(), '', 'how the session ended');
  }
  await client.close();
  network.remove();
  return JSON.stringify({ calls, ...network.counts });
}

/** Puts a network with faults between the client and the provider. @param {import('/pkcewasm/testing.js').FakeProvider} provider */
function install(provider) {
  const remove = provider.install();
  const { fetch } = globalThis;
  const counts = { tokenRequests: 0, faults: 0, lostAnswers: 0 };
  /** When tokens were asked for in the last minute. @type {number[]} */
  let recent = [];
  /** By the refresh tokens that were spent for nothing, those of the answers that did not arrive: as a server with a grace period does. @type {Map<string, string>} */
  const lost = new Map();
  let fault = '';
  const json = (/** @type {string} */ body, status = 200) => new Response(body, { status, headers: { 'content-type': 'application/json' } });
  globalThis.fetch = async (input, init) => {
    if (fault === 'network' || fault === 'offline') throw new TypeError('Failed to fetch');
    if (!String(input instanceof Request ? input.url : input).endsWith('/token')) return fetch(input, init);
    counts.tokenRequests++;
    recent = [...recent.filter((at) => at > performance.now() - 60_000), performance.now()];
    assert(recent.length <= 10, 'more than ten requests in a minute');
    if (fault === '500' || fault === '429') return json('{}', Number(fault));
    if (fault === 'html') return json('<html>');
    const form = new URLSearchParams(String(init?.body));
    const presented = form.get('refresh_token') ?? '';
    const undelivered = lost.get(presented);
    if (undelivered) form.set('refresh_token', undelivered);
    const response = await fetch(input, { ...init, body: form.toString() });
    if (fault !== 'lost' && fault !== 'cut') return response;
    const body = await response.text();
    lost.set(presented, JSON.parse(body).refresh_token);
    counts.lostAnswers++;
    if (fault === 'lost') throw new TypeError('Failed to fetch');
    return json(body.slice(0, body.length / 2));
  };
  Object.defineProperty(navigator, 'onLine', { get: () => fault !== 'offline', configurable: true });
  return {
    counts,
    /** Ends one fault and begins the next. @param {string} next */
    begin(next) {
      const before = navigator.onLine;
      fault = next;
      if (fault) counts.faults++;
      if (before !== navigator.onLine) dispatchEvent(new Event(before ? 'offline' : 'online'));
    },
    remove() {
      globalThis.fetch = fetch;
      remove();
    },
  };
}

/** Numbers from 0 to 1 by a seed (mulberry32). @param {number} seed */
function generator(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
