// Tokens that are bound to a key (RFC 9449), through the package.

import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { startProvider } from './provider.js';
import { started } from './thread-worker.js';

// The package captures Worker when it is evaluated, so it comes after.
const { createClient } = await import('../index.js');
const { createKeychain } = await import('../keychain.js');

/** @type {Awaited<ReturnType<typeof startProvider>>} */
let provider;
/** @type {import('../types.d.ts').Client | undefined} */
let client;
beforeEach(async () => {
  provider = await startProvider();
  provider.dpop = true;
  started.length = 0;
});
afterEach(async () => {
  await client?.close();
  client = undefined;
  await provider.stop();
});

/** @param {Partial<import('../types.d.ts').ClientConfig>} changes */
async function openSignedIn(changes) {
  client = await createClient({
    issuer: provider.issuer, clientId: 'app', redirectUri: 'http://127.0.0.1:4000/callback', allowLoopbackHttp: true, dpop: 'required',
    fetchOrigins: [provider.origin], isolation: 'none', transaction: 'worker', ...changes,
  });
  let url = '';
  await client.signInRedirect({ navigate: (to) => { url = to; } });
  await client.handleRedirectCallback(provider.signIn(url));
  return { ...client, thumbprint: new URL(url).searchParams.get('dpop_jkt') };
}

/** @param {string | null} thumbprint */
function checkProofs(thumbprint) {
  for (const { good, jkt } of provider.proofs) {
    assert.equal(good, true);
    assert.equal(jkt, thumbprint, 'one key for the session, and its thumbprint in the authorization request');
  }
  assert.equal(new Set(provider.proofs.map(({ claims }) => claims.jti)).size, provider.proofs.length);
}

test('every request of a session has a proof of its own', async () => {
  const { fetch, refresh, fetchUserInfo, thumbprint } = await openSignedIn({});
  provider.nonce = { token: 'as-1', api: 'rs-1' };
  await refresh();
  assert.equal((await fetch(`${provider.origin}/api?q=1#f`, { method: 'PUT', body: 'x' })).status, 200);
  assert.equal((await fetch(new Request(`${provider.origin}/api`, { method: 'POST', body: 'x' }))).status, 200);
  await fetchUserInfo();
  provider.nonce = { token: 'as-2', api: 'rs-2' };
  assert.equal((await fetch(new Request(`${provider.origin}/api`, { method: 'POST', body: 'again' }))).status, 200);
  assert.deepEqual(provider.calls.slice(-2).map(({ body }) => body), ['again', 'again']);
  await refresh();
  checkProofs(thumbprint);
  assert.deepEqual(provider.proofs.map(({ claims }) => claims.nonce), [
    undefined, undefined, 'as-1', // code, refresh
    undefined, 'rs-1', 'rs-1', // requests
    undefined, 'rs-1', // userinfo, which the engine asks for
    'rs-1', 'rs-2', 'as-1', 'as-2',
  ]);
  assert.ok(provider.calls.every(({ headers }) => headers.authorization?.startsWith('DPoP ')));
});

test('the nonce of any answer is used, one that is none is not', async () => {
  const { fetch, thumbprint } = await openSignedIn({});
  for (const nonce of ['n1', 'n 2', 'n'.repeat(2049), 'n"', 'n3']) {
    provider.script.push((_, response) => response.writeHead(200, { 'dpop-nonce': nonce }).end());
    await fetch(`${provider.origin}/api`);
  }
  await fetch(`${provider.origin}/api`);
  assert.deepEqual(provider.proofs.slice(1).map(({ claims }) => claims.nonce), [undefined, 'n1', 'n1', 'n1', 'n1', 'n3']);
  checkProofs(thumbprint);
});

for (const [name, nonces, sent] of /** @type {const} */ ([
  ['a new nonce each time', ['n1', 'n2', 'n3'], 2], ['the same nonce', ['n1', 'n1'], 2], ['no nonce that can be seen', [], 1], ['a nonce that is none', ['n 1'], 1],
])) {
  test(`a resource server that wants ${name} is asked ${sent} times, and the application sees the 401`, async () => {
    const { fetch } = await openSignedIn({});
    const before = provider.calls.length;
    for (const nonce of [...nonces, '']) {
      provider.script.push((_, response) => response.writeHead(401, { 'www-authenticate': 'DPoP error="use_dpop_nonce"', ...(nonce && { 'dpop-nonce': nonce }) }).end());
    }
    assert.equal((await fetch(`${provider.origin}/api`)).status, 401);
    assert.equal(provider.calls.length - before, sent);
    assert.equal(provider.ledger.length, 1, 'nothing is refreshed for a nonce');
  });
}

test('a token that is refused is renewed once, and sent with another proof', async () => {
  const { fetch, thumbprint } = await openSignedIn({});
  provider.script.push((_, response) => response.writeHead(401, { 'www-authenticate': 'DPoP error="invalid_token"', 'dpop-nonce': 'rs' }).end());
  assert.equal((await fetch(`${provider.origin}/api`)).status, 200);
  assert.deepEqual(provider.ledger.map((form) => form.get('grant_type')), ['authorization_code', 'refresh_token']);
  assert.deepEqual(provider.proofs.map(({ claims }) => claims.nonce), [undefined, undefined, undefined, 'rs']);
  checkProofs(thumbprint);
});

test('in a worker the page sees neither token nor proof, and its requests have both', async () => {
  const { fetch, getAccessToken, createDpopProof, thumbprint } = await openSignedIn({ isolation: 'dedicated', transaction: undefined, exposeAccessToken: false });
  provider.nonce = { api: 'rs-1' };
  assert.equal((await fetch(`${provider.origin}/api`, { method: 'POST', body: 'x' })).status, 200);
  await assert.rejects(getAccessToken(), { code: 'config' });
  await assert.rejects(createDpopProof({ url: provider.origin }), { code: 'config' });
  checkProofs(thumbprint);
  const messages = started.map((worker) => JSON.stringify(worker.received)).join();
  assert.equal(messages.includes(provider.accessToken), false, 'the token stays in the worker');
  assert.equal(messages.includes(provider.proofs[0].claims.jti), false);
});

test('a proof for a request that the application sends itself', async () => {
  const { createDpopProof, thumbprint } = await openSignedIn({});
  provider.nonce = { api: 'mine' };
  const { accessToken, proof = '' } = await createDpopProof({ url: new URL(`${provider.origin}/api?q`), method: 'DELETE', nonce: 'mine' });
  const response = await globalThis.fetch(`${provider.origin}/api?other`, { method: 'DELETE', headers: { Authorization: `DPoP ${accessToken}`, DPoP: proof } });
  assert.equal(response.status, 200);
  checkProofs(thumbprint);
  for (const options of /** @type {any[]} */ ([undefined, {}, { url: '' }, { url: 'http://' }, { url: 'urn:x' }, { url: provider.origin, method: '' }, { url: provider.origin, token: 'x' }])) {
    await assert.rejects(createDpopProof(options), { code: 'config' }, JSON.stringify(options));
  }
});

test('a Bearer token is discarded where dpop is required', async () => {
  provider.script.push((_, response) => response.writeHead(200, { 'content-type': 'application/json' }).end('{"access_token":"a","token_type":"Bearer","expires_in":60}'));
  await assert.rejects(openSignedIn({ scope: 'profile' }), { code: 'dpop', description: 'token_type', retryable: false });
  assert.equal(client?.getUser(), undefined);
});

test('a server without DPoP is used as it is where dpop is preferred', async () => {
  provider.dpop = false;
  const { fetch, on, createDpopProof } = await openSignedIn({ dpop: 'preferred' });
  const degraded = new Promise((resolve) => { on('degraded', resolve); });
  assert.equal(/** @type {any} */ (await degraded).feature, 'dpop');
  assert.equal((await fetch(`${provider.origin}/api`)).status, 200);
  assert.equal((await createDpopProof({ url: provider.origin })).proof, undefined);
  assert.ok(provider.calls.every(({ headers }) => headers.dpop === undefined));
});

test('without dpop there is no proof', async () => {
  const { createDpopProof, thumbprint } = await openSignedIn({ dpop: 'off' });
  assert.equal(thumbprint, null);
  await assert.rejects(createDpopProof({ url: provider.origin }), { code: 'config' });
});

test('the keychain: keys that were never used go first, and those that are gone do not sign', async () => {
  const { create, sign, erase } = createKeychain(false);
  const used = await create();
  assert.match(await sign(used, 'text', 1000), /^[\w-]{86}$/);
  const abandoned = await create();
  for (let i = 0; i < 40; i++) await create();
  await assert.rejects(sign(abandoned, 'text', 1000)); // there is no IndexedDB here, so nobody says that it is gone
  assert.equal((await sign(used, 'text', 1000)).length, 86);
  await erase(used).catch(() => {}); // there is no IndexedDB here
  await assert.rejects(sign(used, 'text', 1000));
  await assert.rejects(sign('x.y', 'text', 1000));
});
