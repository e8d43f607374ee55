// npm run dev, on a port that is free.
import { createServer } from 'vite';

const server = await createServer({ server: { host: '127.0.0.1', port: 0, hmr: false }, logLevel: 'warn' });
await server.listen();
console.log(`READY ${server.resolvedUrls?.local[0]}`);
