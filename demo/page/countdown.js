// The ring: how much of the current access token's life is left.

const RADIUS = 56;
const LENGTH = 2 * Math.PI * RADIUS;
const LOW = 0.25; // the share of life below which the ring changes colour

/**
 * @param {{ ring: SVGCircleElement, number: HTMLElement, unit: HTMLElement }} parts
 */
export function createCountdown({ ring, number, unit }) {
  let token;
  ring.setAttribute('stroke-dasharray', String(LENGTH));

  return {
    /** @param {{ at: number, expiresAt: number } | undefined} next times in ms since the epoch */
    show(next) {
      token = next;
    },
    /** @param {number} now ms since the epoch */
    draw(now) {
      if (!token) return;
      const left = Math.max(0, token.expiresAt - now);
      const share = Math.min(1, left / Math.max(1, token.expiresAt - token.at));
      ring.setAttribute('stroke-dashoffset', String(LENGTH * (1 - share)));
      ring.classList.toggle('is-low', share < LOW);
      const [text, name] = remaining(left);
      if (number.textContent !== text) {
        number.textContent = text;
        number.classList.toggle('is-long', text.length > 3);
      }
      if (unit.textContent !== name) unit.textContent = name;
    },
  };
}

/** @param {number} ms */
function remaining(ms) {
  const seconds = Math.ceil(ms / 1000);
  if (seconds < 100) return [String(seconds), seconds === 1 ? 'second' : 'seconds'];
  const minutes = Math.floor(seconds / 60);
  if (minutes < 100) return [`${minutes}:${String(seconds % 60).padStart(2, '0')}`, 'minutes'];
  const hours = Math.floor(minutes / 60);
  return [`${hours}:${String(minutes % 60).padStart(2, '0')}`, 'hours'];
}
