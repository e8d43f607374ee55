// Signing in in a window of its own, against a server that shows what it is told to. The parameter coop cuts the windows apart.
import { createClient } from '/pkcewasm/index.js';
import { assert, check, done, equal, rejects } from '../harness/harness.js';
import { clientConfig, parameter, provider, sleep } from '../harness/scenario.js';

const coop = parameter('coop');
const REDIRECT_URI = `${location.origin}/forward.html${coop ? `?coop=${coop}` : ''}`;

// Of a window that is cut off, only the focus that comes back tells that it was closed. Without a screen Firefox alone moves the
// focus; in the others the window in front has it from here on.
const movesFocus = navigator.userAgent.includes('Firefox');
if (coop && !movesFocus) document.hasFocus = () => false;

/** Windows opened so far. @type {Window[]} */
const windows = [];
const { open } = window;
window.open = (...args) => {
  const opened = /** @type {Window} */ (open.apply(window, args));
  windows.push(opened);
  return opened;
};

/**
 * Makes the next authorization request end at a page.
 * @param {string} script what the page does
 * @param {Record<string, string[]>} [header]
 */
export async function showPage(script, header = {}) {
  const { control } = await provider();
  const body = `<!doctype html><title>provider</title><script>${script}</script>`;
  await fetch(`${control}/faults`, { method: 'POST', body: JSON.stringify({ endpoint: 'authorize', faults: [{ status: 200, body, header: { 'Content-Type': ['text/html'], ...header } }] }) });
}

/** The user goes on after a while. */
const GO_ON = 'setTimeout(() => location.reload(), 600)';
const CLOSE = 'setTimeout(() => window.close(), 600)';

export async function start() {
  const client = await createClient(await clientConfig({ redirectUri: REDIRECT_URI }));
  const { control } = await provider();
  const signedOut = async () => {
    await client.signOut({ local: true });
    assert(client.getUser() === undefined, 'somebody is signed in');
  };

  await check('signs in in a popup', async () => {
    const before = location.href;
    const user = await client.signInPopup({ loginHint: 'alice' });
    equal(user.subject, 'alice', 'subject');
    equal(client.getUser(), user, 'getUser()');
    equal(location.href, before, 'address of the page');
    equal(Object.keys(sessionStorage).filter((key) => key.includes('pkcewasm')).join(), '', 'keys of sessionStorage');
    equal((await client.fetchUserInfo()).sub, 'alice', 'sub of the userinfo endpoint');
  });
  await check('the popup is gone', async () => {
    while (!windows[0].closed) await sleep(20);
    // One that is cut off reads as closed from the start, so it is listened for.
    let beats = 0, before;
    const channel = new BroadcastChannel('harness.alive');
    channel.onmessage = () => { beats++; };
    do {
      before = beats;
      await sleep(500);
    } while (beats > before);
    channel.close();
  });
  await signedOut();
  await check('a forged message is ignored', async () => {
    await showPage(GO_ON);
    const signingIn = client.signInPopup({ loginHint: 'alice' });
    const forged = { kind: 'pkcewasm.response', url: `${location.origin}/forward.html?code=evil&state=${'A'.repeat(43)}.popup` };
    window.postMessage(forged, location.origin);
    const frame = document.createElement('iframe');
    frame.setAttribute('sandbox', 'allow-scripts');
    frame.srcdoc = `<script>parent.postMessage(${JSON.stringify(forged)}, '*')</script>`;
    document.body.append(frame);
    equal((await signingIn).subject, 'alice', 'subject');
    frame.remove();
  });
  await signedOut();
  await check('a policy of the provider that cuts the windows apart does not matter', async () => {
    await showPage(GO_ON, { 'Cross-Origin-Opener-Policy': ['same-origin'] });
    equal((await client.signInPopup({ loginHint: 'bob' })).subject, 'bob', 'subject');
  });
  await signedOut();
  await check('two calls share one window', async () => {
    const before = windows.length;
    await showPage(GO_ON);
    const [first, second] = await Promise.all([client.signInPopup(), client.signInPopup()]);
    equal(first, second, 'user');
    equal(windows.length, before + 1, 'windows');
  });
  await signedOut();
  await check('what the provider refuses is its error', async () => {
    const { issuer } = await provider();
    await fetch(`${control}/faults`, { method: 'POST', body: JSON.stringify({ endpoint: 'authorize', faults: [{ callback: `${coop ? '&' : '?'}error=access_denied&state=<<state>>&iss=<<iss>>` }] }) });
    equal((await rejects('authorization', () => client.signInPopup())).oauthError, 'access_denied', `oauthError of ${issuer}`);
  });
  if (!coop || movesFocus) {
    await check('a window that the user closes', async () => {
      await showPage(CLOSE);
      await rejects('popup_closed', () => client.signInPopup());
    });
  }
  await check('a sign-in that is aborted closes its window', async () => {
    await showPage('');
    const abort = new AbortController();
    const signingIn = client.signInPopup({ signal: abort.signal });
    const opened = windows.at(-1);
    setTimeout(() => abort.abort(), 300);
    await rejects('aborted', () => signingIn);
    while (!opened?.closed) await sleep(20);
  });
  await check('after all that another one works', async () => {
    equal((await client.signInPopup({ loginHint: 'alice' })).subject, 'alice', 'subject');
  });
  await done();
}
