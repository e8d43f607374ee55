// An application: it greets who is signed in.

/** @param {import('pkcewasm').Client} client @param {HTMLElement} element */
export function showGreeting(client, element) {
  const show = () => { element.textContent = `Hello ${client.getUser()?.claims.name ?? 'stranger'}`; };
  client.on('signedIn', show);
  client.on('signedOut', show);
  show();
}
