// Many pages at one worker: raw messages at the hub, with the real module.

import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { createHub } from '../hub.js';
import * as runtime from '../runtime.js';
import { startProvider } from './provider.js';

/** @type {Awaited<ReturnType<typeof startProvider>>} */
let provider;
/** Pages of this test. @type {ReturnType<typeof visit>[]} */
let pages = [];
beforeEach(async () => { provider = await startProvider(); });
afterEach(async () => {
  for (const page of pages) await page.call({ op: 'signOut', local: true, revoke: false }).catch(() => {}); // and its timers
  pages = [];
  await provider.stop();
});

const configOf = (changes = {}) => JSON.stringify({
  issuer: provider.issuer, clientId: 'app', redirectUri: 'http://127.0.0.1:4000/', allowLoopbackHttp: true, scope: 'openid offline_access', fetchOrigins: [provider.origin], ...changes,
});

/** A page at the hub. @param {ReturnType<typeof createHub>} connect */
function visit(connect) {
  /** @type {any[]} */
  const received = [];
  /** @type {((message: any) => void)[]} */
  let waiting = [];
  const send = connect((message) => {
    received.push(structuredClone(message));
    const all = waiting;
    waiting = [];
    for (const wake of all) wake(message);
  }, false);
  /** @param {(message: any) => boolean} wanted @returns {Promise<any>} */
  const next = async (wanted) => {
    for (;;) {
      const found = received.find(wanted);
      if (found) return found;
      await new Promise((resolve) => waiting.push(resolve));
    }
  };
  const heard = () => received.filter(({ kind }) => kind === 'event').map(({ text }) => JSON.parse(text));
  let nextId = 1;
  const page = {
    received, send, next,
    events: () => heard().filter(({ type }) => type !== 'trace').map(({ type }) => type),
    traces: () => heard().filter(({ type }) => type === 'trace').map(({ step }) => step),
    async init(config = configOf()) {
      send({ kind: 'init', config });
      const answer = await next(({ kind }) => kind === 'ready' || kind === 'failed');
      return answer.kind === 'ready' ? JSON.parse(answer.text) : answer.error;
    },
    async call(/** @type {object} */ command) {
      const id = nextId++;
      send({ kind: 'call', id, command: JSON.stringify(command) });
      const answer = await next((message) => message.id === id && message.kind !== 'relay');
      if (answer.kind === 'refused') throw answer.error;
      return JSON.parse(answer.text);
    },
  };
  pages.push(page);
  return page;
}

/** @param {ReturnType<typeof visit>} page */
async function signIn(page) {
  const { url } = await page.call({ op: 'signIn', keep: 'worker' });
  return page.call({ op: 'callback', url: provider.signIn(url) });
}

const settled = () => new Promise((resolve) => { setTimeout(resolve, 20); });

test('one engine for all pages: events go to all, answers to the one that asked', async () => {
  const connect = createHub(runtime);
  const [a, b] = [visit(connect), visit(connect)];
  assert.deepEqual(await Promise.all([a.init(), b.init()]), [{}, {}]);
  await signIn(a);
  assert.equal((await b.call({ op: 'state' })).user.subject, 'alice');
  assert.deepEqual([a.events(), b.events()], [['signedIn'], ['signedIn']]);
  const answers = (/** @type {any} */ page) => page.received.filter(({ kind }) => kind === 'answer').length;
  const before = [answers(a), answers(b)];
  await Promise.all([a.call({ op: 'refresh' }), b.call({ op: 'refresh' })]);
  assert.deepEqual([answers(a), answers(b)], [before[0] + 1, before[1] + 1]);
  assert.equal(provider.ledger.length, 2, 'one refresh for both');
  for (const page of [a, b]) assert.deepEqual(page.traces(), ['send', 'settle']);
  const late = visit(connect);
  assert.equal((await late.init()).token.accessToken, provider.accessToken);
  await b.call({ op: 'signOut', local: true, revoke: false });
  await settled();
  for (const page of [a, b, late]) assert.equal(page.events().at(-1), 'signedOut');
});

test('the first init decides; an init with other options is refused', async () => {
  const connect = createHub(runtime);
  const [a, b, c] = [visit(connect), visit(connect), visit(connect)];
  await a.init();
  const refused = await b.init(configOf({ server: { token_endpoint: 'https://evil.example/token' } }));
  assert.equal(refused.code, 'config');
  await assert.rejects(b.call({ op: 'token' }), ({ code }) => code === 'closed');
  a.send({ kind: 'init', config: configOf({ issuer: 'https://evil.example' }) });
  c.send({ kind: 'init', config: 'not JSON' });
  await c.next(({ kind }) => kind === 'failed');
  await signIn(a);
  assert.equal(provider.ledger.length, 1);
});

test('a page that stands still hears nothing, gets its answers later, and catches up', async () => {
  const connect = createHub(runtime);
  const [a, b] = [visit(connect), visit(connect)];
  await Promise.all([a.init(), b.init()]);
  await signIn(a);
  const asking = b.call({ op: 'refresh' });
  b.send({ kind: 'away' });
  await a.call({ op: 'refresh' });
  await settled();
  const quiet = b.received.length;
  await a.call({ op: 'refresh' });
  await settled();
  assert.equal(b.received.length, quiet);
  const state = b.call({ op: 'state' });
  assert.equal((await asking).user.subject, 'alice');
  assert.equal((await state).token.accessToken, provider.accessToken);
  await a.call({ op: 'refresh' });
  await settled();
  assert.equal(b.events().at(-1), 'refreshed', 'it hears events again');
});

test('a page that left, or does not answer any more, is let go', async () => {
  const connect = createHub(runtime);
  const [a, left, dead] = [visit(connect), visit(connect), visit(connect)];
  await Promise.all([a.init(), left.init(), dead.init()]);
  await signIn(a);
  left.send({ kind: 'leave' });
  const before = left.received.length;
  for (let i = 0; i < 8; i++) {
    await a.call({ op: 'refresh' });
    a.send({ kind: 'pong' });
  }
  await settled();
  assert.equal(left.received.length, before);
  assert.equal(dead.events().length, 4, 'the last one that it was told of');
  assert.equal(a.events().length, 9);
  const kinds = () => dead.received.map(({ kind }) => kind);
  assert.equal(kinds().includes('behind'), false);
  dead.send({ kind: 'pong' });
  await settled();
  assert.equal(kinds().filter((kind) => kind === 'behind').length, 1, 'it only stood still, and is told to catch up');
  await a.call({ op: 'refresh' });
  await settled();
  assert.equal(dead.events().length, 5);
  dead.send({ kind: 'pong' });
  await settled();
  assert.equal(kinds().filter((kind) => kind === 'behind').length, 1, 'once');
});

test('fetch in the worker: every page has its own requests, all share the refresh', async () => {
  const connect = createHub(runtime);
  const [a, b] = [visit(connect), visit(connect)];
  const config = configOf({ exposeAccessToken: false });
  await Promise.all([a.init(config), b.init(config)]);
  await signIn(a);
  provider.accessToken = 'revoked';
  const request = { url: `${provider.origin}/api`, method: 'GET', headers: [], mode: 'cors', credentials: 'omit', cache: 'default', redirect: 'follow', referrerPolicy: '', integrity: '', keepalive: false };
  for (const page of [a, b]) page.send({ kind: 'relay', id: 1, request });
  for (const page of [a, b]) {
    const { response } = await page.next(({ kind, response }) => kind === 'relay' && response);
    assert.equal(response.status, 200);
  }
  assert.equal(provider.ledger.length, 2);
  for (const token of [provider.accessToken, provider.refreshToken]) assert.equal(JSON.stringify([a.received, b.received]).includes(token), false);
  provider.script.push(() => {});
  b.send({ kind: 'relay', id: 2, request });
  await settled();
  b.send({ kind: 'leave' });
  const { error } = await b.next(({ id, error }) => id === 2 && error !== undefined);
  assert.equal(error, null, 'its requests end with it');
});

test('what is degraded is told to pages that come later', async () => {
  const connect = createHub(runtime);
  const [a, b] = [visit(connect), visit(connect)];
  const config = configOf({ storage: 'indexeddb' });
  await a.init(config);
  await b.init(config);
  await settled();
  for (const page of [a, b]) {
    assert.ok(page.received.some(({ kind, text }) => kind === 'event' && JSON.parse(text).feature === 'storage'));
  }
});
