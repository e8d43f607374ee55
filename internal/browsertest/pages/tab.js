// A tab with a client of its own, which is told what to do: a frame by the scenario around it (harness/tabs.js), a real
// tab by the test that drives it, through the global object `tab`.
// The parameter package is where the package is, if not where it always is.
const { createClient } = await import(new URLSearchParams(location.search).get('package') ?? '/pkcewasm/index.js');

/** @type {any} */
let client;
/** @type {string[]} */
const events = [];

/** What a tab can do. @type {Record<string, (argument: any) => unknown>} */
const ACTIONS = {
  async open(config) {
    client = await createClient(config);
    for (const name of ['signedIn', 'refreshed', 'expired', 'signedOut', 'crashed', 'degraded']) {
      client.on(name, (/** @type {any} */ event) => events.push([name, event.feature, event.reason, event.user?.subject].filter(Boolean).join(' ')));
    }
  },
  user: () => client.getUser()?.subject,
  events: () => events,
  token: (options) => client.getAccessToken(options),
  /** A token, and when it was there. */
  async timed(options) {
    const token = await client.getAccessToken(options);
    return { token, at: Date.now() };
  },
  refresh: async () => (await client.refresh()).subject,
  signOut: () => client.signOut({ local: true }),
  close: () => client.close(),
  async signInURL(options) {
    let url;
    await client.signInRedirect({ ...options, navigate: (/** @type {string} */ to) => { url = to; } });
    return url;
  },
  callback: async (url) => (await client.handleRedirectCallback(url)).user.subject,
};

addEventListener('message', async ({ data: { action, argument }, ports: [port], origin }) => {
  if (origin !== location.origin) return;
  try {
    port.postMessage({ value: await ACTIONS[action](argument) });
  } catch (/** @type {any} */ error) {
    port.postMessage({ code: error.code ?? String(error) });
  }
});
if (parent !== window) parent.postMessage('loaded', location.origin);
else Object.assign(globalThis, { tab: ACTIONS });
