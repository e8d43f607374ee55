import { build } from 'vite';

// The page is the same but for its script.
const page = { name: 'page', transformIndexHtml: { order: 'pre', handler: (html) => html.replace('main.js', 'view.js') } };
await build({ base: './', build: { outDir: 'dist/react', target: 'es2022' }, plugins: [page], logLevel: 'warn' });
