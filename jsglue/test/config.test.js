import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isLoopback, returnPath, validateCall, validateConfig } from '../config.js';
import { AuthError } from '../errors.js';

const good = { issuer: 'https://id.example', clientId: 'app', redirectUri: 'https://app.example/callback' };

/**
 * Option that the message must name, and the configuration.
 * @type {[string, unknown][]}
 */
const refused = [
  ['createClient', undefined], ['createClient', null], ['createClient', 'https://id.example'], ['createClient', []],
  ['issuer', {}], ['clientId', { issuer: good.issuer, redirectUri: good.redirectUri }], ['redirectUri', { issuer: good.issuer, clientId: 'app' }],
  ['issuer', { ...good, issuer: undefined }], ['issuer', { ...good, issuer: 'id.example' }], ['issuer', { ...good, issuer: 'http://id.example' }],
  ['issuer', { ...good, issuer: 'http://localhost:1' }], ['issuer', { ...good, issuer: 'http://localhost.evil.example', allowLoopbackHttp: true }],
  ['issuer', { ...good, issuer: 'http://127.0.0.1.evil.example', allowLoopbackHttp: true }], ['issuer', { ...good, issuer: 'https://id.example/#x' }],
  ['issuer', { ...good, issuer: 'https://id.example/?x=1' }], ['issuer', { ...good, issuer: 'https://user:pass@id.example' }],
  ['issuer', { ...good, issuer: ' https://id.example' }], ['issuer', { ...good, issuer: 'https://id.example\n' }], ['issuer', { ...good, issuer: 'javascript:alert(1)' }],
  ['issuer', { ...good, issuer: new URL('https://id.example') }],
  ['clientId', { ...good, clientId: '' }], ['clientId', { ...good, clientId: 5 }],
  ['redirectUri', { ...good, redirectUri: '/callback' }], ['redirectUri', { ...good, redirectUri: 'https://app.example/#' }],
  ['redirectUri', { ...good, redirectUri: 'https://app.example/#/callback' }], ['redirectUri', { ...good, redirectUri: 'javascript:alert(1)' }],
  ['redirectUri', { ...good, redirectUri: 'http://app.example/', allowLoopbackHttp: true }], ['redirectUri', { ...good, redirectUri: 'data:text/html,x' }],
  ['postLogoutRedirectUri', { ...good, postLogoutRedirectUri: 'app.example' }],
  ['scope', { ...good, scope: '' }], ['scope', { ...good, scope: 'openid  email' }], ['scope', { ...good, scope: ['openid'] }], ['scope', { ...good, scope: 'a"b' }],
  ['params', { ...good, params: 'audience=x' }], ['params', { ...good, params: { audience: 5 } }], ['params.client_secret', { ...good, params: { client_secret: 'x' } }],
  ['tokenParams', { ...good, tokenParams: [] }], ['tokenParams', { ...good, tokenParams: { a: 1 } }], ['tokenParams.clientSecret', { ...good, tokenParams: { clientSecret: 'x' } }],
  ['server', { ...good, server: 'https://id.example' }], ['resource', { ...good, resource: 'api' }], ['resource', { ...good, resource: ['https://api.example/#x'] }],
  ['isolation', { ...good, isolation: 'worker' }], ['transaction', { ...good, transaction: 'local' }], ['storage', { ...good, storage: 'localStorage' }],
  ['responseMode', { ...good, responseMode: 'form_post' }], ['responseMode', { ...good, responseMode: 'query.jwt' }], ['par', { ...good, par: true }],
  ['exposeAccessToken', { ...good, exposeAccessToken: 'no' }],
  ['fetchOrigins', { ...good, fetchOrigins: 'https://api.example' }], ['fetchOrigins', { ...good, fetchOrigins: ['https://api.example/'] }],
  ['fetchOrigins', { ...good, fetchOrigins: ['*'] }], ['fetchOrigins', { ...good, fetchOrigins: ['http://api.example'] }], ['fetchOrigins', { ...good, fetchOrigins: ['https://*.example'] }],
  ['refresh', { ...good, refresh: true }], ['refresh.leeway', { ...good, refresh: { leeway: 5 } }], ['refresh.leewaySeconds', { ...good, refresh: { leewaySeconds: -1 } }],
  ['refresh.leewaySeconds', { ...good, refresh: { leewaySeconds: NaN } }], ['refresh.jitterSeconds', { ...good, refresh: { jitterSeconds: '1' } }], ['refresh.auto', { ...good, refresh: { auto: 1 } }],
  ['timeoutMs', { ...good, timeoutMs: 0 }], ['timeoutMs', { ...good, timeoutMs: Infinity }], ['timeoutMs', { ...good, timeoutMs: 2 ** 31 }],
  ['allowLoopbackHttp', { ...good, allowLoopbackHttp: 1 }], ['workerUrl', { ...good, workerUrl: 5 }], ['wasmUrl', { ...good, wasmUrl: '' }],
  ['clientSecret', { ...good, clientSecret: 'x' }], ['client_secret', { ...good, client_secret: 'x' }],
  ['client_id', { ...good, client_id: 'x' }], ['redirect_uri', { ...good, redirect_uri: 'x' }], ['constructor', { ...good, constructor: 'x' }],
  ['__proto__', { ...good, ['__proto__']: 'x' }], ['toString', { ...good, toString: 'x' }],
];

for (const [option, config] of refused) {
  test(`createClient refuses ${option}: ${JSON.stringify(config)?.slice(0, 120)}`, () => {
    assert.throws(() => validateConfig(config), (/** @type {any} */ error) => {
      assert.ok(error instanceof AuthError);
      assert.equal(error.code, 'config');
      assert.ok(error.message.startsWith(option) || error.message.includes(option), error.message);
      return true;
    });
  });
}

test('a full configuration is accepted, and what is undefined is left out', () => {
  const full = {
    ...good, postLogoutRedirectUri: 'https://app.example/', scope: 'openid offline_access https://graph.example/.default', params: { audience: 'x' }, tokenParams: { device: 'y' }, resource: ['urn:a', 'https://api.example'],
    responseMode: 'fragment', par: 'required', isolation: 'none', transaction: 'session', storage: 'memory', exposeAccessToken: true, fetchOrigins: ['https://api.example', 'https://api.example:8443'],
    refresh: { auto: true, leewaySeconds: 0, jitterSeconds: 5, defaultLifetimeSeconds: 300 }, timeoutMs: 1000, allowLoopbackHttp: false, server: { token_endpoint: 'https://id.example/t' },
    workerUrl: new URL('https://app.example/w.js'), wasmUrl: '/pkce.wasm',
  };
  assert.deepEqual({ ...validateConfig({ ...full, scope: undefined }) }, Object.fromEntries(Object.entries(full).filter(([name]) => name !== 'scope')));
  assert.deepEqual({ ...validateConfig(full) }, full);
});

test('loopback is allowed over http only when asked for', () => {
  for (const host of ['localhost:8080', '127.0.0.1', '127.8.9.1:1', '[::1]:3000']) {
    validateConfig({ ...good, redirectUri: `http://${host}/`, issuer: `http://${host}/`, allowLoopbackHttp: true });
    assert.throws(() => validateConfig({ ...good, redirectUri: `http://${host}/` }), { code: 'config' });
  }
  for (const host of ['localhost.evil.example', '128.0.0.1', '127.0.0.1.evil.example', '[::2]', 'evil.example']) assert.equal(isLoopback(new URL(`http://${host}`).hostname), false, host);
});

test('options of calls are checked by name and type', () => {
  for (const [name, options] of /** @type {[string, any][]} */ ([
    ['signInRedirect', { returnTo: 'https://evil.example' }], ['signInRedirect', { prompt: 5 }], ['signInRedirect', { login_hint: 'x' }], ['signInRedirect', { maxAge: -1 }],
    ['signInRedirect', { params: { a: 1 } }], ['signInRedirect', { navigate: 'x' }], ['signInRedirect', 'login'], ['signInRedirect', null],
    ['getAccessToken', { minValiditySeconds: '5' }], ['getAccessToken', { force: true }], ['getAccessToken', { signal: {} }], ['getAccessToken', 5],
    ['refresh', { force: true }], ['refresh', { signal: 'x' }], ['signOut', { returnTo: '/' }], ['signOut', { returnTo: 'javascript:alert(1)' }], ['signOut', { revoke: 'no' }], ['signOut', { state: '' }], ['signOut', { state: {} }],
  ])) {
    assert.throws(() => validateCall(name, options, { http: false }), { code: 'config' }, `${name} ${JSON.stringify(options)}`);
  }
  const { signal } = new AbortController();
  assert.deepEqual({ ...validateCall('getAccessToken', { signal, forceRefresh: true, cacheOnly: undefined }, { http: false }) }, { signal, forceRefresh: true });
});

const hostile = [
  '', ' ', '/ /../\\evil.example', '//evil.example', '///evil.example', '////evil.example', '/\\evil.example', '/\\\\evil.example', '\\\\evil.example', '\\/evil.example', '/\t/evil.example',
  '/\n/evil.example', '/\r/evil.example', '\t//evil.example', '\n/ok', ' //evil.example', ' /ok', 'evil.example', 'evil', './ok', '../ok', '?next=/', '#top', 'https://evil.example', 'https:evil.example',
  'https:/evil.example', 'https:\\evil.example', 'https:///evil.example', 'http://evil.example', 'HTTPS://evil.example', 'javascript:alert(1)', 'JaVaScRiPt:alert(1)', 'java\tscript:alert(1)',
  ' javascript:alert(1)', '\u0000javascript:alert(1)', 'data:text/html,<script>', 'blob:https://app.example/x', 'vbscript:x', 'file:///etc/passwd', 'about:blank', 'mailto:a@b', 'ws://evil.example', 'filesystem:https://x/',
  '/.//evil.example', '/..//evil.example', '/a/..//evil.example', '/./\\evil.example', '/%2e//evil.example', '/%2E%2E//evil.example', '/a/b/../..//evil.example', '/x/%2e%2e//evil.example',
  '//evil.example@app.example', '//app.example@evil.example', '/\u0000/evil.example', '/a\\..\\..\\evil', '/\u007f', '@evil.example', ':evil', '//[::1', '//\u3002evil.example', '/\u000b/evil', undefined, null, 5, {}, ['/ok'], new URL('https://app.example/ok'),
];

test('hostile values of returnTo lead nowhere', () => {
  assert.ok(hostile.length >= 60);
  for (const value of hostile) assert.equal(returnPath(value), undefined, JSON.stringify(value));
});

test('paths of the origin are kept, normalised, and stay there', () => {
  for (const [value, expected] of [
    ['/', '/'], ['/ok', '/ok'], ['/a/b?c=d#e', '/a/b?c=d#e'], ['/a/../b', '/b'], ['/?next=//evil.example', '/?next=//evil.example'], ['/#//evil.example', '/#//evil.example'],
    ['/%2f%2fevil.example', '/%2f%2fevil.example'], ['/%5cevil.example', '/%5cevil.example'], ['/ü', '/%C3%BC'], ['/a//b', '/a//b'], ['/@evil.example', '/@evil.example'], ['/https://evil.example', '/https://evil.example'],
    ['/javascript:alert(1)', '/javascript:alert(1)'], ['/a b', '/a%20b'],
  ]) {
    assert.equal(returnPath(value), expected);
    assert.equal(new URL(/** @type {string} */ (returnPath(value)), 'https://app.example').origin, 'https://app.example');
  }
});
