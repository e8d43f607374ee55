// The signature of ID tokens, at a provider as it is: with its keys changed by one bit nobody is signed in, with the same keys
// from the same place unchanged, somebody is.
import { createClient, loadPkce } from '/pkcewasm/index.js';
import { check, done, equal, rejects } from '../harness/harness.js';
import { echoed, flipped, publishedKeys } from '../harness/keys.js';
import { clientConfig, provider } from '../harness/scenario.js';

const TURN = 'turn';

/** A client that finds the provider's keys at another address. @param {boolean} honest */
async function open(honest) {
  const { issuer } = await provider();
  const keys = await publishedKeys(await (await loadPkce()).discover(issuer, { allowLoopbackHttp: true }));
  return createClient(await clientConfig({ server: { jwks_uri: echoed(honest ? keys : flipped(keys)) } }));
}

export async function start() {
  sessionStorage.setItem(TURN, 'flipped');
  void (await open(false)).signInRedirect();
}

export async function callback() {
  const { user: expected } = await provider();
  const honest = sessionStorage.getItem(TURN) === 'honest';
  const client = await open(honest);
  if (honest) {
    await check('the key set as it is signs in', async () => {
      const { user } = await client.handleRedirectCallback();
      equal(user.claims.sub, expected, 'sub');
      equal((await client.refresh()).claims.sub, expected, 'sub of the refreshed ID token');
    });
    await done();
    return;
  }
  await check('a key set with a bit changed does not', async () => {
    const error = await rejects('id_token', () => client.handleRedirectCallback());
    equal(error.description, 'signature', 'description');
    equal(client.getUser(), undefined, 'getUser()');
    await rejects('login_required', () => client.getAccessToken());
  });
  sessionStorage.setItem(TURN, 'honest');
  void (await open(true)).signInRedirect();
}
