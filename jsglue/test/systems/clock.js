// Clocks that can be set forward. They never go back: the module's own timers may wait on them.

let ahead = 0;
const { now: wall } = Date, monotonic = performance.now.bind(performance);
Date.now = () => wall() + ahead;
performance.now = () => monotonic() + ahead;

/** @param {number} milliseconds */
export function advance(milliseconds) {
  ahead += milliseconds;
}
