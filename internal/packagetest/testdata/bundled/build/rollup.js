import { nodeResolve } from '@rollup/plugin-node-resolve';
import { cp } from 'node:fs/promises';
import { rollup } from 'rollup';

// The worker is an entry of its own beside the page's, and so is the module: then no address has to be said.
const bundle = await rollup({
  input: { main: 'main.js', worker: 'pkcewasm/worker.js' }, plugins: [nodeResolve({ browser: true })],
  onwarn({ message }) { throw new Error(message); },
});
await bundle.write({ dir: 'dist/rollup', entryFileNames: '[name].js', chunkFileNames: '[name]-[hash].js' });
await cp('node_modules/pkcewasm/pkce.slim.wasm', 'dist/rollup/pkce.slim.wasm');
await cp('index.html', 'dist/rollup/index.html');
