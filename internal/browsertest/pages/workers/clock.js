// Puts a clock in place that stands still until it is told to move: Date, performance.now and timers.
// What has to happen for real in between, such as a fetch, is waited for.
const real = { Date, setTimeout: globalThis.setTimeout.bind(globalThis), fetch: globalThis.fetch.bind(globalThis) };
const epoch = real.Date.now();
const turn = new MessageChannel();
let now = 0; // ms since epoch
let ahead = 0; // ms that the wall clock alone has jumped
let lastId = 0;
let busy = 0; // fetches under way
/** @type {Map<number, { at: number, run: () => void }>} */
const timers = new Map();

globalThis.Date = class extends real.Date {
  /** @param {any[]} args */
  constructor(...args) {
    // @ts-expect-error: Date takes many forms of arguments
    super(...(args.length === 0 ? [epoch + now + ahead] : args));
  }

  static now() { return epoch + now + ahead; }
};
globalThis.performance.now = () => now;
// @ts-expect-error: returns a number, as in a browser
globalThis.setTimeout = (/** @type {any} */ run, delay = 0, ...args) => {
  // As browsers do: beyond 2^31-1 ms a timer fires at once.
  timers.set(++lastId, { at: now + (delay > 2 ** 31 - 1 ? 0 : Math.max(0, delay)), run: () => run(...args) });
  return lastId;
};
globalThis.clearTimeout = (id) => void timers.delete(Number(id));
globalThis.fetch = async (...args) => {
  busy++;
  try {
    return await real.fetch(...args);
  } finally {
    // The body is read after this; it comes from loopback.
    real.setTimeout(() => busy--, 100);
  }
};

/** Lets promises, messages and requests go as far as they can without time passing. */
async function settle() {
  await new Promise((resolve) => {
    // A task without the 4 ms that browsers add to nested timers.
    turn.port1.onmessage = resolve;
    turn.port2.postMessage(0);
  });
  while (busy > 0) await new Promise((resolve) => { real.setTimeout(resolve, 10); });
}

/** @param {number} ms */
async function advance(ms) {
  const end = now + ms;
  let fired = 0;
  for (;;) {
    await settle();
    const due = [...timers].filter(([, { at }]) => at <= end).sort(([, a], [, b]) => a.at - b.at)[0];
    if (!due) break;
    timers.delete(due[0]);
    now = Math.max(now, due[1].at);
    due[1].run();
    fired++;
  }
  now = end;
  return fired;
}

const channel = new BroadcastChannel('clock');
channel.onmessage = async ({ data }) => {
  if ('jump' in data) ahead += data.jump; // of the wall clock alone
  if ('sleep' in data) now += data.sleep; // of a device: no timer fires meanwhile
  if ('advance' in data) channel.postMessage({ fired: await advance(data.advance) });
};

// A clock that stands still would also hold what runs at start-up: let timers of the next second fire by themselves.
real.setTimeout(function tick() {
  for (const [id, { at, run }] of timers) {
    if (at <= now) { timers.delete(id); run(); }
  }
  real.setTimeout(tick, 5);
}, 5);
