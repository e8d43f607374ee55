import { build } from 'esbuild';
import { cp } from 'node:fs/promises';

await build({ entryPoints: { main: 'misserved.js' }, outdir: 'dist/misserved', bundle: true, splitting: true, format: 'esm' });
await cp('index.html', 'dist/misserved/index.html');
