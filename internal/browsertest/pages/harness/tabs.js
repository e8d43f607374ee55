// Tabs as frames: each has its own realm, client, port and dedicated worker.

/** @typedef {Awaited<ReturnType<typeof openTab>>} Tab */

/** Opens a tab. Its functions reject with the code of an AuthError. */
export async function openTab() {
  const frame = document.createElement('iframe');
  frame.src = '/tab.html';
  const loaded = new Promise((resolve) => {
    addEventListener('message', function listen({ source, data }) {
      if (source !== frame.contentWindow || data !== 'loaded') return;
      removeEventListener('message', listen);
      resolve(undefined);
    });
  });
  document.body.append(frame);
  await loaded;

  /** @param {string} action @param {any} [argument] @returns {Promise<any>} */
  const ask = (action, argument) => new Promise((resolve, reject) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = ({ data }) => {
      port1.close();
      if ('code' in data) reject(Object.assign(new Error(`${action}: ${data.code}`), { code: data.code }));
      else resolve(data.value);
    };
    frame.contentWindow?.postMessage({ action, argument }, location.origin, [port2]);
  });
  return { ask, kill: () => frame.remove() };
}

/** Plays the user at the provider in a hidden frame, and returns the callback URL. @param {string} url */
export function visitProvider(url) {
  const frame = document.createElement('iframe');
  frame.hidden = true;
  frame.src = url;
  document.body.append(frame);
  return new Promise((/** @type {(url: string) => void} */ resolve) => {
    addEventListener('message', function listen({ source, data }) {
      if (source !== frame.contentWindow) return;
      removeEventListener('message', listen);
      frame.remove();
      resolve(data);
    });
  });
}
