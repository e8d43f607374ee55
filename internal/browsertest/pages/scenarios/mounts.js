// What frameworks do to a client: double effects, mount and unmount, while another part of the page goes on.
// Parameter: times = how often.
import { createClient } from '/pkcewasm/index.js';
import { check, done, equal } from '../harness/harness.js';
import { clientConfig, parameter } from '../harness/scenario.js';

export async function start() {
  const times = Number(parameter('times'));
  for (const isolation of ['shared', 'dedicated']) {
    const other = await createClient(await clientConfig({ isolation, scope: 'openid email' }));
    const config = await clientConfig({ isolation });
    await check(`${isolation}: mounted and unmounted, again and again`, async () => {
      for (let i = 0; i < times; i++) {
        const [first, second] = await Promise.all([createClient(config), createClient(config)]);
        await first.close();
        equal(second.getUser(), undefined, 'getUser()');
        await second.close();
      }
      return `${times} times`;
    }, 120);
    await check(`${isolation}: nothing is held, and the rest of the page goes on`, async () => {
      const { held = [] } = await navigator.locks.query();
      equal(held.filter(({ name }) => !name?.startsWith('pkcewasm.life:')).length, 0, 'locks but those of living workers');
      const code = await other.getAccessToken().catch((/** @type {any} */ error) => error.code);
      equal(code, 'login_required', 'code');
      await other.close();
    });
  }
  await done();
}
