// For a bundler that knows nothing of workers and modules: the package's files are served somewhere, and the page says where.
import { run } from './application.js';

run({ workerUrl: '/files/worker.js', wasmUrl: '/files/pkce.slim.wasm' });
