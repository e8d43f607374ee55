// Notices that a worker is dead: nothing else tells.

/** A worker with work to do is asked that often whether it lives. */
const PING_INTERVAL = 1_500;
/** It is dead after so many questions without an answer, within 5 s. */
const PATIENCE = 2;
/** One whose lock is held lives, and may be slow on a busy machine. Only one that hangs is so silent, for 20 s. */
const LONG_PATIENCE = 13;
/** One that seems to be gone has so long to answer. */
const SUSPICION = 250;
/** A timer this late means that the page itself stood still. */
const LATE = 1_000;

/**
 * @param {() => void} ask
 * @param {() => void} onDead
 * @param {() => boolean} lives whether something else would tell its end
 */
export function createWatchdog(ask, onDead, lives) {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  let asked = false, heard = false, suspected = false, silent = 0;
  const arm = () => {
    const due = performance.now() + PING_INTERVAL;
    timer = setTimeout(() => {
      if (heard) silent = 0;
      else if (asked && performance.now() - due < LATE) silent++;
      if (silent >= (lives() ? LONG_PATIENCE : PATIENCE)) {
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
