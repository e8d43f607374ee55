// The proof key on show (RFC 7636): a verifier, its challenge, and the browser's own opinion of it.
// The module runs in a worker of its own, so the page needs no permission to compile WebAssembly.

const SVG = 'http://www.w3.org/2000/svg';

/**
 * @typedef {{ verifier: string, challenge: string, version: string }} Pair
 */

/**
 * @param {{ wasmUrl: string, verifier: HTMLElement, challenge: HTMLElement, verifierBytes: SVGSVGElement, challengeBytes: SVGSVGElement, check: HTMLElement }} parts
 */
export function createProof(parts) {
  const worker = new Worker('/proof-worker.js', { type: 'module' });

  return {
    /** Makes a pair and shows it. @returns {Promise<Pair>} */
    async make() {
      const pair = await ask(worker, parts.wasmUrl);
      parts.verifier.textContent = pair.verifier;
      parts.challenge.textContent = pair.challenge;
      paint(parts.verifierBytes, decode(pair.verifier));
      paint(parts.challengeBytes, decode(pair.challenge));
      const agrees = (await browserChallenge(pair.verifier)) === pair.challenge;
      parts.check.classList.toggle('is-bad', !agrees);
      parts.check.textContent = agrees
        ? "Made in Go. The browser's own SHA‑256 gives the same challenge."
        : "The browser's own SHA‑256 gives another challenge.";
      return pair;
    },
  };
}

/** @param {Worker} worker @param {string} wasm @returns {Promise<Pair>} */
function ask(worker, wasm) {
  return new Promise((resolve, reject) => {
    worker.onmessage = ({ data }) => (data.error ? reject(data.error) : resolve(data));
    worker.onerror = (event) => {
      event.preventDefault();
      reject({ code: 'wasm_load', message: 'The worker did not start.' });
    };
    worker.postMessage({ wasm });
  });
}

async function browserChallenge(verifier) {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(verifier));
  return btoa(String.fromCharCode(...new Uint8Array(digest)))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '');
}

function decode(base64url) {
  const text = atob(base64url.replaceAll('-', '+').replaceAll('_', '/'));
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

/** One square per byte, the darker the larger. */
function paint(svg, bytes) {
  if (svg.childElementCount !== bytes.length) {
    svg.replaceChildren(
      ...Array.from(bytes, (_, index) => {
        const square = document.createElementNS(SVG, 'rect');
        square.setAttribute('x', String((index % 16) + 0.06));
        square.setAttribute('y', String(Math.floor(index / 16) + 0.06));
        square.setAttribute('width', '0.88');
        square.setAttribute('height', '0.88');
        square.setAttribute('rx', '0.16');
        return square;
      }),
    );
  }
  bytes.forEach((byte, index) => svg.children[index].setAttribute('fill-opacity', (0.08 + (0.92 * byte) / 255).toFixed(3)));
}
