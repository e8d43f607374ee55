// Notices that a worker is dead: nothing else tells.

/** A worker with work to do is asked that often whether it lives, and is dead after two questions without answer: within 5 s. */
const PING_INTERVAL = 1_500;
/** One that seems to be gone has so long to answer. */
const SUSPICION = 250;
/** A timer this late means that the page itself stood still. */
const LATE = 1_000;

/**
 * @param {() => void} ask
 * @param {() => void} onDead
 */
export function createWatchdog(ask, onDead) {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  let asked = false, heard = false, suspected = false, silent = 0;
  const arm = () => {
    const due = performance.now() + PING_INTERVAL;
    timer = setTimeout(() => {
      if (heard) silent = 0;
      else if (asked && performance.now() - due < LATE) silent++;
      if (silent === 2) {
        onDead();
        return;
      }
      heard = false;
      asked = true;
      ask();
      arm();
    }, PING_INTERVAL);
  };
  return {
    /** It is dead unless it answers at once. */
    suspect() {
      clearTimeout(timer);
      suspected = true;
      heard = false;
      ask();
      timer = setTimeout(() => {
        suspected = false;
        if (heard) arm();
        else onDead();
      }, SUSPICION);
    },
    start: () => {
      if (timer === undefined) arm();
    },
    heard: () => {
      heard = true;
    },
    /** Nothing is asked of it any more. What it said before it died may come late, and ends no suspicion. */
    rest() {
      if (!suspected) this.stop();
    },
    stop: () => {
      clearTimeout(timer);
      timer = undefined;
      asked = heard = suspected = false;
      silent = 0;
    },
  };
}
