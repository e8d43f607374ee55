// A page without any authorization server: the provider of pkcewasm/testing is a service worker, and the client is in a worker.
import { createClient } from '/pkcewasm/index.js';
import { registerProvider } from '/pkcewasm/testing.js';
import { assert, check, done, equal, rejects } from '../harness/harness.js';
import { parameter } from '../harness/scenario.js';

/** Signs in by the buttons of the page that the provider shows; what they send is in the page's form. @param {string} url @param {string} decision */
async function press(url, decision) {
  const response = await fetch(url);
  const page = new DOMParser().parseFromString(await response.text(), 'text/html');
  const form = page.querySelector('form'), button = page.querySelector(`button[value=${decision}]`);
  assert(form && button, 'there is no such button');
  const fields = new FormData(/** @type {HTMLFormElement} */ (form));
  fields.set('decision', decision);
  location.assign(`${form?.getAttribute('action')}?${new URLSearchParams(/** @type {any} */ (fields))}`);
}

async function open() {
  const issuer = await registerProvider('/provider-worker.js?seconds=60');
  return createClient({
    issuer, clientId: 'app', redirectUri: `${location.origin}/callback.html`, scope: 'openid offline_access', isolation: /** @type {any} */ (parameter('isolation')),
    allowLoopbackHttp: true, transaction: 'session',
  });
}

export async function start() {
  await check('goes to the sign-in page', async () => {
    const client = await open();
    await client.signInRedirect({ navigate: (/** @type {string} */ url) => press(url, 'allow') });
  });
}

export async function callback() {
  const client = await open();
  if (sessionStorage.getItem('cancelled')) {
    await check('cancels', async () => {
      equal((await rejects('authorization', () => client.handleRedirectCallback())).oauthError, 'access_denied', 'oauthError');
    });
    return done();
  }
  await check('signs in', async () => equal((await client.handleRedirectCallback()).user.claims.email, 'alice@example.com', 'email'));
  await check('refreshes, and not with a token that was used', async () => {
    const before = await client.getAccessToken();
    await client.refresh();
    assert(await client.getAccessToken() !== before, 'the token is the old one');
  });
  await check('userinfo', async () => equal((await client.fetchUserInfo()).sub, 'alice', 'sub'));
  await check('a fault on demand', async () => {
    await control({ fail: { endpoint: 'userinfo', fault: { status: 429 }, times: 9 } });
    await rejects('rate_limited', () => client.fetchUserInfo());
    await control({ recover: true });
    await client.fetchUserInfo();
  });
  await check('the session ends when the provider says so', async () => {
    await control({ endSession: true });
    await rejects('session_expired', () => client.refresh());
  });
  sessionStorage.setItem('cancelled', 'yes');
  await client.signInRedirect({ navigate: (/** @type {string} */ url) => press(url, 'deny') });
}

/** @param {object} order */
async function control(order) {
  await fetch('/provider/control', { method: 'POST', body: JSON.stringify(order) });
}
