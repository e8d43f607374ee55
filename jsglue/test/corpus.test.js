// What fuzzing of the Go code found (internal/*/testdata/fuzz), read by the module as it ships: the same bytes come from a
// server, a link, a record or a page. Whatever they are, each call settles with a value or an AuthError, and the module lives.

import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { test } from 'node:test';
import { refusesToken } from '../fetch.js';
import { loadPkce } from '../index.js';
import { createKeychain } from '../keychain.js';
import { load } from '../load.js';

const issuer = 'https://op.example', server = { issuer, token_endpoint: `${issuer}/token`, jwks_uri: `${issuer}/jwks`, userinfo_endpoint: `${issuer}/me` };

/** The values of a file in the form of Go's fuzzing, one a line. @param {string} text */
function values(text) {
  return text.trim().split('\n').slice(1).map((line) => {
    const [, type, value] = /** @type {RegExpMatchArray} */ (line.match(/^(\[\]byte|string|u?int\d*|byte)\((.*)\)$/));
    return type === '[]byte' || type === 'string' ? unquote(value.slice(1, -1)) : value;
  });
}

/** @type {Record<string, string>} */
const ESCAPES = { a: '\x07', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v', '\\': '\\', '"': '"', "'": "'" };

/** A string of Go, as bytes. @param {string} text */
function unquote(text) {
  const parts = [];
  for (const [, hex, point, simple, plain] of text.matchAll(/\\x(..)|\\(?:u(?=....)|U(?=........))((?<=u)....|(?<=U)........)|\\(.)|([^\\]+)/gs)) {
    parts.push(hex ? Buffer.from(hex, 'hex') : Buffer.from(point ? String.fromCodePoint(parseInt(point, 16)) : simple ? ESCAPES[simple] : plain));
  }
  return Buffer.concat(parts);
}

/** @param {string} target */
function corpus(target) {
  const folder = new URL(`../../internal/${target}/`, import.meta.url);
  const files = readdirSync(folder);
  assert.ok(files.length > 3, target);
  return files.map((name) => ({ name, input: values(readFileSync(new URL(name, folder), 'utf8')) }));
}

/** What the server answers. @type {(path: string) => Response} */
let answer = () => new Response('');

/** The module, with a network of our own. */
async function offline() {
  const { fetch } = globalThis;
  globalThis.fetch = async (url) => answer(new URL(String(url)).pathname);
  try {
    return [await loadPkce(), await load({}, import('../runtime.js'))];
  } finally {
    globalThis.fetch = fetch;
  }
}

/**
 * @param {string} name
 * @param {() => unknown} call
 */
async function settles(name, call) {
  const late = new Promise((resolve) => { setTimeout(resolve, 10_000, 'late').unref(); });
  let outcome;
  try {
    outcome = await Promise.race([(async () => call())(), late]);
  } catch (/** @type {any} */ error) {
    outcome = error;
  }
  assert.notEqual(outcome, 'late', name);
  if (!(outcome instanceof Error)) return;
  assert.equal(outcome.name, 'AuthError', `${name}: ${outcome.stack}`);
  assert.notEqual(/** @type {any} */ (outcome).code, 'crashed', name);
}

const body = (/** @type {unknown} */ bytes, status = 200, headers = {}) => () => new Response(/** @type {any} */ (bytes), { status, headers: { 'content-type': 'application/json', ...headers } });

test('the module survives everything that fuzzing found', async (t) => {
  const [pkce, { raw, guard }] = /** @type {any} */ (await offline());
  const refresh = () => pkce.refreshTokens(server, { clientId: 'app', refreshToken: 'RT-0123456789abcdef' });
  const config = { issuer, clientId: 'spa', redirectUri: 'https://app.example/callback', server: { ...server, authorization_endpoint: `${issuer}/a` } };
  const session = (/** @type {string} */ record) => raw.openSession(JSON.stringify(config), () => {}, {
    load: async () => ({ record, generation: 1 }), claim: async () => ({ record, generation: 1 }), lock: async () => true, unlock() {}, commit: async () => true, put: async () => 2, erase: async () => {}, hint() {},
  });
  /** @type {Record<string, (...input: any[]) => unknown>} */
  const targets = {
    'fuzz/testdata/fuzz/FuzzParseTokens': (bytes) => {
      answer = body(bytes);
      return refresh();
    },
    'fuzz/testdata/fuzz/FuzzTokenError': (number, bytes, retryAfter) => {
      const status = Number(number) % 1000;
      answer = body(status === 204 || status === 205 || status === 304 ? null : bytes, status >= 200 && status < 600 ? status : 500, header('retry-after', retryAfter));
      return refresh();
    },
    'fuzz/testdata/fuzz/FuzzParseRetryAfter': (value) => {
      answer = body('{}', 429, header('retry-after', value));
      return refresh();
    },
    'fuzz/testdata/fuzz/FuzzProofOutcome': async (number, challenge, nonce, date, bytes) => {
      const status = Number(number) === 400 ? 400 : 401; // where a proof can be refused
      answer = body(bytes, status, { ...header('www-authenticate', challenge), ...header('dpop-nonce', nonce), ...header('date', date) });
      assert.equal(typeof refusesToken(status, challenge.toString('latin1')), 'boolean');
      const bound = raw.openSession(JSON.stringify({ ...config, dpop: 'required' }), () => {}, undefined, createKeychain(false));
      const { state } = JSON.parse(await guard(bound.call('{"op":"signIn"}')));
      return run(bound, JSON.stringify({ op: 'callback', url: `${config.redirectUri}?code=a&state=${state}` }));
    },
    'fuzz/testdata/fuzz/FuzzParseCallback': (url, state, responseMode) => pkce.parseCallback(String(url), { state: String(state), responseMode: String(responseMode) }),
    'fuzz/testdata/fuzz/FuzzParseServer': (bytes) => {
      answer = body(bytes);
      return pkce.discover(issuer);
    },
    'fuzz/testdata/fuzz/FuzzParseIDToken': (header, payload, signature, accessToken) => {
      answer = body('{"keys":[]}');
      return pkce.validateIdToken(server, { idToken: `${header.toString('base64url')}.${payload.toString('base64url')}.${signature}`, clientId: 'app', accessToken: String(accessToken) });
    },
    'fuzz/testdata/fuzz/FuzzParseKeySet': (keys, kid) => verify(keys, String(kid)),
    'oauth/testdata/fuzz/FuzzVerifyIDToken': (token, keys) => {
      return verify(keys).finally(() => pkce.validateIdToken(server, { idToken: String(token), clientId: 'app' }));
    },
    'session/testdata/fuzz/FuzzRecord': (text) => run(session(String(text)), '{"op":"state"}'),
    'session/testdata/fuzz/FuzzDo': (command) => {
      answer = body('{}');
      return run(session(''), String(command));
    },
  };
  /** Verifies an ID token whose claims are sound, for which the keys are looked through. @param {Buffer} keys @param {string} [kid] */
  async function verify(keys, kid) {
    const part = (/** @type {object} */ value) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const now = Math.floor(Date.now() / 1000);
    let asked = 0;
    answer = () => body(++asked && keys)();
    const idToken = `${part({ alg: 'ES256', kid })}.${part({ iss: issuer, aud: 'app', sub: 'alice', iat: now, exp: now + 300 })}.AAAA`;
    return pkce.validateIdToken(server, { idToken, clientId: 'app' }).finally(() => assert.ok(asked > 0, 'nobody asked for the keys'));
  }
  /** @param {any} opened @param {string} command */
  async function run(opened, command) {
    try {
      return await guard(opened.call(command));
    } finally {
      opened.close();
    }
  }
  for (const [target, call] of Object.entries(targets)) {
    await t.test(target.split('/')[3], async () => {
      for (const { name, input } of corpus(target)) await settles(`${target}/${name}`, () => call(...input));
      assert.equal(pkce.generateState().length, 43, 'the module lives');
      assert.equal(raw.generateState().length, 43, 'this one, too');
    });
  }
});

/** A header, unless no server can send it. @param {string} name @param {Buffer} value */
function header(name, value) {
  try {
    return Object.fromEntries(new Headers({ [name]: value.toString('latin1') }));
  } catch {
    return {};
  }
}
