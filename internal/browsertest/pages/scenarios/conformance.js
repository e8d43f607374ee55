// The modules of the conformance suite: the server answers as each of them does, and says what was wrong about the requests.
import { createClient } from '/pkcewasm/index.js';
import { assert, check, done, equal, rejects } from '../harness/harness.js';
import { clientConfig, provider } from '../harness/scenario.js';
import { visitProvider } from '../harness/tabs.js';

const STATE = 'state-of-the-sign-out';

/** @param {boolean} dpop */
const config = (dpop) => clientConfig({ dpop: dpop ? 'required' : 'off', scope: 'openid profile email offline_access', postLogoutRedirectUri: `${location.origin}/callback.html`, refresh: { auto: false } });

/** What a client is led through. @type {Record<string, (client: any, control: string) => unknown>} */
const STEPS = {
  async signIn(client) {
    let url = '';
    await client.signInRedirect({ navigate: (/** @type {string} */ to) => { url = to; } });
    const { user } = await client.handleRedirectCallback(await visitProvider(url));
    equal(user.subject, 'alice', 'subject');
  },
  userInfo: async (client) => equal((await client.fetchUserInfo()).email, 'alice@example.test', 'email'),
  refresh: async (client) => equal((await client.refresh()).subject, 'alice', 'subject'),
  async signOut(client) {
    let back = '';
    await client.signOut({
      state: STATE,
      async navigate(/** @type {string} */ to) {
        equal(new URL(to).searchParams.get('state'), STATE, 'state');
        back = await visitProvider(to);
      },
    });
    assert(back.startsWith(location.origin), 'the user did not come back');
    equal(client.isRedirectCallback(back), false, 'isRedirectCallback()');
    equal(client.getUser(), undefined, 'getUser()');
  },
  rotateKeys: (_, control) => fetch(`${control}/settings`, { method: 'POST', body: '{"keyRotations":1}' }),
};

/** @param {any} module @param {string} control */
async function run({ name, steps, code, dpop }, control) {
  await fetch(`${control}/begin`, { method: 'POST', body: JSON.stringify({ name }) });
  const client = await createClient(await config(dpop));
  const last = steps.length - 1;
  for (let i = 0; i <= last; i++) {
    const step = () => STEPS[steps[i]](client, control);
    if (i < last || code === '') await step();
    else await rejects(code, step);
  }
  if (code !== '' && steps[last] !== 'userInfo') equal(client.getUser(), undefined, 'getUser()');
  const problems = await (await fetch(`${control}/problems?name=${name}`)).json();
  equal(problems.join(), '', 'problems');
  await client.close();
}

export async function start() {
  const { control } = await provider();
  for (const module of await (await fetch(`${control}/modules`)).json()) await check(module.name, () => run(module, control));
  await done();
}

export function callback() {
  parent.postMessage(location.href, location.origin);
}
