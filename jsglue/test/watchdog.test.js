// What the page makes of a worker that says nothing, or something that it had said before it died.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createWatchdog } from '../watchdog.js';

/** @param {import('node:test').TestContext} t @param {() => boolean} [lives] */
function watch(t, lives = () => false) {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const seen = { asked: 0, dead: 0 };
  const watchdog = createWatchdog(() => { seen.asked++; }, () => { seen.dead++; }, lives);
  return { seen, watchdog, pass: (/** @type {number} */ ms) => t.mock.timers.tick(ms) };
}

test('a suspected worker that says nothing is dead at once', (t) => {
  const { seen, watchdog, pass } = watch(t);
  watchdog.suspect();
  pass(250);
  assert.deepEqual(seen, { asked: 1, dead: 1 });
});

test('what a dead worker had said before ends no suspicion', (t) => {
  const { seen, watchdog, pass } = watch(t);
  watchdog.suspect();
  watchdog.heard();
  watchdog.rest();
  pass(250);
  assert.equal(seen.dead, 0);
  for (let i = 0; i < 3; i++) pass(1_500);
  assert.equal(seen.dead, 1);
});

test('a suspected worker that lives is left alone again', (t) => {
  const { seen, watchdog, pass } = watch(t);
  watchdog.suspect();
  watchdog.heard();
  watchdog.rest();
  pass(250);
  pass(1_500);
  watchdog.heard();
  watchdog.rest();
  const { asked } = seen;
  for (let i = 0; i < 10; i++) pass(1_500);
  assert.deepEqual(seen, { asked, dead: 0 });
});

test('a closed one is asked nothing, suspected or not', (t) => {
  const { seen, watchdog, pass } = watch(t);
  watchdog.suspect();
  watchdog.stop();
  for (let i = 0; i < 10; i++) pass(1_500);
  assert.deepEqual(seen, { asked: 1, dead: 0 });
});

test('one whose end nothing else tells is dead after two questions without an answer', (t) => {
  const { seen, watchdog, pass } = watch(t);
  watchdog.start();
  for (let i = 0; i < 3; i++) {
    assert.equal(seen.dead, 0);
    pass(1_500);
  }
  assert.deepEqual(seen, { asked: 2, dead: 1 });
});

test('one that is known to live has longer, since a busy machine makes it slow', (t) => {
  const { seen, watchdog, pass } = watch(t, () => true);
  watchdog.start();
  for (let i = 0; i < 13; i++) pass(1_500);
  assert.deepEqual(seen, { asked: 13, dead: 0 });
  pass(1_500);
  assert.equal(seen.dead, 1);
});

test('when it is known no more whether one lives, the silence so far counts', (t) => {
  let lives = true;
  const { seen, watchdog, pass } = watch(t, () => lives);
  watchdog.start();
  for (let i = 0; i < 5; i++) pass(1_500);
  lives = false;
  pass(1_500);
  assert.equal(seen.dead, 1);
});
