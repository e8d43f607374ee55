// Lets the test know the keys that are made here: they can be exported, the site is told their private part, and a debugger finds it.
const { generateKey, exportKey } = SubtleCrypto.prototype;
/** @type {string[]} */
const known = [];
Object.assign(globalThis, { known });

// @ts-expect-error: one of its forms is enough
SubtleCrypto.prototype.generateKey = async function (/** @type {EcKeyGenParams} */ algorithm, _, /** @type {KeyUsage[]} */ usages) {
  const pair = /** @type {CryptoKeyPair} */ (await generateKey.call(this, algorithm, true, usages));
  const { d = '' } = /** @type {JsonWebKey} */ (await exportKey.call(this, /** @type {any} */ ('jwk'), pair.privateKey));
  known.push(d);
  await fetch('/known', { method: 'POST', body: d });
  return pair;
};
