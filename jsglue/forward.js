// The callback page of a popup or of a hidden frame: another page of this origin began the sign-in and waits for the
// response. Only the URL goes there; state and code are checked, and the code verifier is kept, in that page's worker.
//
// There are two ways, because each browser cuts one of them somewhere. A BroadcastChannel works where a
// Cross-Origin-Opener-Policy has cut the windows apart; its name holds the state, which nobody else knows. A message to the
// opener or the parent works where an application inside another site has a partition of the storage to itself.
//
//   from the callback page  {kind: 'pkcewasm.response', url}
//   to the callback page    {kind: 'pkcewasm.taken', state}

/** How long the callback page waits for the other one to take the response (ms). It may stand still for a moment. */
const PATIENCE = 5_000;

/**
 * The state of a response that belongs to another page: the engine ends it with the kind of window that the response goes to.
 * @param {URL} url
 * @returns {string | undefined}
 */
export function forwardedState({ searchParams, hash }) {
  const state = searchParams.get('state') ?? new URLSearchParams(hash.slice(1)).get('state');
  return state !== null && /^[\w-]{43}\.(popup|frame)$/.test(state) ? state : undefined;
}

/** @param {string} state */
export function channelName(state) {
  return `pkcewasm.callback ${state}`;
}

/**
 * Hands the response in a URL to the page that waits for it, then closes the popup.
 * @param {URL} url
 * @returns {Promise<boolean>} false if nobody took it
 */
export function forward(url) {
  const state = /** @type {string} */ (forwardedState(url));
  const { origin } = globalThis.location;
  const response = { kind: 'pkcewasm.response', url: url.href };
  const channel = new globalThis.BroadcastChannel(channelName(state));
  return new Promise((/** @type {(taken: boolean) => void} */ resolve) => {
    const timer = setTimeout(() => end(false), PATIENCE);
    const isTaken = (/** @type {any} */ data) => data?.kind === 'pkcewasm.taken' && data.state === state;
    const listen = (/** @type {MessageEvent} */ event) => {
      if (event.origin === origin && isTaken(event.data)) end(true);
    };
    /** @param {boolean} taken */
    const end = (taken) => {
      clearTimeout(timer);
      globalThis.removeEventListener('message', listen);
      channel.close();
      if (taken && state.endsWith('.popup')) globalThis.close();
      resolve(taken);
    };
    channel.onmessage = ({ data }) => {
      if (isTaken(data)) end(true);
    };
    globalThis.addEventListener('message', listen);
    channel.postMessage(response);
    const other = state.endsWith('.popup') ? globalThis.opener : globalThis.parent;
    if (other && other !== globalThis) other.postMessage(response, origin);
  });
}
