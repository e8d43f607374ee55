// The keys that tokens are bound to, where they are stored.

import 'fake-indexeddb/auto';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createKeychain } from '../keychain.js';

test('a database that fails does not say that a key is gone', async () => {
  const keychain = createKeychain(true);
  const key = await keychain.create();
  await keychain.store(key);
  const later = createKeychain(true); // as after a reload
  const { transaction } = globalThis.IDBDatabase.prototype;
  globalThis.IDBDatabase.prototype.transaction = () => { throw new Error('closing'); };
  try {
    await assert.rejects(later.sign(key, 'text', 1_000));
  } finally {
    globalThis.IDBDatabase.prototype.transaction = transaction;
  }
  assert.match(await later.sign(key, 'text', 1_000), /^[\w-]{86}$/);
  await later.erase(key);
  assert.equal(await later.sign(key, 'text', 1_000), '');
});

test('with a session in memory a stored key is gone after its first use', async () => {
  const keychain = createKeychain(false);
  const key = await keychain.create();
  await keychain.store(key);
  await keychain.sign(key, 'text', 1_000);
  await new Promise((resolve) => { setTimeout(resolve, 50); });
  assert.equal(await createKeychain(false).sign(key, 'text', 1_000), '');
  assert.notEqual(await keychain.sign(key, 'text', 1_000), '');
});
