// The keys that tokens are bound to, where they are stored.

import 'fake-indexeddb/auto';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { change, idle, read } from '../database.js';
import { createKeychain } from '../keychain.js';

const MINUTE = 60_000, DAY = 24 * 60 * MINUTE;

/** From now on it is so much later. @param {import('node:test').TestContext} t @param {number} ms */
const later = (t, ms) => {
  const { now } = Date;
  t.mock.method(Date, 'now', () => now() + ms);
};

/** What a later start of the engine leaves of a key. @param {string} key */
const left = async (key) => {
  const keychain = createKeychain(true);
  await keychain.store(await keychain.create()); // after what the start removes
  return Boolean(await read('keys', key));
};

for (const durable of [false, true]) {
  test(`the key of a redirect that nobody came back from lives no longer than its record, storage ${durable ? 'on' : 'off'}`, async (t) => {
    const keychain = createKeychain(durable);
    const key = await keychain.create();
    await keychain.store(key);
    later(t, 9 * MINUTE);
    assert.equal(await left(key), true);
    later(t, 3 * MINUTE);
    assert.equal(await left(key), false);
  });
}

test('an engine that starts removes what is too old', async (t) => {
  const keychain = createKeychain(false);
  const key = await keychain.create();
  await keychain.store(key);
  later(t, 12 * MINUTE);
  createKeychain(false);
  for (const end = performance.now() + 5_000; await read('keys', key);) assert.ok(performance.now() < end);
});

test('the key of a stored session stays for 90 days after it was used', async (t) => {
  const before = createKeychain(true);
  const key = await before.create();
  await before.store(key);
  const keychain = createKeychain(true); // after the redirect
  await keychain.sign(key, 'the code', 1_000);
  await keychain.store(key);
  later(t, 80 * DAY);
  assert.equal(await left(key), true);
  await createKeychain(true).sign(key, 'a refresh', 1_000);
  later(t, 80 * DAY);
  assert.equal(await left(key), true);
  later(t, 91 * DAY);
  assert.equal(await left(key), false);
});

test('a client that is closed while it redeems the code keeps no key', async (t) => {
  const before = createKeychain(true);
  const key = await before.create();
  await before.store(key);
  await createKeychain(true).sign(key, 'the code', 1_000); // and nobody stores it for a session
  later(t, 12 * MINUTE);
  assert.equal(await left(key), false);
});

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

test('a transaction under way is waited for', async () => {
  let done = false;
  const writing = change('keys', 'K', () => ({ key: 'K' })).then(() => { done = true; });
  await idle();
  assert.equal(done, true);
  await writing;
  assert.deepEqual(await Promise.all([idle(), read('keys', 'K')]), [[], { key: 'K' }]);
});
