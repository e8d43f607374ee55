import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, afterEach, before, test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { createAccess, errorsIn } from '../fetch.js';
import { startProvider } from './provider.js';

/** @type {Awaited<ReturnType<typeof startProvider>>} */
let api;
/** Another origin. @type {Awaited<ReturnType<typeof startProvider>>} */
let other;
before(async () => {
  [api, other] = await Promise.all([startProvider(), startProvider()]);
  api.accessToken = 'good';
});
afterEach(() => {
  api.calls.length = other.calls.length = api.script.length = 0;
  api.accessToken = 'good';
});
after(() => Promise.all([api.stop(), other.stop()]));

/**
 * A fetch with a token that can be renewed.
 * @param {object} [config]
 * @param {string[]} [tokens] in the order of their issue
 */
function open(config = {}, tokens = ['good']) {
  let current = 0;
  const counts = { forced: 0 };
  const { fetch: send } = createAccess({
    fetchOrigins: [api.origin], allowLoopbackHttp: true, ...config,
    getToken: async ({ forceRefresh, signal }) => {
      signal?.throwIfAborted();
      if (forceRefresh) {
        counts.forced++;
        current = Math.min(current + 1, tokens.length - 1);
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
      return tokens[current];
    },
  });
  return { send, counts };
}

test('the token is attached, and everything of the request arrives', async () => {
  const { send } = open();
  const response = await send(`${api.origin}/a?b=c`, { method: 'POST', headers: { 'x-mine': '1', authorization: 'Bearer mine' }, body: '{"ä":1}' });
  assert.equal(response.status, 200);
  const [{ method, url, headers, body }] = api.calls;
  assert.deepEqual([method, url, headers['x-mine'], headers.authorization, body], ['POST', '/a?b=c', '1', 'Bearer good', '{"ä":1}']);
});

test('every kind of input and body works as with window.fetch', async () => {
  const { send } = open();
  const form = new FormData();
  form.append('field', 'value');
  const stream = () => new Blob(['stream']).stream();
  /** @type {[RequestInfo | URL, any, RegExp][]} */
  const cases = [
    [new URL(`${api.origin}/`), undefined, /^$/],
    [new Request(`${api.origin}/`), undefined, /^$/],
    [new Request(`${api.origin}/`, { method: 'PUT', body: 'in request' }), undefined, /^in request$/],
    [new Request(`${api.origin}/`, { method: 'PUT', body: 'in request' }), { body: 'in init' }, /^in init$/],
    [`${api.origin}/`, { method: 'POST', body: form }, /name="field"/],
    [`${api.origin}/`, { method: 'POST', body: new URLSearchParams({ a: 'b' }) }, /^a=b$/],
    [`${api.origin}/`, { method: 'POST', body: new Uint8Array([65, 66]) }, /^AB$/],
    [`${api.origin}/`, { method: 'POST', body: new Blob(['blob']) }, /^blob$/],
    [`${api.origin}/`, { method: 'POST', body: stream(), duplex: 'half' }, /^stream$/],
  ];
  for (const [input, init, expected] of cases) {
    assert.equal((await send(input, init)).status, 200);
    assert.match(String(api.calls.pop()?.body), expected);
  }
});

test('a refused token is renewed once for all, and the request repeated with its body', async () => {
  const { send, counts } = open({}, ['bad', 'good']);
  const form = new FormData();
  form.append('field', 'value');
  const responses = await Promise.all([
    send(`${api.origin}/1`), send(`${api.origin}/2`, { method: 'POST', body: 'text' }), send(new Request(`${api.origin}/3`, { method: 'POST', body: 'request' })),
    send(`${api.origin}/4`, { method: 'POST', body: form }), send(new Request(`${api.origin}/5`)),
  ]);
  assert.deepEqual(responses.map(({ status }) => status), [200, 200, 200, 200, 200]);
  assert.equal(counts.forced, 1);
  assert.equal(api.calls.length, 10);
  for (const path of ['/2', '/3', '/4']) {
    const [first, second] = api.calls.filter(({ url }) => url === path).map(({ body }) => body.replace(/-*formdata-undici-\d+|-+/g, ''));
    assert.equal(first, second);
    assert.notEqual(first, '');
  }
});

test('the repetition goes where the first request went, whatever became of the address meanwhile', async () => {
  const { send } = open({}, ['bad', 'good']);
  const address = new URL(`${api.origin}/first`);
  api.script.push((_, response) => {
    address.href = `${other.origin}/second`;
    response.writeHead(401, { 'www-authenticate': 'Bearer error="invalid_token"' }).end();
  });
  await send(address);
  assert.deepEqual([other.calls.length, ...api.calls.map(({ url }) => url)], [0, '/first', '/first']);
});

test('a stream is sent once: the 401 goes to the application', async () => {
  const { send, counts } = open({}, ['bad', 'good']);
  const init = /** @type {any} */ ({ method: 'POST', body: new Blob(['x']).stream(), duplex: 'half' });
  assert.equal((await send(`${api.origin}/`, init)).status, 401);
  assert.equal(counts.forced, 0);
});

test('what a 401 says decides', async () => {
  for (const [challenge, calls] of /** @type {[string | undefined, number][]} */ ([
    ['Bearer error="invalid_token"', 2], ['Bearer realm="x", error = invalid_token, error_description="expired"', 2], [undefined, 2], ['Bearer realm="api"', 2],
    ['Bearer error="insufficient_scope"', 1], ['DPoP error="use_dpop_nonce"', 1],
  ])) {
    const { send } = open({}, ['bad', 'good']);
    api.script.push((_, response) => response.writeHead(401, challenge ? { 'www-authenticate': challenge } : {}).end('no'));
    const response = await send(`${api.origin}/`);
    assert.equal(api.calls.length, calls, String(challenge));
    assert.equal(response.status, calls === 2 ? 200 : 401);
    api.calls.length = 0;
  }
  const { send } = open();
  api.script.push((_, response) => response.writeHead(403, { 'www-authenticate': 'Bearer error="invalid_token"' }).end());
  assert.equal((await send(`${api.origin}/`)).status, 403);
});

test('challenges are read by their grammar', () => {
  const table = JSON.parse(readFileSync(new URL('../../internal/oauth/testdata/challenges.json', import.meta.url), 'utf8'));
  for (const [challenge, errors] of table) assert.deepEqual(errorsIn(challenge), errors, challenge);
  for (const malformed of ['DPoP error="use_dpop_nonce', 'DPoP error="use_dpop_nonce\\"', 'DPoP error="use_dpop_nonce\\', 'DPoP error=', 'use_dpop_nonce', '"use_dpop_nonce"', 'DPoP =use_dpop_nonce', 'error']) {
    assert.deepEqual(errorsIn(malformed), [], malformed);
  }
  const long = 1 << 18;
  for (const hostile of ['a'.repeat(long), 'a'.repeat(long) + ' '.repeat(long), `error=${'"'.repeat(long)}`, `error="${'\\"'.repeat(long)}`, 'error="'.repeat(long), ' '.repeat(long)]) {
    assert.ok(errorsIn(hostile).length <= long, 'the worker does not stand still');
  }
});

test('a server that refuses every token gets one retry, and does not make us refresh without end', async () => {
  const { send, counts } = open({}, ['bad', 'worse', 'worst', 'none']);
  for (let i = 0; i < 5; i++) assert.equal((await send(`${api.origin}/`)).status, 401);
  assert.equal(counts.forced, 1);
  assert.equal(api.calls.length, 6);
});

test('when the renewal fails the application gets the 401, body and all', async () => {
  const { fetch: send } = createAccess({
    fetchOrigins: [api.origin], allowLoopbackHttp: true,
    getToken: async ({ forceRefresh }) => {
      if (forceRefresh) throw new Error('offline');
      return 'bad';
    },
  });
  const response = await send(`${api.origin}/`);
  assert.equal(response.status, 401);
  assert.deepEqual(await response.json(), {});
});

test('a redirect is not followed: the token stays', async () => {
  const { send } = open();
  for (const status of [301, 302, 303, 307, 308]) {
    api.script.push((_, response) => response.writeHead(status, { location: `${other.origin}/` }).end());
    await assert.rejects(send(`${api.origin}/`), { name: 'AuthError', code: 'redirect' });
  }
  assert.equal(other.calls.length, 0);
  api.script.push((_, response) => response.writeHead(302, { location: `${other.origin}/` }).end());
  assert.equal((await send(`${api.origin}/`, { redirect: 'manual' })).status, 302, 'asked for by the application');
  api.script.push((_, response) => response.writeHead(302, { location: `${other.origin}/` }).end());
  await assert.rejects(send(`${api.origin}/`, { redirect: 'error' }), TypeError);
});

test('no address off the list gets a request', async () => {
  /** @type {string[]} */
  const sent = [];
  const { fetch: original } = globalThis;
  globalThis.fetch = async (input) => {
    sent.push(/** @type {Request} */ (input).url);
    return new Response();
  };
  const { send } = open({ fetchOrigins: ['https://api.example', 'https://api.example:8443'] });
  const addresses = [
    'https://api.example.evil.org/', 'https://evilapi.example/', 'https://api.example./', 'https://api.example@evil.org/', 'https://api.example:pass@evil.org/', 'https://api.example:444/', 'https://api.example:80/',
    'http://api.example/', 'http://api.example:443/', 'https://evil.org/https://api.example/', 'https://evil.org/?https://api.example', 'https://evil.org/#https://api.example', 'https://evil.org\\@api.example/',
    'https://evil.org\\.api.example/', 'https://sub.api.example/', 'https://example/', 'https://API.EXAMPLE.EVIL.ORG/', 'https://xn--pi-7la.example/', 'https://аpi.example/', 'https://api。example。evil.org/',
    'https://api.example%2eevil.org/', 'https://api.example%00.evil.org/', 'https://[::1]/', 'http://localhost/', 'http://127.0.0.1/', 'https://127.0.0.1/', 'https://2130706433/', 'https://0x7f.1/', 'data:text/plain,x',
    'blob:https://api.example/6e2d', 'blob:null/6e2d', 'file:///etc/passwd', 'javascript:alert(1)', 'ftp://api.example/', 'ws://api.example/', 'wss://api.example/', 'about:blank', 'filesystem:https://api.example/x', '/relative', '//api.example.evil.org/',
    'https:evil.org', 'https:/evil.org/', 'https:\\\\evil.org/', ' https://evil.org/', 'ht\ntps://evil.org/',
  ];
  assert.ok(addresses.length >= 40);
  try {
    for (const address of addresses) {
      await assert.rejects(send(address), (/** @type {any} */ error) => error.code === 'config' || error instanceof TypeError, address);
      assert.deepEqual(sent, [], address);
    }
    for (const address of ['https://api.example/', 'https://API.example/x', 'https://api.example:443/', 'https://api.example:8443/a', ' https://api.example/ ', 'https:\\\\api.example\\x']) await send(address);
    assert.equal(sent.length, 6);
  } finally {
    globalThis.fetch = original;
  }
});

test('the message names the origin, not the address', async () => {
  const { send } = open();
  await assert.rejects(send('https://evil.example/path?secret=canary'), { code: 'config', message: 'fetchOrigins does not list https://evil.example; the access token was not sent' });
  await assert.rejects(open({ allowLoopbackHttp: false }).send(`${api.origin}/`), { code: 'config' });
});

test("the page's own origin is on the list", async () => {
  Object.defineProperty(globalThis, 'location', { value: new URL(`${api.origin}/page`), configurable: true });
  try {
    assert.equal((await open({ fetchOrigins: [] }).send(`${api.origin}/`)).status, 200);
    await assert.rejects(open({ fetchOrigins: [] }).send(`${other.origin}/`), { code: 'config' });
  } finally {
    Reflect.deleteProperty(globalThis, 'location');
  }
});

test('aborting rejects as window.fetch does', async () => {
  const { send } = open();
  await assert.rejects(send(`${api.origin}/`, { signal: AbortSignal.abort() }), { name: 'AbortError' });
  const reason = new Error('mine');
  await assert.rejects(send(`${api.origin}/`, { signal: AbortSignal.abort(reason) }), reason);
  api.script.push(() => {});
  await assert.rejects(send(`${api.origin}/`, { signal: AbortSignal.timeout(30) }), { name: 'TimeoutError' });
});

test('a request can be aborted after a garbage collection', async () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc');
  const { send } = open();
  const received = new Promise((resolve) => { api.script.push(resolve); });
  const controller = new AbortController();
  const answer = send(`${api.origin}/`, { signal: controller.signal });
  await received;
  collect();
  controller.abort();
  await assert.rejects(answer, { name: 'AbortError' });
});

test('options of the request are kept', async () => {
  const { fetch: original } = globalThis;
  /** @type {Request[]} */
  const sent = [];
  globalThis.fetch = async (input) => {
    sent.push(/** @type {Request} */ (input));
    return new Response();
  };
  const options = /** @type {const} */ ({ referrerPolicy: 'no-referrer', cache: 'no-store', credentials: 'include', integrity: 'sha256-x', mode: 'same-origin', keepalive: true });
  try {
    await open().send(`${api.origin}/`, options);
    await open().send(new Request(`${api.origin}/`, options));
  } finally {
    globalThis.fetch = original;
  }
  assert.equal(sent.length, 2);
  for (const request of sent) {
    for (const [name, value] of Object.entries(options)) assert.equal(/** @type {any} */ (request)[name], value, name);
    assert.equal(request.redirect, 'manual');
  }
});

test('the platform is handed nothing that has a prototype', async () => {
  // Browsers read such objects through the prototype chain, which any script can extend. Node does so within itself, too.
  const { send } = open();
  const { Request: original } = globalThis;
  /** @type {unknown[]} */
  const inits = [];
  globalThis.Request = new Proxy(original, {
    construct(target, [input, init]) {
      inits.push(init);
      return new target(input, init);
    },
  });
  try {
    await send(`${api.origin}/`);
    await send(`${api.origin}/`, { method: 'POST', body: 'x' });
  } finally {
    globalThis.Request = original;
  }
  assert.equal(inits.length, 4);
  for (const init of inits) assert.equal(Object.getPrototypeOf(init), null);
});

test('a polluted prototype does not decide where the token goes', async () => {
  const { createAccess } = await import('../fetch.js');
  const prototype = /** @type {any} */ (Object.prototype);
  prototype.fetchOrigins = ['http://127.0.0.1:9'];
  try {
    const access = createAccess({ allowLoopbackHttp: true, getToken: async () => assert.fail('asked for a token') });
    await assert.rejects(access.fetch('http://127.0.0.1:9/'), { code: 'config' });
  } finally {
    delete prototype.fetchOrigins;
  }
});
