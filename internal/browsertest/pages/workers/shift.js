// Clocks that flow as always, ahead by what they are told: a sleep moves Date, and performance.now with it or not, as
// browsers differ. Timers stay real, so that after a sleep none fires by itself. For the page and its worker.
const { Date: RealDate } = globalThis;
const monotonic = globalThis.performance.now.bind(globalThis.performance);
const shift = { wall: 0, monotonic: 0 };

globalThis.Date = class extends RealDate {
  /** @param {any[]} args */
  constructor(...args) {
    // @ts-expect-error: Date takes many forms of arguments
    super(...(args.length === 0 ? [RealDate.now() + shift.wall] : args));
  }

  static now() { return RealDate.now() + shift.wall; }
};
globalThis.performance.now = () => monotonic() + shift.monotonic;

/** Real milliseconds. */
export const real = monotonic;

const channel = new BroadcastChannel('shift');
channel.onmessage = ({ data }) => {
  if (data.by) {
    add(data.by);
    channel.postMessage({ done: true });
  }
};

/** @param {{ wall: number, monotonic: number }} by */
function add(by) {
  shift.wall += by.wall;
  shift.monotonic += by.monotonic;
}

/** Moves the clocks of this page and of its worker. @param {{ wall: number, monotonic: number }} by ms */
export function jump(by) {
  add(by);
  return new Promise((resolve) => {
    channel.addEventListener('message', function hear({ data }) {
      if (!data.done) return;
      channel.removeEventListener('message', hear);
      resolve(undefined);
    });
    channel.postMessage({ by });
  });
}
