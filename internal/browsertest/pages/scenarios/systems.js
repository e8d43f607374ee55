// Systems of the outside as they document themselves, replayed: the server compares what it is sent, this what comes of it.
import { createClient } from '/pkcewasm/index.js';
import { check, done, equal } from '../harness/harness.js';
import { clientConfig, parameter, provider } from '../harness/scenario.js';

const auto = { refresh: { auto: false } };

/** @type {Record<string, () => Promise<{ config: any, signIn?: any, run: (client: any) => Promise<void> }>>} */
const systems = {
  async auth0() {
    const { api } = await provider();
    return {
      config: { ...auto, scope: 'openid offline_access appointments contacts', params: { audience: 'appointments:api' } },
      signIn: { params: { organization: 'org_1', invitation: 'inv_1' } },
      async run(client) {
        await check('sign-in with audience, organization and invitation', async () => {
          const { user } = await client.handleRedirectCallback();
          equal(user.claims.sub, 'alice', 'sub');
          equal(Math.round((user.expiresAt - Date.now()) / 3_600_000), 24, 'hours to live');
        });
        await check('the token is used until it expires', async () => {
          const tokens = new Set(await Promise.all(Array.from({ length: 100 }, () => client.getAccessToken())));
          equal([...tokens].join(), 'eyJz93a...k4laUWw', 'access tokens');
        });
        await check('the API', async () => {
          equal(await (await client.fetch(api, { headers: { 'content-type': 'application/json' } })).text(), '{"appointments":[]}', 'answer');
        });
        await check('the user', async () => equal((await client.fetchUserInfo()).sub, 'alice', 'sub'));
        await check('a refresh without a new refresh token', async () => {
          for (let i = 0; i < 2; i++) {
            const user = await client.refresh();
            equal(user.claims.sub, 'alice', 'sub');
            equal(user.scope, 'openid offline_access', 'scope');
          }
          equal(await client.getAccessToken(), 'eyJ...MoQ', 'access token');
        });
      },
    };
  },
  async 'auth0-offline'() {
    const { issuer } = await provider();
    return {
      config: { ...auto, scope: 'offline_access', params: { audience: 'https://api.example/' }, server: { authorization_endpoint: `${issuer}authorize`, token_endpoint: `${issuer}oauth/token` } },
      async run(client) {
        await check('sign-in without expires_in', async () => {
          const { user } = await client.handleRedirectCallback();
          equal(user.subject, '', 'subject');
          equal(Math.round((user.expiresAt - Date.now()) / 60_000), 5, 'minutes to live, assumed');
          equal(await client.getAccessToken(), 'eyJz93a...k4laUWw', 'access token');
        });
        await check('the refresh token is kept', async () => {
          await client.refresh();
          equal(await client.getAccessToken(), 'eyJ...MoQ', 'access token');
        });
      },
    };
  },
  async django() {
    const { issuer } = await provider();
    const userInfo = async (/** @type {any} */ client) => {
      const answer = await client.fetch(`${issuer}/userinfo/`);
      return (await answer.json()).email;
    };
    return {
      config: { ...auto, scope: 'openid email profile' },
      async run(client) {
        await check('sign-in with a lower-case bearer', async () => equal((await client.handleRedirectCallback()).user.claims.sub, 'alice', 'sub'));
        await check('userinfo, with the token in a header', async () => equal(await userInfo(client), 'alice@example.org', 'email'));
        await check('an expired token is refreshed, and the call repeated', async () => {
          equal(await userInfo(client), 'alice@example.org', 'email');
          equal(await client.getAccessToken(), 'a594b22a4d52dd794cf410d883f5b328', 'access token');
        });
      },
    };
  },
};

const system = () => systems[parameter('provider') ?? '']();

export async function start() {
  const { config, signIn } = await system();
  await (await createClient(await clientConfig(config))).signInRedirect(signIn);
}

export async function callback() {
  const { config, run } = await system();
  await run(await createClient(await clientConfig(config)));
  await done();
}
