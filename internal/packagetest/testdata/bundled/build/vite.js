import { build } from 'vite';

await build({ base: './', build: { outDir: 'dist/vite' }, logLevel: 'warn' });
