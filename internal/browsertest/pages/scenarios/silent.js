// Signing in in a hidden frame.
import { createClient } from '/pkcewasm/index.js';
import { assert, check, done, equal, rejects } from '../harness/harness.js';
import { clientConfig, provider } from '../harness/scenario.js';
import { showPage } from './popup.js';

const frames = () => document.querySelectorAll('iframe').length;

export async function start() {
  const config = await clientConfig({ popupRedirectUri: `${location.origin}/forward.html` });
  const client = await createClient(config);
  const { control } = await provider();
  await check('signs in silently', async () => {
    const before = location.href;
    const [first, second] = await Promise.all([client.signInSilent({ loginHint: 'alice' }), client.signInSilent({ loginHint: 'alice' })]);
    equal(first.subject, 'alice', 'subject');
    equal(first, second, 'user of both callers');
    equal(frames(), 0, 'frames');
    equal(location.href, before, 'address of the page');
    const requests = await (await fetch(`${control}/ledger?endpoint=authorize`)).json();
    equal(requests.length, 1, 'authorization requests');
    assert(requests[0].uri.includes('prompt=none'), 'without prompt=none');
  });
  await client.signOut({ local: true });
  await check('a provider that needs the user says so', async () => {
    for (const error of ['login_required', 'interaction_required', 'consent_required']) {
      await fetch(`${control}/faults`, { method: 'POST', body: JSON.stringify({ endpoint: 'authorize', faults: [{ callback: `?error=${error}&state=<<state>>&iss=<<iss>>` }] }) });
      equal((await rejects('login_required', () => client.signInSilent())).oauthError, error, 'oauthError');
      equal(frames(), 0, 'frames');
    }
  });
  await check('a provider that shows a page instead cannot leave its frame', async () => {
    const before = location.href;
    await showPage('try { top.location = "about:blank" } catch {}; open("about:blank")');
    await rejects('timeout', () => client.signInSilent());
    equal(frames(), 0, 'frames');
    equal(location.href, before, 'address of the page');
  });
  await client.close();
  await check('a session is restored at the start, if that is wished for', async () => {
    const without = await createClient(config);
    equal(without.getUser(), undefined, 'user without the option');
    await without.close();
    const restored = await createClient({ ...config, restore: 'silent' });
    equal(restored.getUser()?.subject, 'alice', 'subject');
    await restored.close();
  });
  await check('nobody at the provider is nobody here', async () => {
    await fetch(`${control}/faults`, { method: 'POST', body: JSON.stringify({ endpoint: 'authorize', faults: [{ callback: '?error=login_required&state=<<state>>&iss=<<iss>>' }] }) });
    const restored = await createClient({ ...config, restore: 'silent' });
    equal(restored.getUser(), undefined, 'user');
    equal(frames(), 0, 'frames');
    await restored.close();
  });
  await done();
}
