// A page whose clients a native test leads (remote.go). What any of them lets out is kept for it: how calls settle, events,
// the console, uncaught errors. The parameter clock puts this page on a clock of the test's own.
import { done } from './harness/harness.js';

const { fetch, setTimeout, console } = globalThis;
const elapsed = performance.now.bind(performance);

/** What was said outside of clients. @type {string[]} */
const said = [];
for (const level of /** @type {const} */ (['debug', 'log', 'info', 'warn', 'error'])) {
  console[level] = (/** @type {unknown[]} */ ...args) => void said.push(`console.${level}: ${args.map(texts).join(' ')}`);
}
addEventListener('error', ({ message, error }) => void said.push(`error: ${message} ${texts(error)}`));
addEventListener('unhandledrejection', ({ reason }) => void said.push(`unhandled rejection: ${texts(reason)}`));

if (new URLSearchParams(location.search).has('clock')) await import('./workers/clock.js');

/** The dedicated workers by address, the last of each. @type {Map<string, Worker>} */
const workers = new Map();
const { Worker: Genuine } = globalThis;
globalThis.Worker = class extends Genuine {
  constructor(/** @type {[string | URL, WorkerOptions?]} */ ...args) {
    super(...args);
    workers.set(String(args[0]), this);
  }
};
const { AuthError, createClient } = await import('/pkcewasm/index.js');

const EVENTS = ['signedIn', 'refreshed', 'refreshFailed', 'expiring', 'expired', 'signedOut', 'degraded', 'crashed', 'trace'];

const AsyncFunction = /** @type {any} */ (async () => {}).constructor;

/** Every form in which somebody may print a value. @param {any} value @returns {string} */
function texts(value) {
  if (typeof value !== 'object' || value === null) return String(value);
  const own = Object.getOwnPropertyNames(value).map((name) => `${name}=${String(value[name])}`);
  const cause = value.cause === undefined ? '' : texts(value.cause);
  return [String(value), value.message, value.stack, JSON.stringify(value), ...own, cause].join('\n');
}

/** A client, and what has happened to it. */
class Tenant {
  /** @type {any} */ client;
  /** @type {object[]} */ events = [];
  /** Of its worker. */ address = '';
  /** What its worker said (workers/lab.js). @type {string[]} */ said = [];
  /** @type {BroadcastChannel | undefined} */ lab;
}

/** @type {Map<string, Tenant>} */
const tenants = new Map();

/**
 * How a call ended. Any number of thens on a promise see one settlement: what is asserted is that it comes, and when.
 * @param {() => unknown} run
 */
async function settled(run) {
  const begin = elapsed();
  try {
    const value = await run();
    return { value: value instanceof Response ? { status: value.status, text: await value.text(), type: value.type } : value, ms: elapsed() - begin };
  } catch (/** @type {any} */ error) {
    const { code = '', retryable, oauthError, description, status, retryAfterSeconds } = error;
    return {
      error: { code, retryable, oauthError, description, status, retryAfterSeconds, typed: error instanceof AuthError, texts: texts(error) },
      ms: elapsed() - begin,
    };
  }
}

/** @type {Record<string, (tenant: Tenant, argument: any) => unknown>} */
const ACTIONS = {
  /** Opens the client with a configuration. */
  open: (tenant, config) => settled(async () => {
    tenant.lab = new BroadcastChannel(`lab${new URL(config.workerUrl, location.href).search}`);
    tenant.lab.onmessage = ({ data }) => { if (data.said) tenant.said.push(data.said); };
    tenant.address = new URL(config.workerUrl, location.href).href;
    tenant.client = await createClient(config);
    for (const name of EVENTS) {
      tenant.client.on(name, (/** @type {any} */ event) => {
        const { type, reason, feature, step, attempt, willRetry, nextAt, error } = event;
        // The claims of the ID token are the application's, the nonce among them.
        const { nonce: _, ...claims } = event.user?.claims ?? {};
        tenant.events.push({ type, reason, feature, step, attempt, willRetry, nextAt, error, in: nextAt && nextAt - Date.now(), texts: texts({ ...event, user: { ...event.user, claims } }) });
      });
    }
  }),
  /** Calls functions of the client at the same moment: [name, ...arguments], times. */
  call: ({ client }, { name, args = [], times = 1, abortAfter }) => Promise.all(Array.from({ length: times }, () => settled(() => {
    if (abortAfter === undefined) return client[name](...args);
    const controller = new AbortController();
    setTimeout(() => controller.abort(), abortAfter);
    return client[name]({ ...args[0], signal: controller.signal });
  }))),
  /** The authorization URL of a sign-in. */
  url: ({ client }, options) => settled(() => new Promise((resolve, reject) => {
    client.signInRedirect({ ...options, navigate: resolve }).catch(reject);
  })),
  /** Runs a text with the client, the page's real clock and the argument. */
  script: ({ client }, { text, argument }) => settled(() => new AsyncFunction('client', 'elapsed', 'argument', text)(client, elapsed, argument)),
  user: ({ client }) => client.getUser() ?? null,
  /** Events and texts since the last time. */
  observed: (tenant) => ({ events: tenant.events.splice(0), said: [...tenant.said.splice(0), ...said.splice(0)] }),
  /** Lets time pass on the clocks of the page and of one worker, after a jump of the wall clocks and a sleep of the device. */
  advance: (_, /** @type {any} */ order) => new Promise((resolve) => {
    const clocks = new BroadcastChannel('clock');
    let late = 2;
    clocks.onmessage = ({ data }) => {
      if (!('fired' in data) || --late > 0) return;
      clocks.close();
      resolve(null);
    };
    clocks.postMessage(order);
  }),
  /** Ends its worker, as a crash would. */
  kill: ({ address }) => workers.get(address)?.terminate(),
  /** Names of the locks that the package holds. */
  locks: async () => ((await navigator.locks.query()).held ?? []).map(({ name }) => name).filter((name) => name?.startsWith('pkcewasm')),
  /** Tells the client's worker something, and returns its answer. */
  lab: ({ lab }, order) => new Promise((resolve) => {
    const listen = (/** @type {MessageEvent} */ { data }) => {
      if (!data.answer) return;
      lab?.removeEventListener('message', listen);
      resolve(data.answer);
    };
    lab?.addEventListener('message', listen);
    lab?.postMessage(order);
  }),
  close: (tenant) => settled(() => {
    tenant.lab?.close();
    return tenant.client.close();
  }),
};

/** @param {{ id: number, client: string, action: string, argument: any }} command */
async function obey({ id, client, action, argument }) {
  const tenant = tenants.get(client) ?? new Tenant();
  tenants.set(client, tenant);
  const answer = await ACTIONS[action](tenant, argument);
  await fetch(`/remote/done?id=${id}`, { method: 'POST', body: JSON.stringify(answer ?? null) });
}

for (let leaving = false; !leaving;) {
  const commands = await (await fetch('/remote/next')).json() ?? [];
  for (const command of commands) {
    if (command.action === 'done') {
      leaving = true;
      await fetch(`/remote/done?id=${command.id}`, { method: 'POST', body: 'null' });
    } else obey(command).catch((error) => void said.push(`${command.action}: ${error.stack}`));
  }
}
await done();
