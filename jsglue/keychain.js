// The keys that tokens are bound to (RFC 9449): made and used by crypto.subtle, which does not let the private part out. A
// key is named by its public part, `x.y` in base64url. They live in this realm's memory; with a session that is stored they
// are in IndexedDB as well, and else only while a redirect is under way that this realm does not survive.

import { change, sweep } from './database.js';
import { bare, own } from './own.js';

/** @typedef {ReturnType<typeof createKeychain>} Keychain */

/** Above so many keys in memory, the first one of a sign-in that was never finished goes. */
const MAX_KEYS = 16;
/** So long (ms) the stored key of a session is kept that nobody used: its tab is gone then. 90 days. */
const FORGOTTEN = 90 * 24 * 3_600_000;
/** So long (ms) that of a sign-in, whose record lives for 10 minutes. */
const PENDING = 11 * 60_000;

/**
 * The methods that the module calls (internal/browser, keychain.go). None throws.
 * @param {boolean} durable stored keys stay after their first use: the session is stored, too
 */
export function createKeychain(durable) {
  const { subtle } = globalThis.crypto;
  const algorithm = bare({ name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' });
  const forget = () => sweep('keys', Date.now());
  forget().catch(() => {});
  /** @type {Map<string, { pair: CryptoKeyPair, used: boolean }>} */
  const keys = new Map();
  /** Keys that are in the database until their first use. @type {Set<string>} */
  const lent = new Set();

  /** Takes a key out of the database; rejects if it cannot be read, which is not to say that it is gone. @param {string} key */
  const load = async (key) => {
    /** @type {unknown} */
    let entry;
    const now = Date.now();
    try {
      await change('keys', key, (stored) => {
        entry = stored;
        return stored && durable ? { ...stored, until: stored.until > now + PENDING ? now + FORGOTTEN : stored.until } : undefined;
      });
    } catch (cause) {
      if (!entry) throw cause;
    }
    const pair = /** @type {CryptoKeyPair | undefined} */ (own(entry, 'pair'));
    if (pair) keys.set(key, { pair, used: true });
    return keys.get(key);
  };

  /** @param {string} key @param {string} text */
  const sign = async (key, text) => {
    const entry = keys.get(key) ?? await load(key);
    if (!entry) return '';
    entry.used = true;
    if (lent.delete(key)) change('keys', key, () => undefined).catch(() => {});
    const signature = await subtle.sign(algorithm, entry.pair.privateKey, new TextEncoder().encode(text));
    return btoa(String.fromCharCode(...new Uint8Array(signature))).replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '');
  };

  return {
    async create() {
      const pair = /** @type {CryptoKeyPair} */ (await subtle.generateKey(algorithm, false, ['sign', 'verify']));
      const { x, y } = await subtle.exportKey('jwk', pair.publicKey);
      const idle = [...keys].find(([, { used }]) => !used);
      if (idle && keys.size > MAX_KEYS) keys.delete(idle[0]);
      keys.set(`${x}.${y}`, { pair, used: false });
      return `${x}.${y}`;
    },

    /**
     * @param {string} key
     * @param {string} text
     * @param {number} limit in milliseconds; then it rejects
     * @returns {Promise<string>} in base64url; '' if the key is gone
     */
    sign: (key, text, limit) => new Promise((resolve, reject) => {
      const timer = setTimeout(reject, limit);
      sign(key, text).then(resolve, reject).finally(() => clearTimeout(timer));
    }),

    /** @param {string} key */
    async store(key) {
      const entry = keys.get(key);
      if (!durable) lent.add(key);
      // The key of a session has been used.
      const until = Date.now() + (entry?.used ? FORGOTTEN : PENDING);
      await change('keys', key, (stored) => (entry ? { key, pair: entry.pair, until } : stored));
      await forget();
    },

    /** @param {string} key */
    async erase(key) {
      keys.delete(key);
      await change('keys', key, () => undefined);
    },
  };
}
