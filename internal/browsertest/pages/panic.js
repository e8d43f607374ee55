// The release build with the tag crashtest: a panic is a trap, which nothing in the module survives.
import { load } from '/pkcewasm/load.js';
import { assert, check, config, done, equal, rejects } from './harness/harness.js';

/** @type {string[]} */
const printed = [];
for (const level of /** @type {const} */ (['log', 'error', 'warn'])) console[level] = (...args) => void printed.push(args.join(' '));

const start = () => load({ wasm: '/crashtest/pkce.wasm' }, import('/pkcewasm/runtime.js'));
const { issuer } = (await config())[new URLSearchParams(location.search).get('provider') ?? ''];
const { raw, guard, onCrash } = await start();
let crashes = 0;
onCrash(() => crashes++);

await check('a panic rejects everything that is pending within 100 ms', async () => {
  const tell = (/** @type {string} */ path, /** @type {any} */ body) => fetch(`${issuer}/control/${path}`, { method: 'POST', body: JSON.stringify(body) });
  await tell('faults', { endpoint: 'token', faults: [{ hold: true }] });
  const server = JSON.stringify({ issuer, token_endpoint: `${issuer}/token` }), options = JSON.stringify({ allowLoopbackHttp: true });
  const requests = Array.from({ length: 3 }, () => guard(raw.refreshTokens(server, JSON.stringify({ clientId: 'app', refreshToken: 'r' }), options)));
  const began = performance.now();
  await Promise.all([...requests, guard(raw.crash('a secret'))].map((promise) => rejects('crashed', () => promise)));
  const passed = performance.now() - began;
  await tell('release', {});
  assert(passed < 100, `it took ${passed} ms`);
  return `${passed.toFixed(1)} ms`;
});
await check('everything after it is crashed, at once', () => {
  for (const name of ['generateCodeVerifier', 'crashNow', 'refreshTokens']) equal(raw[name]()?.code, 'crashed', name);
  equal(crashes, 1, 'crashes reported');
});
await check('the text of a panic is not printed', () => equal(printed.filter((line) => line.includes('secret')).join('\n'), '', 'console'));
await check('another instance works', async () => {
  const other = await start();
  equal(other.raw.generateCodeVerifier().length, 43, 'length of a verifier');
  equal(other.raw.crashNow()?.code, 'crashed', 'code of a panic in a synchronous function');
  return `${raw.version}`;
});
await done();
