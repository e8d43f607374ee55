// A module built with the tag crashtest, which can be made to panic.
import { assert, check, done, equal } from './harness/harness.js';

/** @type {string[]} */
const printed = [];
for (const level of /** @type {const} */ (['log', 'error', 'warn'])) console[level] = (...args) => void printed.push(args.join(' '));

const go = new globalThis.Go();
const { instance } = await WebAssembly.instantiateStreaming(fetch('/crashtest/pkce.wasm'), go.importObject);
void go.run(instance);
const pkce = globalThis.pkcewasm;

await check('a panic rejects its own promise', async () => {
  const pending = pkce.discover(`${location.origin}/slow`, { allowLoopbackHttp: true }).catch((/** @type {any} */ e) => e.code);
  const error = await pkce.crash('a secret').then(() => undefined, (/** @type {any} */ e) => e);
  equal(error?.code, 'crashed', 'code');
  assert(!`${error.message}${error.stack}`.includes('secret'), 'the panic\'s text is in the error');
  equal(await pending, 'discovery', 'code of the error of another call under way');
});
await check('a panic in a synchronous function is returned', () => equal(pkce.crashNow()?.code, 'crashed', 'code'));
await check('the module works on', () => equal(pkce.generateCodeVerifier().length, 43, 'length of a verifier'));
await check('the text of a panic is not printed', () => equal(printed.filter((line) => line.includes('secret')).join('\n'), '', 'console'));
await done();
