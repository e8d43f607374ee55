// A vault in the page's sessionStorage, which a worker does not have: the worker's calls go through the port.
//
//   from the worker  vault {id, method, args} · vault {method, args}, which needs no answer
//   to the worker    vault {id, value} · vault {id, failed} · vault {hint}

import { bare, own } from './own.js';

/** @import { Vault } from './vault.js' */

/**
 * The worker's end.
 * @param {(message: object) => void} post
 * @param {string} key
 * @param {() => void} onHint
 */
export function createRemoteVault(post, key, onHint) {
  /** @type {Map<unknown, { resolve: (value: any) => void, reject: (error: Error) => void }>} */
  const waiting = new Map();
  let nextId = 1;
  const tell = (/** @type {string} */ method) => (/** @type {unknown[]} */ ...args) => post({ kind: 'vault', method, args });
  const ask = (/** @type {string} */ method) => (/** @type {unknown[]} */ ...args) => new Promise((/** @type {(value: any) => void} */ resolve, reject) => {
    const id = nextId++;
    waiting.set(id, { resolve, reject });
    post({ kind: 'vault', id, method, args });
  });
  tell('open')(key);
  /** @type {Vault} */
  const vault = {
    lock: ask('lock'), load: ask('load'), claim: ask('claim'), commit: ask('commit'), put: ask('put'), erase: ask('erase'), finish: ask('finish'),
    unlock: tell('unlock'), hint: tell('hint'), close: tell('close'),
    exclusive: true,
    pause() {}, // the page sees to it
    resume() {},
  };
  return {
    vault,
    /** @param {unknown} message */
    receive(message) {
      if (own(message, 'hint')) onHint();
      const id = own(message, 'id');
      const call = waiting.get(id);
      waiting.delete(id);
      if (own(message, 'failed')) call?.reject(new Error('sessionStorage failed'));
      else call?.resolve(own(message, 'value'));
    },
  };
}

/**
 * The page's end.
 * @param {(message: object) => void} post
 * @param {typeof import('./tab.js').openTabVault} [openTab] given where the storage is 'session'
 */
export function createVaultHost(post, openTab) {
  /** @type {Vault | undefined} */
  let vault;
  return {
    /** @param {unknown} message */
    async receive(message) {
      const { id, method, args } = /** @type {any} */ (bare(/** @type {object} */ (message)));
      try {
        if (method === 'open') {
          vault?.close();
          vault = openTab?.(args[0], () => post({ kind: 'vault', hint: true }));
        } else {
          const value = await /** @type {any} */ (vault)[method](...args);
          if (id !== undefined) post({ kind: 'vault', id, value });
        }
      } catch {
        if (id !== undefined) post({ kind: 'vault', id, failed: true });
      }
    },
    close() {
      vault?.close();
      vault = undefined;
    },
  };
}
