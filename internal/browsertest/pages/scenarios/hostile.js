// A page that is against us, and a platform that lacks things: the session lives, and nothing is asked of the server that was
// not asked before.
import { assert, check, done, equal, rejects } from '../harness/harness.js';
import { clientConfig, parameter, provider, sleep } from '../harness/scenario.js';
import { walk } from '../harness/walker.js';

const { fetch, BroadcastChannel } = globalThis;
/** Every worker of this page, and what it said. @type {{ worker: Worker, heard: string[] }[]} */
const workers = [];
globalThis.Worker = class extends globalThis.Worker {
  /** @param {string | URL} url @param {WorkerOptions} options */
  constructor(url, options) {
    super(url, options);
    /** @type {string[]} */
    const heard = [];
    this.addEventListener('message', ({ data }) => heard.push(JSON.stringify(data) ?? ''));
    workers.push({ worker: this, heard });
  }
};
/** A page of its own, since the package remembers what there was when it was loaded. */
const withoutShared = parameter('without') === 'SharedWorker';
if (withoutShared) Object.defineProperty(globalThis, 'SharedWorker', { value: undefined });
const { createClient } = await import('/pkcewasm/index.js');

/** @type {any} */
let settings;

/** A client that is signed in. @param {object} [changes] */
async function signedIn(changes) {
  const client = await createClient({ ...settings, ...changes });
  await client.signInSilent({ loginHint: 'alice' });
  return client;
}

/** Requests of the server since the last call. @returns {Promise<any[]>} */
const ledger = (() => {
  let known = 0;
  return async () => {
    const { control } = await provider();
    const entries = await (await fetch(`${control}/ledger`)).json();
    const fresh = entries.slice(known);
    known = entries.length;
    return fresh;
  };
})();
/** Without the browser's own, which it remembers. */
const requests = async () => (await ledger()).filter(({ endpoint }) => endpoint !== 'preflight');
const refreshes = async () => (await ledger()).filter(({ grant }) => grant === 'refresh_token').length;

export async function start() {
  settings = await clientConfig({ popupRedirectUri: `${location.origin}/forward.html` });
  if (withoutShared) {
    await alone();
    return done();
  }
  await pollution();
  await messages();
  await broadcasts();
  await platform();
  await done();
}

/** What fetch, postMessage and the constructors read through the prototype chain, if nobody takes care. */
const POLLUTION = {
  redirect: 'follow', credentials: 'include', method: 'PUT', headers: { 'x-evil': '1' }, body: 'evil', referrerPolicy: 'unsafe-url', integrity: 'sha384-AAAA', mode: 'no-cors',
  cache: 'force-cache', detail: 'evil', data: { kind: 'closed' }, ports: [], type: 'classic', signal: 'evil', keepalive: true, name: 'evil', duplex: 'half', transfer: [], steal: true, ifAvailable: true,
  kind: 'closed', code: 'evil', state: 'evil', issuer: 'https://evil.example', isolation: 'none', clientSecret: 'evil', id: 0, command: '{}', wasm: 'https://evil.example/',
};

/** Runs with a polluted Object.prototype. @template T @param {() => Promise<T>} run @param {string[]} names */
async function polluted(run, names) {
  for (const name of names) Object.defineProperty(Object.prototype, name, { value: /** @type {any} */ (POLLUTION)[name], configurable: true, writable: true });
  try {
    return await run();
  } finally {
    for (const name of names) delete (/** @type {any} */ (Object.prototype)[name]);
  }
}

async function pollution() {
  // WebKit's own getReader() reads a polluted mode, and refuses; in a worker, which has another prototype, it does not.
  const webKit = !/Chrome|Firefox/.test(navigator.userAgent);
  const { api } = await provider();
  for (const isolation of ['dedicated', 'none']) {
    const session = async () => {
      const client = await signedIn({ isolation });
      await client.refresh();
      equal((await client.fetch(api)).status, 200, 'status of the API');
      await client.signOut({ local: true, revoke: false });
      await client.close();
    };
    await check(`${isolation}: a polluted prototype changes no request`, async () => {
      await session();
      const want = (await requests()).map(describe).sort();
      await polluted(session, Object.keys(POLLUTION).filter((name) => isolation !== 'none' || name !== 'mode' || !webKit));
      const got = (await requests()).map(describe).sort(); // keys and tokens are asked for at once
      for (const [i, line] of want.entries()) equal(got[i], line, `request ${i}`);
      equal(got.length, want.length, 'requests');
      assert(want.length >= 4, `only ${want.length} requests`);
    });
  }
}

/** A request without what is new every time. @param {any} entry */
function describe({ method, endpoint, uri, header, body }) {
  const parameters = (/** @type {string} */ text) => [...new URLSearchParams(text)].map(([name, value]) => `${name}=${/code|state|nonce|token|challenge|verifier/.test(name) ? '*' : value}`).join('&');
  const headers = Object.entries(header).map(([name, values]) => `${name}:${name === 'Authorization' ? '*' : /** @type {string[]} */ (values).join()}`).sort();
  return [method, endpoint, uri.split('?')[0], parameters(uri.split('?')[1] ?? ''), headers, parameters(body)].join(' ');
}

/** What a hostile script can send to a worker of the page. */
function forgeries() {
  const call = (/** @type {unknown} */ command, /** @type {unknown} */ id = 1e6) => ({ kind: 'call', id, command });
  return [
    undefined, null, 0, '', 'call', [], {}, new Map([['kind', 'call']]), new Date(0), new Error('x'), { kind: null }, { kind: 'toString' }, { kind: '__proto__' }, { kind: ['call'] },
    { kind: 'init' }, { kind: 'init', config: '{}' }, { kind: 'init', config: JSON.stringify({ issuer: 'https://evil.example', clientId: 'evil' }), wasm: 'https://evil.example/' },
    call(undefined), call(5), call({}), call(''), call('x'), call('[]'), call('null'), call('{}'), call('{"op":"toString"}'), call('{"op":"constructor"}'), call('{"op":"export"}'), call('{"op":["token"]}'),
    call('{"op":"state","x":1}'), call('{"op":"hint"}'), call(`{"op":"callback","url":"${'x'.repeat(300_000)}"}`), call('{"op":"callback","url":"?code=a&state=b"}'),
    call('{"op":"signIn","params":{"code_challenge":"x"}}'), call('{"op":"token","minValiditySeconds":-1}'), call('{"__proto__":{"op":"refresh"}}'), call('{"op":"state"}', 'id'), call('{"op":"state"}', NaN), { kind: 'call' },
    { kind: 'vault' }, { kind: 'vault', id: 1, value: { record: '{}', generation: 9 } }, { kind: 'vault', hint: true }, { kind: 'relay' }, { kind: 'relay', id: 7, request: { url: 'https://evil.example/' } },
    { kind: 'relay', id: 8, request: {} }, { kind: 'relay', id: 9, pull: true }, { kind: 'relay', id: 10, cancel: true }, { kind: 'ping', extra: new ArrayBuffer(1000) }, { kind: 'back' },
  ];
}

async function messages() {
  await check('hostile messages to the worker change nothing', async () => {
    const client = await signedIn({ isolation: 'dedicated' });
    const events = listen(client);
    const token = await client.getAccessToken();
    await ledger();
    const { worker, heard } = workers[workers.length - 1];
    for (const message of forgeries()) worker.postMessage(message);
    await sleep(300);
    equal(await client.getAccessToken(), token, 'the access token');
    equal(await refreshes(), 0, 'refreshes');
    equal(events.join(), '', 'events');
    assert(heard.length > 5, 'the worker said nothing');
    equal(heard.filter((text) => text.includes('RT-')).join(), '', 'what the worker gave away');
    await client.refresh();
    equal(await refreshes(), 1, 'refreshes, as a control');
    await client.close();
    return `${forgeries().length} messages`;
  });
}

async function broadcasts() {
  await check('10 000 forged broadcasts cost no request and end no session', async () => {
    const client = await signedIn({ isolation: 'dedicated', storage: 'indexeddb' });
    const events = listen(client);
    const token = await client.getAccessToken();
    await ledger();
    const forged = new BroadcastChannel(`pkcewasm:${settings.issuer} ${settings.clientId}`);
    const kinds = [{ type: 'changed' }, { type: 'signedOut' }, { type: 'changed', generation: 1e9 }, 'changed', null, { type: 'refreshed', token: 'evil' }];
    for (let i = 0; i < 10_000; i++) forged.postMessage(kinds[i % kinds.length]);
    await sleep(1500);
    equal(await client.getAccessToken(), token, 'the access token');
    equal(await refreshes(), 0, 'refreshes');
    equal(events.join(), '', 'events');
    forged.close();
    await client.signOut({ local: true });
    await client.close();
  });
}

/** What a platform may lack, and what says so. */
async function platform() {
  for (const [lack, feature] of [['locks', 'locks'], ['storage', 'storage'], ['quota', 'storage']]) {
    await check(`without ${lack}: it says so and works`, async () => {
      const client = await createClient({ ...settings, isolation: 'dedicated', storage: 'indexeddb', workerUrl: `/workers/poor-worker.js?without=${lack}` });
      const events = listen(client);
      await client.signInSilent({ loginHint: 'alice' });
      await client.refresh();
      assert((await client.getAccessToken()).length > 10, 'no token');
      const report = await client.diagnose();
      assert(`${events} ${JSON.stringify(report)}`.includes(`${feature}`), `nothing was said: ${events}`);
      assert(!events.includes('signedOut'), 'the session ended');
      await client.signOut({ local: true });
      await client.close();
    });
  }
  await check('sessionStorage denied: a redirect that needs it is refused before it', async () => {
    const descriptor = /** @type {PropertyDescriptor} */ (Object.getOwnPropertyDescriptor(globalThis, 'sessionStorage'));
    Object.defineProperty(globalThis, 'sessionStorage', { get() { throw new DOMException('denied', 'SecurityError'); }, configurable: true });
    try {
      const client = await createClient({ ...settings, isolation: 'dedicated' });
      await rejects('storage', () => client.signInRedirect());
      await client.close();
    } finally {
      Object.defineProperty(globalThis, 'sessionStorage', descriptor);
    }
  });
}

async function alone() {
  for (const isolation of ['', 'shared']) {
    await check(`without SharedWorker${isolation && ', which was asked for'}: a dedicated worker, not the page, and it says so`, async () => {
      const before = workers.length;
      const client = await createClient({ ...settings, isolation: isolation || undefined });
      /** @type {string[]} */
      const degraded = [];
      client.on('degraded', ({ feature }) => degraded.push(feature));
      await client.signInSilent({ loginHint: 'alice' });
      await client.refresh();
      equal(workers.length, before + 1, 'dedicated workers');
      assert(workers[before].heard.some((text) => text.includes('refreshed')), 'the session is not in the worker');
      const spent = (await ledger()).map(({ body }) => new URLSearchParams(body).get('refresh_token') ?? '').filter(Boolean);
      equal(spent.length, 1, 'refresh tokens that were spent');
      equal((await walk(spent)).join(', '), '', 'where the page has them');
      equal(degraded.join(), 'shared', 'what it says');
      await client.signOut({ local: true });
      await client.close();
    });
  }
}

/** Events that a session in peace does not have. @param {any} client */
function listen(client) {
  /** @type {string[]} */
  const events = [];
  for (const name of ['signedOut', 'crashed', 'refreshFailed', 'degraded']) client.on(name, (/** @type {any} */ event) => events.push(name === 'degraded' ? `degraded ${event.feature}` : name));
  return events;
}
