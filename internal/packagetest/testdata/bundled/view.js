// The same in React: what the page shows is what is looked at. StrictMode mounts everything twice.
import { StrictMode, createElement, useEffect } from 'react';
import { createRoot } from 'react-dom/client';
import { AuthProvider, useAuth } from 'pkcewasm/react';
import { check, config, done, equal } from './harness.js';

const asked = new URLSearchParams(location.search).get('isolation');
if (asked) sessionStorage.setItem('isolation', asked);
const { issuer, clientId, api } = (await config()).ledger;
const isolation = /** @type {any} */ (sessionStorage.getItem('isolation'));
let callbacks = 0;

function View() {
  const { client, user, error, isLoading } = useAuth();
  useEffect(() => {
    if (!asked && client) Object.assign(globalThis, { client });
  }, [client]);
  if (isLoading) return 'loading';
  if (error) return error.code;
  return createElement('button', { onClick: () => client.signInRedirect() }, user ? `Hello ${user.subject}` : 'Sign in');
}

const element = createElement(AuthProvider, {
  config: { issuer, clientId, redirectUri: location.origin + location.pathname, scope: 'openid offline_access', fetchOrigins: [new URL(api).origin], isolation, allowLoopbackHttp: true },
  onSignedIn: () => { callbacks++; },
}, createElement(View));
createRoot(document.body.appendChild(document.createElement('main'))).render(createElement(StrictMode, null, element));

/** Waits until the button says something. @param {string} text @returns {Promise<HTMLButtonElement>} */
async function button(text) {
  for (;;) {
    const found = document.querySelector('button');
    if (found?.textContent === text) return found;
    await new Promise((resolve) => { setTimeout(resolve, 10); });
  }
}

if (asked) await check('starts', async () => (await button('Sign in')).click());
else {
  await check('comes back', () => button('Hello alice').then(() => {}));
  await check('signs in', () => equal(callbacks, 1, 'callbacks'));
  const { client } = /** @type {any} */ (globalThis);
  await check('refreshes', () => client.refresh().then(() => {}));
  await check('calls an API', async () => equal((await client.fetch(api)).status, 200, 'status'));
  await done();
}
