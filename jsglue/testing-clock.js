// A clock that can be moved: Date, performance.now and timers of this realm. It runs like the real one in between, so that
// what waits for something else than time, such as a test library, goes on.

import { traffic } from './testing-provider.js';

/** @import { FakeClock } from './testing.d.ts' */

/** A timer that waits so long at most is none that time is moved for. */
const SOON = 1;
/** How long to look whether a request has consequences (real ms). */
const LOOK = 15;

/** @returns {FakeClock} */
export function createClock() {
  const { Date: RealDate, setTimeout: startTimer, clearTimeout: stopTimer, setInterval, clearInterval, performance } = globalThis;
  const now = performance.now.bind(performance);
  /** How far the clocks are ahead of the real ones (ms). */
  let wall = 0, monotonic = 0;
  let last = 2 ** 20; // beyond the numbers of real timers
  /** @type {Map<number, { due: number, run: () => void, every?: number, real?: any }>} */
  const timers = new Map();

  /** @param {number} id */
  const arm = (id) => {
    const timer = timers.get(id);
    if (!timer) return;
    stopTimer(timer.real);
    timer.real = startTimer(() => fire(id), Math.min(Math.max(0, timer.due - performance.now()), 2 ** 31 - 1));
  };

  /** @param {number} id */
  const fire = (id) => {
    const timer = timers.get(id);
    if (!timer) return;
    if (timer.due > performance.now() + SOON) return arm(id);
    stopTimer(timer.real);
    if (timer.every === undefined) timers.delete(id);
    else {
      timer.due = performance.now() + timer.every;
      arm(id);
    }
    timer.run();
  };

  /** @param {(...args: any[]) => void} run @param {number} delay @param {any[]} args @param {boolean} again */
  const add = (run, delay, args, again) => {
    const wait = delay > 2 ** 31 - 1 ? 0 : Math.max(0, Number(delay) || 0); // as browsers do
    const id = ++last;
    timers.set(id, { due: performance.now() + wait, run: () => run(...args), ...(again && { every: Math.max(1, wait) }) });
    arm(id);
    return id;
  };

  /** @param {any} id */
  const remove = (id) => {
    stopTimer(timers.get(id)?.real ?? id);
    timers.delete(id);
  };

  class FakeDate extends RealDate {
    /** @param {any[]} args */
    constructor(...args) {
      super(.../** @type {[]} */ (args.length === 0 ? [FakeDate.now()] : args));
    }

    static now() { return Math.floor(RealDate.now() + wall); }
  }

  performance.now = () => now() + monotonic;
  Object.assign(globalThis, {
    Date: FakeDate,
    setTimeout: (/** @type {any} */ run, delay = 0, /** @type {any[]} */ ...args) => add(run, delay, args, false),
    setInterval: (/** @type {any} */ run, delay = 0, /** @type {any[]} */ ...args) => add(run, delay, args, true),
    clearTimeout: remove, clearInterval: remove,
  });

  /** Lets promises go as far as they can, and requests with what follows from them. */
  const settle = async () => {
    for (let seen = -1; seen !== traffic.begun || traffic.underWay > 0;) {
      if (seen >= 0) await new Promise((resolve) => { startTimer(resolve, LOOK); });
      seen = traffic.begun;
      await turn();
    }
  };

  return {
    async advance(seconds) {
      await settle();
      const end = performance.now() + seconds * 1000;
      const move = (/** @type {number} */ to) => {
        const by = Math.max(0, to - performance.now());
        monotonic += by;
        wall += by;
      };
      for (;;) {
        const [next] = [...timers].sort(([, a], [, b]) => a.due - b.due);
        if (!next || next[1].due > end) break;
        move(next[1].due);
        fire(next[0]);
        await settle();
      }
      move(end);
      for (const id of timers.keys()) arm(id);
    },
    async sleep(seconds) {
      wall += seconds * 1000;
      globalThis.document?.dispatchEvent(new globalThis.Event('visibilitychange'));
      await settle();
    },
    uninstall() {
      performance.now = now;
      Object.assign(globalThis, { Date: RealDate, setTimeout: startTimer, setInterval, clearTimeout: stopTimer, clearInterval });
      for (const { real } of timers.values()) stopTimer(real);
      timers.clear();
    },
  };

  /** A few turns of the event loop, in which no time has to pass. */
  async function turn() {
    const { port1, port2 } = new globalThis.MessageChannel();
    for (let i = 0; i < 5; i++) {
      await new Promise((resolve) => {
        port1.onmessage = resolve;
        port2.postMessage(0);
      });
    }
    port1.close();
  }
}
