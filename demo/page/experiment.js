// The experiment: what can a script on this page see? It runs the attack, in this page, and says what came of it.

import { eavesdrop, walk } from '/walker.js';

/**
 * @param {any} client
 * @param {{ held: string, api: string }} config held says which refresh tokens are in force: only the provider knows where the page does not
 * @returns {Promise<{ found: boolean, text: string }[]>}
 */
export async function attack(client, { held, api }) {
  const refreshTokens = async () => (await fetch(held)).json();
  const before = await refreshTokens();
  const trap = eavesdrop();
  try {
    await client.refresh().catch(() => {}); // the provider may have a fault just now
    await client.fetch(api).catch(() => {});
  } finally {
    trap.stop();
  }
  const secrets = [...new Set([...before, ...await refreshTokens()])];
  const { hits, objects } = await walk(secrets, trap.loot);
  const places = [...new Set([...hits.values()].flatMap((where) => [...where]))];
  const accessToken = await client.getAccessToken().catch(() => undefined);
  return [
    places.length
      ? { found: true, text: `The refresh token: found in ${places.slice(0, 4).join(', ')}. Whoever has it has your session, for weeks, from anywhere.` }
      : { found: false, text: `The refresh token: not found, among ${objects.toLocaleString('en')} objects, the storages, the document, and everything that was sent meanwhile.` },
    accessToken
      ? { found: true, text: 'An access token: found, by asking the client for one, as any script here can while this page is open. It is worth something until it expires.' }
      : { found: false, text: 'An access token: not found; the client does not hand one out.' },
  ];
}
