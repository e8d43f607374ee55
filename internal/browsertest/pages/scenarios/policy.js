// Under a Content Security Policy, whose violations are heard. The parameter expect says what is to become of a sign-in.
import { createClient } from '/pkcewasm/index.js';
import { check, done, equal, rejects } from '../harness/harness.js';
import { clientConfig, parameter } from '../harness/scenario.js';

export async function start() {
  /** @type {string[]} */
  const violations = [];
  document.addEventListener('securitypolicyviolation', ({ effectiveDirective, blockedURI }) => violations.push(`${effectiveDirective} ${blockedURI}`));
  const config = await clientConfig({ popupRedirectUri: `${location.origin}/forward.html` });
  await check('signs in under the policy, without a violation', async () => {
    for (const isolation of ['dedicated', 'shared']) {
      const client = await createClient({ ...config, isolation });
      equal((await client.signInSilent({ loginHint: 'alice' })).subject, 'alice', 'subject');
      await client.refresh();
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
