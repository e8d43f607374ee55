// A browser that blocks popups, as all do without a click.
import { createClient } from '/pkcewasm/index.js';
import { check, done, equal, rejects } from '../harness/harness.js';
import { clientConfig } from '../harness/scenario.js';

export async function start() {
  const client = await createClient(await clientConfig());
  await check('a blocked popup is told at once', async () => {
    let settled = false;
    const opening = client.signInPopup();
    opening.catch(() => {}).finally(() => { settled = true; });
    await new Promise((resolve) => queueMicrotask(() => queueMicrotask(() => queueMicrotask(() => queueMicrotask(() => resolve(undefined))))));
    await Promise.resolve();
    equal(settled, true, 'settled without a request');
    await rejects('popup_blocked', () => opening);
  });
  await done();
}
