// Many callers, one expired token.
import { createClient } from '/pkcewasm/index.js';
import { check, done, equal } from '../harness/harness.js';
import { clientConfig, provider, sleep } from '../harness/scenario.js';

const CALLERS = 1000;
const settings = { refresh: { auto: false } };

export async function start() {
  await (await createClient(await clientConfig(settings))).signInRedirect();
}

export async function callback() {
  const { control } = await provider();
  const report = async () => (await fetch(`${control}/report`)).json();
  const client = await createClient(await clientConfig(settings));
  await check('1000 concurrent calls on an expired token make one request', async () => {
    const { user } = await client.handleRedirectCallback();
    equal((await report()).refreshes, 0, 'refreshes before');
    await sleep(Math.max(0, user.expiresAt - Date.now()) + 200);
    const tokens = new Set(await Promise.all(Array.from({ length: CALLERS }, () => client.getAccessToken())));
    equal(tokens.size, 1, 'different access tokens');
    const { refreshes, tokenRequests } = await report();
    equal(refreshes, 1, 'refreshes');
    equal(tokenRequests, 2, 'token requests, with the exchange');
  });
  await done();
}
