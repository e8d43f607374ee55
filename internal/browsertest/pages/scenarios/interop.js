// What an application does with a real authorization server, one check for each feature. Parameter: features, those that the
// server has. Each part is a sign-in with another client; /lines is how many lines with a prefix the server has printed.
import { createClient, loadPkce } from '/pkcewasm/index.js';
import { assert, check, done, equal } from '../harness/harness.js';
import { clientConfig, parameter, provider, sleep } from '../harness/scenario.js';
import { openTab } from '../harness/tabs.js';

const PARTS = 'interop.parts', URL_SENT = 'interop.url';
const RESOURCE = 'https://api.example.test/';
const ROUNDS = 3, LIFETIME = 3000;

/** What differs from part to part. @type {Record<string, any>} */
const CONFIGS = {
  session: { isolation: 'dedicated', storage: 'indexeddb', scope: 'openid profile email offline_access' },
  DPoP: { dpop: 'required', scope: 'openid offline_access' },
  resource: { resource: RESOURCE, scope: 'openid offline_access api:read' },
};

/** The features of a server that need a sign-in of their own. */
const OWN = ['resource', 'DPoP'];

const has = (/** @type {string} */ feature) => (parameter('features') ?? '').split(',').includes(feature);
// Where a server has no DPoP, a client that prefers it must do without.
const config = (/** @type {string} */ part) => clientConfig({ ...has('DPoP') ? {} : { dpop: 'preferred' }, postLogoutRedirectUri: `${location.origin}/callback.html`, refresh: { auto: false }, ...CONFIGS[part] });
const lines = async (/** @type {string} */ prefix) => Number(await (await fetch(`/lines?prefix=${encodeURIComponent(prefix)}`)).text());
const refreshes = () => lines('token refresh_token');
/** @returns {string[]} */
const parts = () => JSON.parse(sessionStorage.getItem(PARTS) ?? '[]');

export async function start() {
  sessionStorage.setItem(PARTS, JSON.stringify(['session', 'signedOut', ...OWN.filter(has)]));
  await begin();
}

/** Begins the next part. */
async function begin() {
  const [part] = parts();
  if (!part) return done();
  const client = await createClient(await config(part));
  return client.signInRedirect({ navigate: (/** @type {string} */ url) => {
    sessionStorage.setItem(URL_SENT, url);
    location.assign(url);
  } });
}

export async function callback() {
  const [part, ...rest] = parts();
  sessionStorage.setItem(PARTS, JSON.stringify(rest));
  await RUN[part]();
}

/** @type {Record<string, () => Promise<unknown>>} */
const RUN = {
  async session() {
    const back = new URL(location.href), sent = new URL(sessionStorage.getItem(URL_SENT) ?? '');
    const { user } = await provider();
    const client = await createClient(await config('session'));
    await check('sign-in', async () => {
      equal((await client.handleRedirectCallback()).user.subject, user, 'subject');
      const left = client.getUser()?.expiresAt - Date.now();
      assert(left <= LIFETIME, `the token lives for ${left} ms`);
    });
    await check('PAR', () => equal(sent.searchParams.has('request_uri'), has('PAR'), 'request_uri in the authorization request'));
    await check('iss', () => equal(back.searchParams.has('iss'), has('iss'), 'iss in the authorization response'));
    await check('userinfo', async () => equal((await client.fetchUserInfo()).sub, user, 'sub'));
    const tokens = new Set([await client.getAccessToken()]);
    await check('three rotations', async () => {
      for (let i = 0; i < ROUNDS; i++) {
        equal((await client.refresh()).subject, user, 'subject');
        tokens.add(await client.getAccessToken());
      }
      equal(tokens.size, 1 + ROUNDS, 'access tokens');
    });
    await client.close();
    await race();
  },
  async signedOut() {
    await check('sign-out', async () => {
      const client = await createClient(await config('session'));
      equal(client.isRedirectCallback(), false, 'isRedirectCallback()');
      equal(client.getUser(), undefined, 'getUser()');
      await client.close();
    });
    await begin();
  },
  async resource() {
    await check('resource', async () => {
      const client = await createClient(await config('resource'));
      await client.handleRedirectCallback();
      for (let i = 0; i < 2; i++) {
        equal([audience(await client.getAccessToken())].flat().join(), RESOURCE, 'audience of the access token');
        await client.refresh();
      }
      await client.close();
    });
    await begin();
  },
  async DPoP() {
    const { user } = await provider();
    const settings = await config('DPoP');
    const { userinfo_endpoint } = await (await loadPkce()).discover(settings.issuer, { allowLoopbackHttp: true });
    const refused = await lines('token authorization_code 400');
    await check('DPoP', async () => {
      const client = await createClient(settings);
      equal((await client.handleRedirectCallback()).user.subject, user, 'subject');
      equal((await client.fetchUserInfo()).sub, user, 'sub');
      for (let i = 0; i < 2; i++) {
        equal((await client.refresh()).subject, user, 'subject');
        equal((await client.fetch(userinfo_endpoint)).status, 200, 'status of a call with a proof');
      }
      const stolen = { Authorization: `Bearer ${await client.getAccessToken()}` };
      const { status } = await fetch(userinfo_endpoint, { headers: stolen });
      assert(status === 401 || status === 400, `the token is good without its key (${status})`);
      await client.signOut({ local: true, revoke: false });
      await client.close();
    });
    await check('DPoP nonce', async () => equal(await lines('token authorization_code 400') > refused, has('DPoP nonce'), 'whether a nonce was asked for'));
    await begin();
  },
};

/** @param {string} jwt */
const audience = (jwt) => JSON.parse(atob(jwt.split('.')[1].replaceAll('-', '+').replaceAll('_', '/'))).aud;

/** Two tabs, each with a module of its own, ask for a token when theirs has expired; then one of them signs out. */
async function race() {
  const { user } = await provider();
  const settings = await config('session');
  const tabs = [await openTab(), await openTab()];
  /** @param {string} action @param {any} [argument] */
  const all = (action, argument) => Promise.all(tabs.map(({ ask }) => ask(action, argument)));
  const seen = new Set();
  await check('two tabs, one request', async () => {
    await all('open', settings);
    for (const got of await all('user')) equal(got, user, 'user of a tab');
    await sleep(LIFETIME);
    const before = await refreshes();
    for (let round = 0; round < ROUNDS; round++) {
      const fresh = new Set(await all('token'));
      for (const token of fresh) seen.add(token);
      await sleep(LIFETIME + 100);
    }
    assert(seen.size >= ROUNDS, `${seen.size} tokens in ${ROUNDS} rounds`);
    equal(await refreshes() - before, seen.size, 'requests, one for each token');
    for (const got of await all('user')) equal(got, user, 'user of a tab after it');
  }, 60);
  const client = await createClient(settings);
  await check('the session lives on', async () => equal((await client.refresh()).subject, user, 'subject'));
  const { userinfo_endpoint } = await (await loadPkce()).discover(settings.issuer, { allowLoopbackHttp: true });
  const headers = { Authorization: `Bearer ${await client.getAccessToken()}` };
  await check('revocation', async () => {
    let url = '';
    await client.signOut({ navigate: (/** @type {string} */ to) => { url = to; } });
    const { status } = await fetch(userinfo_endpoint, { headers });
    assert(status === 401 || status === 403, `the access token is still good (${status})`);
    sessionStorage.setItem(URL_SENT, url);
  });
  for (const { kill } of tabs) kill();
  location.assign(sessionStorage.getItem(URL_SENT) ?? '');
}
