import { build } from 'esbuild';
import { cp } from 'node:fs/promises';

await build({ entryPoints: { main: 'explicit.js' }, outdir: 'dist/explicit', bundle: true, splitting: true, format: 'esm' });
await cp('index.html', 'dist/explicit/index.html');
