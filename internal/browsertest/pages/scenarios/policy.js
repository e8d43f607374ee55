// Under a Content Security Policy, whose violations are heard. The parameter workerUrl is for a worker with a policy of its own.
import { createClient } from '/pkcewasm/index.js';
import { check, done, equal, rejects } from '../harness/harness.js';
import { clientConfig, parameter, provider } from '../harness/scenario.js';

export async function start() {
  /** @type {string[]} */
  const violations = [];
  document.addEventListener('securitypolicyviolation', ({ effectiveDirective, blockedURI }) => violations.push(`${effectiveDirective} ${blockedURI}`));
  const { api } = await provider();
  const workerUrl = parameter('workerUrl') ?? undefined;
  const config = await clientConfig({ popupRedirectUri: `${location.origin}/forward.html`, workerUrl });
  await check('signs in under the policy, without a violation', async () => {
    for (const isolation of ['dedicated', 'shared']) {
      const client = await createClient({ ...config, isolation });
      equal((await client.signInSilent({ loginHint: 'alice' })).subject, 'alice', 'subject');
      await client.refresh();
      equal((await client.fetch(api)).status, 200, 'status');
      await client.signOut({ local: true });
      await client.close();
    }
    equal(violations.join(), '', 'violations');
  });
  if (parameter('page') === 'forbidden') {
    await check('in the page WebAssembly is forbidden, and nothing weaker takes its place', () => rejects('unsupported', () => createClient({ ...config, isolation: 'none' })).then(() => {}));
  }
  await done();
}
