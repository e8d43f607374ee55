// The keys of a provider, as they are and changed.

/** The key set of a provider. @param {any} server */
export async function publishedKeys(server) {
  return (await fetch(server.jwks_uri)).json();
}

/** The same with one bit of each key changed. @param {any} set */
export function flipped(set) {
  const flip = (/** @type {string} */ number) => (number[5] === 'A' ? 'B' : 'A');
  return {
    keys: set.keys.map((/** @type {any} */ key) => {
      const name = key.n ? 'n' : 'x';
      return { ...key, [name]: key[name].slice(0, 5) + flip(key[name]) + key[name].slice(6) };
    }),
  };
}

/** The address where this site answers a key set. @param {any} set */
export function echoed(set) {
  return `${location.origin}/keys?set=${encodeURIComponent(JSON.stringify(set))}`;
}
