// A page that signs in, refreshes once and calls an API; it is its own callback page. What it reports is the test's.
import { createClient } from 'pkcewasm';
import { check, config, done, equal } from './harness.js';

/** @param {{ workerUrl?: string | URL, wasmUrl?: string | URL }} [where] */
export async function run(where) {
  const asked = new URLSearchParams(location.search).get('isolation');
  if (asked) sessionStorage.setItem('isolation', asked);
  const { issuer, clientId, api } = (await config()).ledger;
  /** @type {any} */
  let client;
  const opened = await check(asked ? 'starts' : 'comes back', async () => {
    client = await createClient({
      issuer, clientId, redirectUri: location.origin + location.pathname, scope: 'openid offline_access', fetchOrigins: [new URL(api).origin],
      isolation: /** @type {any} */ (sessionStorage.getItem('isolation')), allowLoopbackHttp: true, ...where,
    });
    client.on('degraded', ({ feature, reason }) => check('nothing is degraded', () => { throw new Error(`${feature}: ${reason}`); }));
    if (!client.isRedirectCallback()) await Promise.race([client.signInRedirect(), new Promise((resolve) => { addEventListener('pagehide', resolve); })]);
  });
  if (!opened) await done();
  if (asked) return;
  await check('signs in', async () => equal((await client.handleRedirectCallback()).user.subject, 'alice', 'subject'));
  await check('refreshes', async () => {
    const before = await client.getAccessToken();
    await client.refresh();
    equal(await client.getAccessToken() === before, false, 'the token is the old one');
  });
  await check('calls an API', async () => equal((await client.fetch(api)).status, 200, 'status'));
  await client.signOut({ local: true });
  await client.close();
  await done();
}
