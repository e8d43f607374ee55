// A worker whose end nothing tells but its lock: the page's end of the port, against a worker that the test plays.

import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { live } from '../life.js';
import { openBackend } from '../rpc.js';
import { installLocks } from './web-locks.js';

/** @type {ReturnType<typeof installLocks>} */
let platform;
beforeEach(() => { platform = installLocks(); });
afterEach(() => platform.remove());

/** A page with a worker whose lock the test ends. @param {{ answers: boolean }} options whether it answers a ping */
async function open({ answers }) {
  const name = 'pkcewasm.life:test';
  let kill = () => {};
  platform.locks.request(name, {}, () => new Promise((end) => { kill = () => end(undefined); })).catch(() => {});
  await undefined; // the lock is held
  /** @type {any} */
  const port = {
    /** @type {string[]} */
    sent: [],
    postMessage(/** @type {any} */ message) {
      port.sent.push(message.kind);
      if (message.kind === 'init') queueMicrotask(() => port.onmessage({ data: { kind: 'ready', text: '{}', at: Date.now(), life: name } }));
      if (message.kind === 'ping' && answers) queueMicrotask(() => port.onmessage({ data: { kind: 'pong' } }));
    },
  };
  const closing = new AbortController();
  const crashed = new Promise((resolve) => {
    openBackend(
      { port, worker: /** @type {any} */ ({}), shared: true, outlives: false, end() {} }, { config: '{}', stored: true, signal: closing.signal },
      { onEvent() {}, onRelay() {}, onBehind() {}, onCrash: () => resolve('crashed') },
    ).then((backend) => { opened = backend; });
  });
  /** @type {import('../rpc.js').Backend | undefined} */
  let opened;
  while (!opened) await new Promise(setImmediate);
  return { kill: () => kill(), crashed, port, name, backend: opened, close: () => closing.abort() };
}

test('a worker holds a lock as long as it lives', async () => {
  const name = await live();
  assert.deepEqual(platform.locks.held(), [name]);
});

test('where there are no Web Locks, or none are allowed, a worker lives without', async () => {
  Object.assign(platform.locks, { request: () => Promise.reject(new Error('SecurityError')) });
  assert.equal(await live(), undefined);
  Object.assign(platform.locks, { request: undefined });
  assert.equal(await live(), undefined);
});

test('a worker that has gone is asked once, and then dead, although nobody waits for an answer', async (t) => {
  const { kill, crashed, port, close } = await open({ answers: false });
  t.mock.timers.enable({ apis: ['setTimeout'] });
  kill();
  while (!port.sent.includes('ping')) await new Promise(setImmediate);
  t.mock.timers.tick(250);
  assert.equal(await crashed, 'crashed');
  assert.deepEqual(port.sent, ['init', 'ping']);
  close();
});

test('a worker whose lock was stolen lives on', async (t) => {
  const { kill, crashed, port, close, backend } = await open({ answers: true });
  t.mock.timers.enable({ apis: ['setTimeout'] });
  kill();
  while (!port.sent.includes('ping')) await new Promise(setImmediate);
  await new Promise(setImmediate);
  t.mock.timers.tick(10_000);
  assert.equal(await Promise.race([crashed, 'lives']), 'lives');
  backend.call({ op: 'state' }).catch(() => {});
  assert.deepEqual(port.sent, ['init', 'ping', 'call'], 'and is not asked again and again');
  close();
});

test('a page that stands still does not wait for the lock, and waits again afterwards', async () => {
  const { kill, port, name, backend, close } = await open({ answers: false });
  backend.away(false);
  kill();
  await new Promise(setImmediate);
  assert.deepEqual(port.sent, ['init', 'away']);
  let free = () => {};
  platform.locks.request(name, {}, () => new Promise((end) => { free = () => end(undefined); })).catch(() => {});
  backend.call({ op: 'state' }).catch(() => {});
  await new Promise(setImmediate);
  free();
  while (!port.sent.includes('ping')) await new Promise(setImmediate);
  close();
  await new Promise(setImmediate);
  assert.deepEqual(platform.locks.held(), []);
});
