// One clock for everything that moves: every frame, or every second for those who prefer less motion.

/**
 * Calls `tick(now)` with ms since the epoch until the returned function is called.
 * Nothing runs while the page is hidden.
 * @param {(now: number) => void} tick
 */
export function every(tick) {
  const calm = matchMedia('(prefers-reduced-motion: reduce)');
  let last = -Infinity;
  let frame = requestAnimationFrame(step);

  function step() {
    frame = requestAnimationFrame(step);
    const now = Date.now();
    if (calm.matches && now - last < 1000 && now >= last) return;
    last = now;
    tick(now);
  }
  return () => cancelAnimationFrame(frame);
}
