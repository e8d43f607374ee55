// The package is served with a module that had one bit changed, and with the digest of the genuine one.
import { createClient, loadPkce } from '/pkcewasm/index.js';
import * as go from '/pkcewasm/index.go.js';
import { check, done, equal, rejects } from '../harness/harness.js';
import { clientConfig } from '../harness/scenario.js';

export async function start() {
  await check('the changed module would run', async () => {
    equal((await loadPkce({ wasm: '/pkcewasm/pkce.slim.wasm' })).generateState().length, 43, 'length of a state');
  });
  for (const isolation of ['none', 'dedicated', 'shared']) {
    await check(`${isolation}: it is refused`, async () => {
      for (const create of [createClient, go.createClient]) {
        const error = await rejects('wasm_load', async () => create(await clientConfig({ isolation })));
        equal(error.description, 'fetch', 'description');
      }
    });
  }
  await check('the stateless functions refuse it', () => rejects('wasm_load', () => loadPkce()).then(() => {}));
  await done();
}
