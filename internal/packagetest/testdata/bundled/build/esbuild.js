import { build } from 'esbuild';
import { cp } from 'node:fs/promises';

// The worker is an entry of its own beside the page's, and so is the module: then no address has to be said.
const { warnings } = await build({
  entryPoints: { main: 'main.js', worker: 'pkcewasm/worker.js' }, outdir: 'dist/esbuild', bundle: true, splitting: true, format: 'esm', minify: true, target: 'es2022',
});
if (warnings.length) throw new Error(warnings.map(({ text }) => text).join('\n'));
await cp('node_modules/pkcewasm/pkce.slim.wasm', 'dist/esbuild/pkce.slim.wasm');
await cp('index.html', 'dist/esbuild/index.html');
