// Serves with the development server, behind which the test's own site answers what is not the application's.
import { createServer } from 'vite';

const [site] = process.argv.slice(2);
const server = await createServer({
  server: { host: '127.0.0.1', port: 0, hmr: false, proxy: { '/harness/': site, '/config.json': site } },
  logLevel: 'warn',
});
await server.listen();
console.log(`READY ${server.resolvedUrls?.local[0]}`);
