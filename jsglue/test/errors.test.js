import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { AuthError, crashed, notify, toAuthError, toPlainError } from '../errors.js';

test('an error of the module becomes an AuthError with all that it says', () => {
  const raw = Object.assign(new Error('said no'), { name: 'AuthError', code: 'oauth', retryable: true, oauthError: 'invalid_scope', description: 'd', status: 400, retryAfterSeconds: 7 });
  const error = toAuthError(raw);
  assert.ok(error instanceof AuthError && error instanceof Error);
  assert.deepEqual({ ...error }, { code: 'oauth', retryable: true, oauthError: 'invalid_scope', description: 'd', status: 400, retryAfterSeconds: 7, name: 'AuthError' });
  assert.equal(error.message, 'said no');
  assert.deepEqual({ ...toAuthError(structuredClone(toPlainError(error))) }, { ...error });
});

test('what is not ours is crashed and keeps nothing of its text', () => {
  for (const cause of [new TypeError('canary'), 'canary', null, undefined, 1, { code: 'canary', message: 'canary' }, { code: 5 }, Object.create({ code: 'oauth' })]) {
    const error = toAuthError(cause);
    assert.equal(error.code, 'crashed');
    assert.doesNotMatch(JSON.stringify({ ...error, message: error.message, stack: error.stack, cause: String(error.cause) }), /canary/);
  }
});

test('members of the wrong type are dropped', () => {
  const error = toAuthError({ code: 'http', message: 5, status: '500', retryable: 'yes', oauthError: {}, retryAfterSeconds: null });
  assert.deepEqual({ ...error }, { code: 'http', retryable: false, name: 'AuthError' });
  assert.equal(error.message, 'http');
});

test('the codes are those of the types', async () => {
  const types = await readFile(new URL('../types.d.ts', import.meta.url), 'utf8');
  const listed = types.slice(types.indexOf('type AuthErrorCode'), types.indexOf('declare class AuthError')).matchAll(/\| '(\w+)'/g);
  const codes = [...listed].map(([, code]) => code);
  assert.equal(codes.length, 29);
  for (const code of codes) assert.equal(toAuthError({ code, message: '' }).code, code);
});

test('an error of a listener reaches the application and nobody else', () => {
  /** @type {unknown[]} */
  const reported = [];
  Object.assign(globalThis, { reportError: (/** @type {unknown} */ cause) => reported.push(cause) });
  const cause = new Error('of the application');
  notify(() => { throw cause; }, {});
  Reflect.deleteProperty(globalThis, 'reportError');
  assert.deepEqual(reported, [cause]);
  assert.equal(crashed().retryable, true);
});
