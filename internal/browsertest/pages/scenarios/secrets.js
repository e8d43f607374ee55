// What a script of the page can get hold of: by walking everything it reaches, and by replacing built-ins before or after the
// package is loaded. The secrets are told by the server's ledger, when all is over.
import { createBattery } from '../harness/battery.js';
import { assert, check, done, equal } from '../harness/harness.js';
import { clientConfig, parameter, provider } from '../harness/scenario.js';
import { walk } from '../harness/walker.js';

const battery = createBattery();
const early = parameter('when') === 'early';
const { fetch } = globalThis;

/** Of the key that tokens are bound to: the package has it as an object, and our worker told us its private part. */
const KEY = 'private CryptoKey';
const changes = /** @type {{ dpop?: string, workerUrl?: string }} */ ({ dpop: 'required', workerUrl: '/workers/key-worker.js' });
/** WebKit's shared workers cannot keep a key over a redirect. */
const bound = /Chrome|Firefox/.test(navigator.userAgent) ? changes : {};

/** Refresh tokens, verifiers and private keys so far. */
async function secrets() {
  const { control } = await provider();
  const entries = await (await fetch(`${control}/ledger?endpoint=token`)).json();
  const forms = entries.map((/** @type {any} */ { body }) => new URLSearchParams(body));
  const values = (/** @type {string} */ name) => forms.map((/** @type {any} */ form) => form.get(name)).filter(Boolean);
  const keys = (await (await fetch('/known')).json()).flatMap((/** @type {string} */ text) => [text, bytesOf(text)]);
  return { refreshTokens: values('refresh_token'), verifiers: values('code_verifier'), keys: [KEY, ...keys] };
}

/** How the bytes of a text in base64url look to the walker. Without a RegExp, which would remember the text. @param {string} text */
function bytesOf(text) {
  const bytes = Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (c) => c.charCodeAt(0));
  return new TextDecoder('latin1').decode(bytes);
}

export async function start() {
  if (parameter('isolation') === 'shared') return leave();
  const patched = early ? battery.install() : 0;
  const { createClient } = await import('/pkcewasm/index.js');
  const config = await clientConfig({ ...changes, popupRedirectUri: `${location.origin}/forward.html` });
  const client = await createClient(config);
  const count = early ? patched : battery.install();
  await client.signInSilent({ loginHint: 'alice' });
  const token = await client.getAccessToken();
  for (let i = 0; i < 3; i++) await client.refresh();
  battery.remove();

  const { refreshTokens, verifiers, keys } = await secrets();
  const all = [...refreshTokens, ...verifiers, ...keys];
  equal(refreshTokens.length, 3, 'refresh tokens that were spent');
  equal(verifiers.length, 1, 'verifiers');
  equal(keys.length, 3, 'forms of the key');
  await check('no replaced built-in hears a refresh token, the verifier or the key', () => {
    equal(battery.heard(all).join(), '', 'heard');
    equal(battery.heard([token]).length, 1, 'access tokens that were heard, as a control');
    assert(count >= 40, `only ${count} functions were replaced`);
    return `${count} functions`;
  });
  await check('nothing within reach holds a refresh token, the verifier or the key', async () => {
    equal((await walk(all)).join(', '), '', 'found');
  });
  await client.signOut({ local: true });
  await check('nor does it after a sign-out', async () => equal((await walk(all)).join(', '), '', 'found'));
  if (early) await workerInDisguise();
  else await controls(createClient, config);
  await done();
}

/** A redirect: the verifier waits in the shared worker where that outlives the page, else in a record that is removed before it is used. */
async function leave() {
  const { createClient } = await import('/pkcewasm/index.js');
  await (await createClient(await clientConfig({ ...bound, isolation: 'shared' }))).signInRedirect();
}

export async function callback() {
  const { createClient } = await import('/pkcewasm/index.js');
  const client = await createClient(await clientConfig({ ...bound, isolation: 'shared' }));
  battery.install();
  await client.handleRedirectCallback();
  for (let i = 0; i < 3; i++) await client.refresh();
  battery.remove();
  const { refreshTokens, verifiers, keys } = await secrets();
  equal(verifiers.length, 1, 'verifiers');
  equal(keys.length, bound.dpop ? 3 : 1, 'forms of the key');
  const outlives = navigator.userAgent.includes('Chrome/');
  await check('shared: no replaced built-in hears a refresh token or the key, nor the verifier where the worker outlives the page', () => {
    equal(battery.heard([...refreshTokens, ...keys, ...(outlives ? verifiers : [])]).join(), '', 'heard');
    return outlives ? 'the verifier was in the worker' : 'the verifier was in sessionStorage';
  });
  await check('shared: nothing within reach holds one', async () => equal((await walk([...refreshTokens, ...verifiers, ...keys])).join(', '), '', 'found'));
  await done();
}

/** Both methods find what is there to be found. @param {any} createClient @param {object} config */
async function controls(createClient, config) {
  await check('the walker finds what is planted', async () => {
    const canary = `PLANTED-${crypto.randomUUID()}`, bytes = new TextEncoder().encode(canary);
    const memory = new WebAssembly.Memory({ initial: 1 });
    new Uint8Array(memory.buffer).set(bytes, 4000);
    const opened = indexedDB.open('planted');
    opened.onupgradeneeded = () => opened.result.createObjectStore('s');
    await new Promise((resolve) => { opened.onsuccess = resolve; });
    const stored = opened.result.transaction('s', 'readwrite').objectStore('s').put({ deep: [bytes] }, 1);
    await new Promise((resolve) => { stored.onsuccess = resolve; });
    opened.result.close();
    const page = /** @type {any} */ (globalThis);
    /** @type {Record<string, [() => void, () => void]>} */
    const places = {
      'a property': [() => { page.planted = { a: [new Map([['k', canary]])] }; }, () => delete page.planted],
      'a typed array': [() => { page.planted = bytes; }, () => delete page.planted],
      'a memory': [() => { page.planted = { memory }; }, () => delete page.planted],
      "an error's cause": [() => { page.planted = new Error('x', { cause: canary }); }, () => delete page.planted],
      'sessionStorage': [() => sessionStorage.setItem('planted', canary), () => sessionStorage.removeItem('planted')],
      'the history': [() => history.replaceState({ canary }, ''), () => history.replaceState(null, '')],
      'a performance entry': [() => performance.mark(canary), () => performance.clearMarks()],
    };
    const before = await walk([canary]);
    equal(before.length > 0, true, 'found in indexedDB');
    for (const [name, [plant, remove]] of Object.entries(places)) {
      plant();
      assert((await walk([canary])).length > before.length, `not found in ${name}`);
      remove();
    }
    page.planted = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign', 'verify']);
    assert((await walk([KEY])).length > 0, 'a key is not found');
    delete page.planted;
    indexedDB.deleteDatabase('planted');
    return `${Object.keys(places).length + 2} places`;
  });
  await check('the same built-ins hear everything where nothing is isolated', async () => {
    const other = createBattery();
    const client = await createClient({ ...config, isolation: 'none', workerUrl: undefined });
    other.install();
    await client.signInSilent({ loginHint: 'alice' });
    await client.refresh();
    other.remove();
    const { refreshTokens } = await secrets();
    equal(other.heard(refreshTokens.slice(-1)).length, 1, 'refresh tokens heard');
    equal(other.heard([KEY]).length, 1, 'keys heard');
    await client.close();
  });
}

/** A script that comes first may wrap the worker: the policy stops that (worker-src). */
async function workerInDisguise() {
  await check('a worker from a blob is blocked by the policy', async () => {
    const blocked = new Promise((resolve) => { document.addEventListener('securitypolicyviolation', ({ effectiveDirective }) => resolve(effectiveDirective)); });
    try {
      new Worker(URL.createObjectURL(new Blob(['postMessage(1)'], { type: 'text/javascript' }))).onerror = () => {};
    } catch { /* some browsers throw, too */ }
    assert(/worker-src|script-src/.test(String(await blocked)), 'not by worker-src');
  });
}
