// Popup and frame against a real provider, with a whole application at the redirect URI.
// Parameter: silent = signedIn | loginRequired, what the provider can answer in a frame of another site.
import { createClient } from '/pkcewasm/index.js';
import { check, done, equal, rejects } from '../harness/harness.js';
import { clientConfig, parameter, provider } from '../harness/scenario.js';

export async function start() {
  const { user: expected } = await provider();
  for (const isolation of ['dedicated', 'shared']) {
    const client = await createClient(await clientConfig({ isolation }));
    await check(`${isolation}: signs in in a popup`, async () => {
      equal((await client.signInPopup()).subject, expected, 'subject');
      equal((await client.fetchUserInfo()).sub, expected, 'sub of the userinfo endpoint');
      equal((await client.refresh()).subject, expected, 'subject after a refresh');
    });
    await check(`${isolation}: a silent sign-in is answered`, async () => {
      if (parameter('silent') === 'signedIn') equal((await client.signInSilent()).subject, expected, 'subject');
      else equal((await rejects('login_required', () => client.signInSilent())).oauthError, 'login_required', 'oauthError');
      equal(document.querySelectorAll('iframe').length, 0, 'frames');
    });
    await client.signOut({ local: true });
    await client.close();
  }
  await done();
}

export async function callback() {
  const client = await createClient(await clientConfig({ isolation: 'shared' }));
  if (client.isRedirectCallback()) await client.handleRedirectCallback();
  await check('the callback page goes on', () => { throw new Error('it has handed the response over'); });
}
