// Many tabs with one session, against a server that ends it when a refresh token is used twice.
// Parameters: mode = shared | stored, tabs = how many, rounds = how often all want a new token at once.
import { createClient } from '/pkcewasm/index.js';
import { assert, check, done, equal, rejects } from '../harness/harness.js';
import { clientConfig, parameter, provider, sleep } from '../harness/scenario.js';
import { openTab, visitProvider } from '../harness/tabs.js';

const STEP = 'harness.step';

// The tabs ask at the same moment, instead of each when its timer fires.
const config = () => clientConfig({
  refresh: { auto: false }, ...parameter('mode') === 'shared' ? { isolation: 'shared' } : { isolation: 'dedicated', storage: 'indexeddb' },
});

/** Whether the browser keeps a shared worker alive without its page. */
function knowsExtendedLifetime() {
  let known = false;
  const worker = new SharedWorker('data:text/javascript,', { get extendedLifetime() { return known = true; } });
  worker.port.close();
  return known;
}

export async function start() {
  const client = await createClient(await config());
  await client.signInRedirect({ returnTo: '/orders' });
}

export async function callback() {
  if (parent !== window) parent.postMessage(location.href, location.origin);
  else if (sessionStorage.getItem(STEP) === null) await comeBack();
  else await reloaded();
}

async function comeBack() {
  const kept = Object.entries(sessionStorage).map(([key, value]) => key + value).join();
  const client = await createClient(await config());
  if (parameter('mode') === 'shared') {
    await check('the verifier is where it belongs', () => {
      equal(kept.includes('codeVerifier'), !knowsExtendedLifetime(), 'a verifier in sessionStorage');
      return knowsExtendedLifetime() ? 'in the worker' : 'in sessionStorage';
    });
  }
  await check('sign-in', async () => {
    const { user, returnTo } = await client.handleRedirectCallback();
    equal(user.subject, 'alice', 'subject');
    equal(returnTo, '/orders', 'returnTo');
  });
  sessionStorage.setItem(STEP, 'reload');
  location.reload();
}

async function reloaded() {
  const settings = await config();
  const client = await createClient(settings);
  if (parameter('mode') !== 'shared' || knowsExtendedLifetime()) {
    await check('a reload keeps the session', () => equal(client.getUser()?.subject, 'alice', 'subject'));
  }
  const count = Number(parameter('tabs')), rounds = Number(parameter('rounds'));
  const tabs = await Promise.all(Array.from({ length: count }, openTab));
  await check('every tab opens', () => Promise.all(tabs.map(({ ask }) => ask('open', settings))), 60);
  /** @param {string} action @param {any} [argument] */
  const all = (action, argument) => Promise.all(tabs.map(({ ask }) => ask(action, argument)));
  /** @param {string} action @param {(value: any) => boolean} good */
  const until = async (action, good) => {
    const begin = performance.now();
    for (;;) {
      const values = await all(action);
      if (values.every(good)) return `${(performance.now() - begin).toFixed()} ms`;
      assert(performance.now() - begin < 30_000, `after 30 s: ${JSON.stringify(values)}`);
      await sleep(10);
    }
  };
  const signIn = async (/** @type {object} */ options) => {
    const [{ ask }] = tabs;
    return ask('callback', await visitProvider(await ask('signInURL', options)));
  };

  if (!client.getUser()) await signIn({ loginHint: 'alice' });
  await check('every tab has the session', () => until('user', (user) => user === 'alice'));
  const seen = new Set();
  await check('one request for each rotation, and no token twice', async () => {
    const { control } = await provider();
    await fetch(`${control}/reset`, { method: 'POST' });
    const { accessTokenSeconds } = await (await fetch(`${control}/settings`)).json();
    const minValiditySeconds = accessTokenSeconds / 2; // so that no tab is too slow for its token
    /** How long after the server's answer a tab had its token (ms). @type {number[]} */
    const waits = [];
    for (let round = 1; round <= rounds; round++) {
      await sleep(minValiditySeconds * 1000 + 100);
      const begin = performance.now(), before = seen.size;
      const got = await all('timed', { minValiditySeconds });
      for (const { token } of got) seen.add(token);
      const slow = performance.now() - begin > minValiditySeconds * 1000; // so that a token was due while others still asked
      assert(slow || seen.size === before + 1, `${seen.size - before} tokens in a round`);
      const { refreshes, reuse } = await (await fetch(`${control}/report`)).json();
      equal(refreshes, seen.size, 'requests');
      equal(reuse, 0, 'refresh tokens used twice');
      const answered = Date.parse((await (await fetch(`${control}/ledger?endpoint=token`)).json()).at(-1).finished);
      waits.push(...got.map(({ at }) => Math.max(at - answered, 0)));
    }
    waits.sort((a, b) => a - b);
    return `${count} tabs, ${rounds} rounds, ${seen.size} requests, 0 reused, new token p95 ${waits[Math.floor(waits.length * 0.95)]?.toFixed()} ms after the answer`;
  }, 60 + 10 * rounds);
  await check('another user in one tab is another user in all', async () => {
    equal(await signIn({ loginHint: 'bob' }), 'bob', 'subject');
    const took = await until('user', (user) => user === 'bob');
    for (const token of await all('token')) assert(!seen.has(token), 'a token of the user before');
    return took;
  });
  await check('a tab that goes does not matter', async () => {
    const asking = tabs.slice(0, 2).map(({ ask }) => ask('refresh').catch(() => {}));
    tabs[1].kill();
    tabs.splice(1, 1);
    await asking[0];
    equal(await tabs[0].ask('refresh'), 'bob', 'subject');
  });
  await check('a sign-out reaches every tab', async () => {
    const signingOut = tabs[0].ask('signOut');
    const took = await until('user', (user) => user === undefined);
    await signingOut;
    for (const { ask } of tabs) await rejects('login_required', () => ask('token'));
    const events = await all('events');
    for (const list of events) equal(list.filter((/** @type {string} */ event) => event.startsWith('signedOut logout')).length, 1, 'signedOut events');
    return took;
  });
  await check('nothing is held', async () => {
    await sleep(1000);
    const { held = [] } = await navigator.locks.query();
    const left = held.filter(({ name }) => name?.startsWith('pkcewasm') && !name.startsWith('pkcewasm.life:'));
    equal(left.length, 0, 'locks but those of living workers');
  });
  await done();
}
