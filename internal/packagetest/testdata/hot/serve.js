// The development server with React's fast refresh, on a port that is free. The argument is the issuer.
import react from '@vitejs/plugin-react';
import { createServer } from 'vite';

const [issuer] = process.argv.slice(2);
const server = await createServer({
  configFile: false, plugins: [react()], define: { ISSUER: JSON.stringify(issuer) }, server: { host: '127.0.0.1', port: 0 }, logLevel: 'warn',
});
await server.listen();
console.log(`READY ${server.resolvedUrls?.local[0]}`);
