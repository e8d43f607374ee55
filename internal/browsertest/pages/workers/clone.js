// A shared worker that says whether it can clone a key, which storing one takes.
globalThis.onconnect = async ({ ports: [port] }) => {
  const { privateKey } = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign']);
  try {
    structuredClone(privateKey);
    port.postMessage('cloned');
  } catch (error) {
    port.postMessage(error.name);
  }
};
