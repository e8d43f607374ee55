// The record that tabs share, and the locks around it. Each vault is what one tab has.

import 'fake-indexeddb/auto';
import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { change } from '../database.js';
import { leaseLock, webLock } from '../locks.js';
import { openVault } from '../vault.js';
import { installLocks } from './web-locks.js';

/** @type {ReturnType<typeof installLocks>} */
let platform;
/** @type {{ close: () => void }[]} */
let opened = [];
let key = '';
beforeEach(() => {
  platform = installLocks();
  key = `https://id.example ${Math.random()}`;
});
afterEach(() => {
  for (const item of opened) item.close();
  opened = [];
  platform.remove();
});

/** @template {{ close: () => void }} T @param {T} item @returns {T} */
function keep(item) {
  opened.push(item);
  return item;
}
const open = (onHint = () => {}) => keep(openVault(key, onHint));
const sleep = (/** @type {number} */ ms) => new Promise((resolve) => { setTimeout(resolve, ms); });

test('a record is committed by who claimed it last, in the generation that was read', async () => {
  const a = open(), b = open();
  assert.equal(await a.load(), undefined);
  assert.equal(await a.claim(), undefined);
  assert.equal(await a.commit('x', 0), false, 'nothing to commit to');
  assert.equal(await a.put('one'), 1);
  assert.deepEqual(await b.claim(), { record: 'one', generation: 1 });
  assert.equal(await a.commit('stale', 1), false, 'not claimed by a');
  assert.equal(await b.commit('two', 1), true);
  assert.equal(await b.commit('again', 1), false, 'an old generation');
  assert.deepEqual(await a.load(), { record: 'two', generation: 2 });
  await b.claim();
  assert.equal(await a.put('three'), 3);
  assert.equal(await b.commit('over a sign-in', 3), false, 'a sign-in ends all claims');
  assert.deepEqual(await b.load(), { record: 'three', generation: 3 });
});

test('what is erased leaves its generation, and a newer record stays', async () => {
  const a = open();
  await a.put('one');
  await a.put('two');
  await a.erase(1);
  assert.deepEqual(await a.load(), { record: 'two', generation: 2 });
  await a.erase(2 ** 62);
  assert.deepEqual(await a.load(), { record: '', generation: 2 });
  await a.claim();
  assert.equal(await a.commit('late', 2), false);
  assert.equal(await a.put('three'), 3);
});

test('what other scripts wrote is ignored, and a sign-in overwrites it', async () => {
  const a = open();
  for (const entry of [{ key }, { key, record: 5, generation: 1 }, { key, record: 'x', generation: '7' }, { key, record: 'x', generation: 1.5 }, { key, record: 'x', generation: NaN }]) {
    await change('sessions', key, () => entry);
    assert.equal(await a.load(), undefined);
    await a.claim();
    assert.equal(await a.commit('x', 1), false);
    await a.erase(2 ** 62);
    assert.equal(await a.put('good'), 1);
  }
});

test('hints arrive at once, and a flood of them ten times a second', async () => {
  const times = [0, 0];
  const a = open(() => times[0]++), b = open(() => times[1]++);
  a.hint();
  await sleep(30);
  assert.deepEqual(times, [0, 1]);
  for (let i = 0; i < 10_000; i++) a.hint();
  await sleep(250);
  assert.ok(times[1] >= 2 && times[1] <= 5, String(times[1]));
  const channel = keep(new BroadcastChannel(`pkcewasm:${key}`));
  await sleep(150);
  const before = times[1];
  for (const forged of [undefined, null, 'changed', { type: 'other' }, { __proto__: { type: 'changed' } }]) channel.postMessage(forged);
  await sleep(50);
  assert.equal(times[1], before);
  b.close();
  b.hint();
});

test('a lock is waited for, stolen, and given back by its holder alone', async () => {
  const a = keep(webLock('l')), b = keep(webLock('l'));
  assert.equal(await a.acquire(50, false), true);
  assert.equal(await a.acquire(50, false), true, 'held already');
  assert.equal(await b.acquire(30, false), false);
  const waiting = b.acquire(1000, false);
  a.release();
  assert.equal(await waiting, true);
  assert.equal(await a.acquire(30, true), true, 'stolen');
  b.release();
  assert.deepEqual(platform.locks.held(), ['l'], 'what b gives back is not its own any more');
  assert.equal(await b.acquire(30, false), false);
  a.close();
  await sleep(1);
  assert.deepEqual(platform.locks.held(), []);
});

test('a tab that freezes is not given the lock, and waits on when it thaws', async () => {
  const a = keep(webLock('l')), b = keep(webLock('l')), c = keep(webLock('l'));
  await a.acquire(50, false);
  const frozen = b.acquire(60, false);
  const behind = c.acquire(1000, false);
  b.pause();
  b.pause();
  a.release();
  assert.equal(await behind, true);
  assert.equal(await Promise.race([frozen, sleep(100)]), undefined, 'its wait stands still');
  b.resume();
  c.release();
  assert.equal(await frozen, true);
});

test('a tab that stands still lets the lock go, and what it brings later does not count once another was first', async () => {
  for (const locks of [true, false]) {
    if (!locks) platform.remove();
    const a = open(), b = open();
    const generation = await a.put('one');
    assert.equal(await a.lock(50, false), true);
    assert.equal(await b.lock(30, false), false);
    await a.claim();
    a.pause();
    assert.equal(await b.lock(1000, false), true);
    await b.claim();
    a.resume();
    assert.equal(await a.commit('late', generation), false);
    assert.equal(await a.lock(30, false), false, 'it is not taken for held');
    assert.equal(await b.commit('two', generation), true);
    a.unlock();
    assert.equal(await a.lock(30, false), false, 'what a gives back is not its own any more');
  }
});

test('closing ends all waits and holds nothing', async () => {
  const a = keep(webLock('l')), b = keep(webLock('l'));
  await a.acquire(50, false);
  const waiting = b.acquire(10_000, false);
  b.close();
  assert.equal(await waiting, false);
  assert.equal(await b.acquire(10, true), false);
  b.pause();
  a.close();
  await sleep(1);
  assert.deepEqual(platform.locks.held(), []);
});

test('where locks do not work at all, nobody waits for ever', async () => {
  platform.locks.request = () => Promise.reject(Object.assign(new Error('opaque origin'), { name: 'SecurityError' }));
  const a = keep(webLock('l'));
  assert.equal(await a.acquire(1000, false), false);
  assert.equal(await a.acquire(1000, true), true);
});

test('without Web Locks a lease does it, until it runs out or is stolen', async (t) => {
  /** @type {any} */ (globalThis.navigator).locks = undefined;
  assert.equal(open().exclusive, false);
  const a = keep(leaseLock(key, 'a')), b = keep(leaseLock(key, 'b'));
  assert.equal(await a.acquire(100, false), true);
  assert.equal(await a.acquire(100, false), true);
  assert.equal(await b.acquire(150, false), false);
  a.release();
  assert.equal(await b.acquire(500, false), true);
  assert.equal(await a.acquire(50, true), true);
  b.release();
  await sleep(30);
  assert.equal(await b.acquire(100, false), false, "b gave back what was not b's any more");
  const { now } = Date;
  t.after(() => { Date.now = now; });
  Date.now = () => now() + 21_000;
  assert.equal(await b.acquire(100, false), true, 'the lease ran out');
});

test('twenty tabs that want the lock get it one after the other', async () => {
  for (const make of [() => webLock('storm'), () => leaseLock(key, String(Math.random()))]) {
    let inside = 0, most = 0, times = 0;
    await Promise.all(Array.from({ length: 20 }, async () => {
      const lock = keep(make());
      assert.equal(await lock.acquire(20_000, false), true);
      most = Math.max(most, ++inside);
      await sleep(2);
      inside--;
      times++;
      lock.release();
    }));
    assert.deepEqual([most, times], [1, 20]);
  }
});
