// A session from sign-in to sign-out, as an application has it: three visits of the redirect URI.
import { createClient } from '/pkcewasm/index.js';
import { assert, check, done, equal, rejects } from '../harness/harness.js';
import { clientConfig, provider, times } from '../harness/scenario.js';

const RETURN_TO = '/orders?page=2#last';

export async function start() {
  const client = await createClient(await clientConfig());
  await check('nobody is signed in at first', async () => {
    equal(client.getUser(), undefined, 'getUser()');
    equal(client.isRedirectCallback(), false, 'isRedirectCallback()');
    await rejects('login_required', () => client.getAccessToken());
  });
  await check('leaves for the provider', () => void client.signInRedirect({ returnTo: RETURN_TO }));
}

export async function callback() {
  if (sessionStorage.getItem('replay') === null) await signedIn();
  else await replayed();
}

async function signedIn() {
  const url = location.href;
  /** @type {any[]} */
  const signOuts = [];
  const { api, user: expected } = await provider();
  const client = await createClient(await clientConfig());
  client.on('signedOut', (/** @type {any} */ event) => signOuts.push(event));
  const refreshedThrice = times(client, 'refreshed', 3, 60);
  refreshedThrice.catch(() => {}); // looked at below, if the sign-in succeeds

  const ok = await check('sign-in and code exchange', async () => {
    assert(client.isRedirectCallback(), 'the callback URL is not recognised');
    const first = client.handleRedirectCallback();
    equal(location.search, '', 'query of the address bar before the first await');
    const { user, returnTo } = await first;
    equal(user.claims.sub, expected, 'sub');
    equal(returnTo, RETURN_TO, 'returnTo');
    equal(client.getUser()?.claims.sub, expected, 'sub of getUser()');
  });
  await check('the same callback twice is one', async () => {
    const { user } = await client.handleRedirectCallback(url);
    equal(user.claims.sub, expected, 'sub');
  });
  await check('no transaction is left behind', () => {
    const left = Object.keys(sessionStorage).filter((key) => key.includes('transaction'));
    equal(left.join(' '), '', 'keys of sessionStorage');
    equal(localStorage.length, 0, 'entries of localStorage');
  });
  if (!ok) return done();

  const tokens = new Set([await client.getAccessToken({ cacheOnly: true })]);
  client.on('refreshed', async () => tokens.add(await client.getAccessToken({ cacheOnly: true })));
  await check('three timer refreshes', async () => {
    await refreshedThrice;
    tokens.add(await client.getAccessToken({ cacheOnly: true }));
    equal(tokens.size, 4, 'different access tokens');
  }, 60);
  await check('a protected API answers', async () => {
    const response = await client.fetch(api);
    equal(response.status, 200, 'status');
    assert((await response.text()).includes(expected), 'the answer does not name the user');
  });
  await check('refresh on demand', async () => equal((await client.refresh()).claims.sub, expected, 'sub'));
  await check('sign-out', async () => {
    await client.signOut({ local: true });
    equal(client.getUser(), undefined, 'getUser()');
    await rejects('login_required', () => client.getAccessToken());
    equal(signOuts.length, 1, 'signedOut events');
  });
  sessionStorage.setItem('replay', url);
  location.replace(url);
}

async function replayed() {
  const client = await createClient(await clientConfig());
  await check('a replayed callback is refused', async () => {
    assert(client.isRedirectCallback(), 'the callback URL is not recognised');
    await rejects('state', () => client.handleRedirectCallback());
    equal(client.getUser(), undefined, 'getUser()');
    equal(location.search, '', 'query of the address bar');
  });
  await done();
}
