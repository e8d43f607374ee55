// diagnose(): what it says of a provider, of this runtime and of the worker, and that it costs nobody anything.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { afterEach, beforeEach, test } from 'node:test';
import { openPage } from './page.js';
import { startProvider } from './provider.js';
import './thread-worker.js';

// The package captures Worker when it is evaluated, so it comes after.
const { createClient } = await import('../index.js');
const { diagnose } = await import('../diagnose.js');

/** @type {Awaited<ReturnType<typeof startProvider>>} */
let provider;
/** @type {import('../types.d.ts').Client[]} */
let clients = [];
/** @type {import('./page.js').Page | undefined} */
let page;
beforeEach(async () => {
  provider = await startProvider();
});
afterEach(async () => {
  await Promise.all(clients.map((client) => client.close()));
  clients = [];
  page?.remove();
  page = undefined;
  await provider.stop();
});

/** @param {Partial<import('../types.d.ts').ClientConfig>} [changes] @returns {import('../types.d.ts').ClientConfig} */
const config = (changes) => ({
  issuer: provider.issuer, clientId: 'app', redirectUri: `${provider.origin}/callback`, scope: 'openid offline_access', isolation: 'none', allowLoopbackHttp: true, ...changes,
});

/** The message of a check with this status; there must be exactly one with each. @param {import('../types.d.ts').Report} report @param {string} check @param {string} status */
function found({ findings }, check, status) {
  const all = findings.filter((finding) => finding.check === check && finding.status === status);
  assert.equal(all.length, 1, `${check} ${status} in ${JSON.stringify(findings, null, 1)}`);
  return all[0].message;
}

/** @param {import('../types.d.ts').Report} report */
const checks = ({ findings }) => findings.map(({ check, status }) => `${check} ${status}`);

/** Answers a request of the script. @param {number} status @param {object} [body] */
const answer = (status, body = {}) => (/** @type {any} */ _, /** @type {any} */ response) => {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
};

test('nothing is wrong', async () => {
  const report = await diagnose(config());
  assert.deepEqual(checks(report), ['context ok', 'worker ok', 'module ok', 'discovery ok', 'provider ok', 'token ok', 'clock ok']);
  assert.equal(report.status, 'ok');
  const { message } = /** @type {any} */ (report.findings.find(({ check }) => check === 'provider'));
  assert.match(message, /supports: S256, a sign-out page\. It does not mention: iss in its responses \(RFC 9207\), pushed authorization requests, DPoP, revocation\./);
});

test('in a worker it is the same', async () => {
  const report = await diagnose(config({ isolation: 'dedicated' }));
  assert.equal(found(report, 'worker', 'ok'), 'The worker starts.');
  found(report, 'token', 'ok');
});

test('it spends nothing, and tells nothing', async () => {
  const client = await createClient(config());
  clients.push(client);
  let url = '';
  await client.signInRedirect({ navigate: (to) => { url = to; } });
  await client.handleRedirectCallback(provider.signIn(url));
  const before = provider.ledger.length, token = await client.getAccessToken();
  const report = await client.diagnose();
  assert.equal(report.status, 'ok');
  const sent = provider.ledger.slice(before);
  assert.deepEqual(sent.map((form) => [form.get('grant_type'), form.get('code'), form.get('refresh_token')]), [['authorization_code', 'pkcewasm-diagnose-made-up-code', null]]);
  const text = JSON.stringify(report);
  for (const secret of [token, provider.refreshToken, ...provider.ledger.flatMap((form) => [form.get('code_verifier'), form.get('code')])]) assert.equal(text.includes(String(secret)), false);
  assert.equal(client.getUser()?.subject, 'alice');
  await client.refresh(); // with the refresh token from before
  assert.notEqual(await client.getAccessToken(), token);
});

test('two at once are two reports, and a closed client still has one', async () => {
  const client = await createClient(config());
  const reports = await Promise.all([client.diagnose(), client.diagnose()]);
  for (const { status } of reports) assert.equal(status, 'ok');
  await client.close();
  assert.equal((await client.diagnose()).status, 'ok');
});

test('every finding has a heading in the docs', async () => {
  const docs = await readFile(new URL('../../docs/diagnose.md', import.meta.url), 'utf8');
  const types = await readFile(new URL('../types.d.ts', import.meta.url), 'utf8');
  const [, union] = /** @type {RegExpMatchArray} */ (types.match(/readonly check: ([^;]+);/));
  const names = [...union.matchAll(/'(\w+)'/g)].map(([, name]) => name);
  assert.ok(names.length > 10, union);
  assert.deepEqual([...docs.matchAll(/^### (\w+)$/gm)].map(([, name]) => name), names);
  const [{ check, docs: link }] = (await diagnose(config())).findings;
  assert.equal(link, `https://github.com/pkcewasm/pkcewasm/blob/main/docs/diagnose.md#${check}`);
});

test('options that createClient refuses are refused, and nothing is sent', async () => {
  for (const bad of [{ clientId: '' }, { redirectUri: 'http://app.example/' }, { clientSecret: 'x' }, { isolation: 'shared', storage: 'disk' }]) {
    await assert.rejects(diagnose(/** @type {any} */ (config(/** @type {any} */ (bad)))), { code: 'config' });
  }
  await assert.rejects(diagnose(/** @type {any} */ (undefined)), { code: 'config' });
  assert.equal(provider.ledger.length + provider.calls.length, 0);
});

test('metadata that is not there', async () => {
  provider.metadata = 404;
  const report = await diagnose(config());
  assert.match(found(report, 'discovery', 'problem'), /check the issuer.*\/\.well-known\/openid-configuration answers 404\./);
  assert.equal(report.status, 'problem');
  assert.equal(report.findings.some(({ check }) => check === 'token' || check === 'provider'), false);
});

test('metadata of another issuer', async () => {
  assert.match(found(await diagnose(config({ issuer: `${provider.issuer}/` })), 'discovery', 'problem'), /^The server metadata names another issuer/);
});

test('a provider that does not answer', async () => {
  const { port } = new URL(provider.origin);
  await provider.stop();
  const report = await diagnose(config());
  assert.match(found(report, 'discovery', 'problem'), new RegExp(`^http://127\\.0\\.0\\.1:${port} does not answer`));
  provider = await startProvider();
});

test('a client that the provider does not know', async () => {
  provider.script.push(answer(401, { error: 'invalid_client', error_description: 'no such client' }));
  const message = found(await diagnose(config()), 'token', 'problem');
  assert.match(message, /does not accept this client \(invalid_client: no such client\): register it as a public client/);
});

test('a provider that never answers', { timeout: 15_000 }, async () => {
  provider.metadata = 0;
  assert.match(found(await diagnose(config({ timeoutMs: 100 })), 'discovery', 'problem'), /^The server metadata could not be fetched \(timeout\)/);
});

for (const [what, status, body, finding, pattern] of /** @type {[string, number, object, string, RegExp][]} */ ([
  ['another error', 400, { error: 'invalid_request', error_description: 'AADSTS9002313' }, 'warning', /\(invalid_request: AADSTS9002313\)/],
  ['no endpoint', 404, {}, 'problem', /It answers 404\./],
  ['a server that is down', 503, {}, 'problem', /It answers 503\./],
  ['whoever takes any code', 200, { access_token: 'a', token_type: 'Bearer', expires_in: 60, id_token: 'x' }, 'problem', /does not answer as one/],
])) {
  test(`at the token endpoint: ${what}`, async () => {
    provider.script.push(answer(status, body));
    assert.match(found(await diagnose(config()), 'token', finding), pattern);
  });
}

test('a token endpoint that takes any code', async () => {
  provider.script.push(answer(200, { access_token: 'a', token_type: 'Bearer', expires_in: 60 }));
  assert.match(found(await diagnose(config({ scope: 'profile' })), 'token', 'problem'), /accepted a code that nobody issued/);
});

test('a token endpoint that hangs up', async () => {
  provider.script.push((request) => request.socket.destroy());
  assert.match(found(await diagnose(config()), 'token', 'problem'), /^No answer of the token endpoint reaches this page\./);
});

test('what the provider lacks', async () => {
  const server = {
    token_endpoint: `${provider.issuer}/token`, authorization_endpoint: `${provider.issuer}/authorize`, jwks_uri: `${provider.issuer}/jwks`,
    code_challenge_methods_supported: ['plain'], response_types_supported: ['token'], grant_types_supported: ['authorization_code'], scopes_supported: ['openid'], end_session_endpoint: '',
  };
  const report = await diagnose(config({ server, par: 'required', dpop: 'required', postLogoutRedirectUri: `${provider.origin}/` }));
  const said = report.findings.filter(({ check }) => check === 'provider').map(({ status, message }) => `${status} ${message.split(/[:,(]/)[0]}`);
  assert.deepEqual(said.slice(0, -1), [
    'problem The provider does not support S256', 'problem The provider does not support the authorization code flow ', "problem par is 'required'", "problem dpop is 'required'",
    'warning offline_access is asked for', 'warning The provider does not list the scope offline_access ', 'warning The provider publishes no end_session_endpoint',
  ]);
});

test('a page: its origin, its storage, what is served at the redirect URI', async () => {
  page = openPage(`${provider.origin}/`);
  provider.script.push(answer(200));
  let report = await diagnose(config());
  assert.match(found(report, 'redirect', 'ok'), new RegExp(`registered exactly as ${provider.origin}/callback$`));
  assert.match(found(report, 'storage', 'ok'), /^Storage works\. The session is kept in memory/);
  assert.equal(page.storage.size, 0);

  report = await diagnose(config()); // the provider answers 401 to what it does not know
  assert.match(found(report, 'redirect', 'problem'), /^The server answers 401 at redirectUri/);
  assert.equal(found(report, 'clock', 'ok'), 'The clock of this device agrees with the provider.');
  page.remove();

  page = openPage(provider.origin.replace('127.0.0.1', 'localhost'), { storage: false });
  report = await diagnose(config({ popupRedirectUri: 'https://elsewhere.example/' }));
  const said = report.findings.filter(({ check }) => check === 'redirect');
  assert.deepEqual(said.map(({ status }) => status), ['problem', 'problem']);
  assert.match(said[0].message, /localhost and 127\.0\.0\.1 are different origins/);
  assert.match(said[1].message, /popupRedirectUri on https:\/\/elsewhere\.example/);
  assert.match(found(report, 'storage', 'problem'), /^sessionStorage is not available/);
});

test('what a client has met is in the report', async () => {
  page = openPage(`${provider.origin}/`);
  const client = await createClient(config({ isolation: 'shared', storage: 'indexeddb' }));
  clients.push(client);
  const report = await client.diagnose();
  assert.match(found(report, 'shared', 'warning'), /^The tabs do not share a worker \(this browser has no SharedWorker/);
  assert.match(found(report, 'storage', 'warning'), /^IndexedDB cannot be written here/);
  assert.match(found(report, 'locks', 'warning'), /^This browser has no Web Locks/);
  assert.match(found(report, 'degraded', 'warning'), /lesser way \(storage\): the session cannot be stored/);
  assert.equal(report.status, 'problem'); // nothing is served at the redirect URI
});

test('a worker and a module that are not there', async () => {
  page = openPage(`${provider.origin}/`);
  let report = await diagnose(config({ isolation: 'dedicated', workerUrl: '/nowhere/worker.js' }));
  assert.match(found(report, 'worker', 'problem'), /^worker\.js is not at .*\/nowhere\/worker\.js, where the server answers 401/);
  assert.deepEqual(checks(report).filter((text) => /module|discovery|token/.test(text)), []);
  report = await diagnose(config({ isolation: 'dedicated', workerUrl: 'https://cdn.example/worker.js' }));
  assert.match(found(report, 'worker', 'problem'), /^worker\.js is on https:\/\/cdn\.example/);
  report = await diagnose(config({ wasmUrl: `${provider.origin}/pkce.wasm` }));
  assert.match(found(report, 'module', 'problem'), /^The module is not at .*\/pkce\.wasm, where the server answers 401/);
});
