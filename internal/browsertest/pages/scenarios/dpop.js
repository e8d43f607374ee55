// Tokens that are bound to a key, at a server that requires proofs of possession and changes its nonces with every answer. The
// redirect ends the worker, so the key waits in IndexedDB meanwhile. The parameters expose and storage are the client's options.
import { createClient } from '/pkcewasm/index.js';
import { assert, check, done, equal, rejects } from '../harness/harness.js';
import { clientConfig, parameter, provider } from '../harness/scenario.js';

const storage = parameter('storage') ?? 'memory', exposed = parameter('expose') !== 'false';

const open = async (changes = {}) => createClient(await clientConfig({ dpop: 'required', storage, exposeAccessToken: exposed, ...changes }));

/** The control API of the server. @param {string} path @param {object} [body] */
async function control(path, body) {
  const response = await fetch(`${(await provider()).control}/${path}`, body && { method: 'POST', body: JSON.stringify(body) });
  return response.json();
}

/** The keys in IndexedDB. @param {(keys: IDBObjectStore) => void} [change] @returns {Promise<{ key: string, pair: CryptoKeyPair }[]>} */
const storedKeys = (change) => new Promise((resolve, reject) => {
  const opening = indexedDB.open('pkcewasm');
  opening.onerror = reject;
  opening.onsuccess = () => {
    const { result: database } = opening;
    const transaction = database.transaction('keys', 'readwrite');
    change?.(transaction.objectStore('keys'));
    const reading = transaction.objectStore('keys').getAll();
    transaction.oncomplete = () => {
      database.close();
      resolve(reading.result);
    };
  };
});

/** Until a condition holds; the check has a deadline. @param {() => Promise<boolean>} condition */
async function until(condition) {
  while (!await condition()) await new Promise((resolve) => { setTimeout(resolve, 20); });
}

export async function start() {
  await control('settings', { accessTokenSeconds: 300, dpop: { mode: 'required', nonce: 'rotating' } });
  if (parameter('isolation') === 'shared') return sharedWorker();
  const client = await open();
  void client.signInRedirect();
}

/** WebKit's shared workers cannot clone a CryptoKey, so that IndexedDB takes none there. */
async function sharedWorker() {
  await check('a redirect takes a key that can be stored, else nobody is sent away', async () => {
    const { port } = new SharedWorker('/workers/clone.js');
    const said = await new Promise((resolve) => { port.onmessage = ({ data }) => resolve(data); });
    equal(said, /Chrome|Firefox/.test(navigator.userAgent) ? 'cloned' : 'DataCloneError', 'what becomes of a key in a shared worker');
    const client = await open({ isolation: 'shared', transaction: 'session', popupRedirectUri: `${location.origin}/forward.html` });
    let left = 0;
    const leave = () => client.signInRedirect({ navigate: () => { left++; } });
    if (said === 'cloned') await leave();
    else await rejects('dpop', leave);
    equal(left, said === 'cloned' ? 1 : 0, 'navigations');
    await client.signInSilent({ loginHint: 'alice' });
    const { proof } = await client.createDpopProof({ url: `${location.origin}/` });
    assert(proof, 'a sign-in that does not leave the page has a key');
    await client.close();
  });
  await done();
}

/** @param {any[]} entries of the ledger */
function checkProofs(entries) {
  const ids = new Set(), prints = new Set();
  for (const { proof } of entries) {
    assert(proof, 'a request without a proof');
    equal(Object.keys(proof.key).sort().join(), 'crv,kty,x,y', 'members of the key');
    assert(proof.problem === '' || proof.problem === 'nonce', `a proof was refused: ${proof.problem}`);
    ids.add(proof.jti);
    prints.add(proof.jkt);
  }
  equal(ids.size, entries.length, 'different proofs');
  equal(prints.size, 1, 'keys');
  return prints;
}

export async function callback() {
  const { api, user: expected } = await provider();
  const client = await open();
  await check('the code is bound to a key that nobody can read', async () => {
    const waiting = await storedKeys();
    equal(waiting.length, 1, 'keys that wait for the redirect');
    const { privateKey } = waiting[0].pair;
    equal(privateKey.extractable, false, 'extractable');
    await crypto.subtle.exportKey('jwk', privateKey).then(() => assert(false, 'the key was exported'), () => {});
    const { user } = await client.handleRedirectCallback();
    equal(user.subject, expected, 'sub');
    equal((await storedKeys()).length, storage === 'memory' ? 0 : 1, 'stored keys');
    const [authorization] = await control('ledger?endpoint=authorize');
    const prints = checkProofs(await control('ledger?endpoint=token'));
    assert(prints.has(new URL(authorization.uri, api).searchParams.get('dpop_jkt')), 'dpop_jkt is another key');
    equal((await control('report')).codeExchanges, 2, 'one code exchange without the nonce, one with it');
  });
  await check('refreshes and userinfo are proven', async () => {
    for (let i = 0; i < 3; i++) await client.refresh();
    equal((await client.fetchUserInfo()).sub, expected, 'sub');
    const { refreshes, reuse } = await control('report');
    equal(`${refreshes} ${reuse}`, '3 0', 'refreshes and reuse');
    checkProofs(await control('ledger?endpoint=token'));
  });
  await check('every attempt of a request has a proof of its own', async () => {
    const before = (await control('ledger?endpoint=api')).length;
    for (let i = 0; i < 3; i++) equal((await client.fetch(`${api}?q=${i}#f`, { method: 'POST', body: 'hello' })).status, 200, 'status');
    await control('faults', { endpoint: 'api', faults: [{ status: 401, body: '{}', header: { 'WWW-Authenticate': ['DPoP error="invalid_token"'] } }] });
    equal((await client.fetch(api)).status, 200, 'status after a refused token');
    const sent = (await control('ledger?endpoint=api')).slice(before);
    equal(sent.length, 6, 'requests: one for the nonce, three, one that was refused, one more');
    checkProofs(sent);
    for (const { header } of sent) assert(header.Authorization[0].startsWith('DPoP '), 'another scheme');
    equal((await control('report')).refreshes, 4, 'refreshes');
  });
  await check('what an application sends itself', async () => {
    if (!exposed) {
      await rejects('config', () => client.createDpopProof({ url: api }));
      await rejects('config', () => client.getAccessToken());
      return;
    }
    const token = await client.getAccessToken();
    equal((await fetch(api, { headers: { Authorization: `Bearer ${token}` } })).status, 401, 'without a proof');
    const headers = ({ accessToken, proof }) => ({ Authorization: `DPoP ${accessToken}`, DPoP: proof });
    const refused = await fetch(api, { headers: headers(await client.createDpopProof({ url: api })) });
    equal(refused.status, 401, 'without the nonce');
    const nonce = refused.headers.get('DPoP-Nonce');
    const proven = headers(await client.createDpopProof({ url: new URL(api), method: 'GET', nonce }));
    equal((await fetch(api, { headers: proven })).status, 200, 'with it');
    equal((await fetch(api, { headers: proven })).status, 401, 'the same proof again');
    await rejects('config', () => client.createDpopProof({ url: 'urn:x' }));
  });
  if (storage !== 'memory') {
    await check('another worker finds the key', async () => {
      await client.close();
      const next = await open();
      equal(next.getUser()?.subject, expected, 'sub');
      equal((await next.fetch(api)).status, 200, 'status');
      await next.refresh();
      await next.close();
    });
    await check('without its key the session is over', async () => {
      await storedKeys((keys) => keys.clear());
      const next = await open();
      const ended = new Promise((resolve) => { next.on('signedOut', resolve); });
      equal((await rejects('dpop', () => next.refresh())).description, 'key_lost', 'description');
      equal((await ended).reason, 'key_lost', 'reason');
      equal(next.getUser(), undefined, 'getUser()');
      await next.close();
    });
    await done();
    return;
  }
  await check('a sign-out forgets the key', async () => {
    await client.signOut({ local: true });
    await rejects('login_required', () => client.fetch(api));
    await until(async () => (await storedKeys()).length === 0);
  });
  await done();
}
