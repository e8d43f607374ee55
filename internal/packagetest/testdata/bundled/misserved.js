// Servers that answer something else than the package's files.
import { createClient, loadPkce } from 'pkcewasm';
import { assert, check, done, rejects } from './harness.js';

const config = /** @type {const} */ ({ issuer: 'https://id.example', clientId: 'app', redirectUri: `${location.origin}/`, allowLoopbackHttp: true });

/** A browser that is busy may not say that a worker did not start; then the client's own deadline does (s). */
const PATIENCE = 80;

await check('a page in the place of the worker', async () => {
  for (const isolation of /** @type {const} */ (['shared', 'dedicated'])) {
    const { message, description } = await rejects('unsupported', () => createClient({ ...config, isolation, workerUrl: '/spa/worker.js' }));
    assert(description === 'worker' && message.includes('worker.js must be served as JavaScript'), message);
  }
}, PATIENCE);
await check('a worker as plain text', async () => {
  const { message } = await rejects('unsupported', () => createClient({ ...config, workerUrl: '/plain/worker.js' }));
  assert(message.includes('worker.js must be served as JavaScript'), message);
}, PATIENCE);
await check('a page in the place of the module', async () => {
  for (const load of [
    () => loadPkce({ wasm: '/spa/pkce.slim.wasm' }),
    () => createClient({ ...config, workerUrl: '/moduleless/worker.js', wasmUrl: '/spa/pkce.slim.wasm' }),
    () => createClient({ ...config, workerUrl: '/moduleless/worker.js' }), // whose digest is known
    () => createClient({ ...config, isolation: 'none', wasmUrl: '/spa/pkce.slim.wasm' }),
  ]) {
    const { message, description } = await rejects('wasm_load', load);
    assert(description === 'html' && message.includes('wasmUrl'), message);
  }
});
await check('a module as plain text works', () => loadPkce({ wasm: '/plain/pkce.slim.wasm' }).then(() => {}));
await done();
