// Without a bundler: the import map of the page says where pkcewasm is, and what digests its files have.
import { check, done } from './harness.js';

const changed = location.search === '?changed';
const loading = import('./application.js');
if (changed) {
  await check('a changed file is refused', () => loading.then(() => { throw new Error('it was loaded'); }, () => {}));
  await done();
} else (await loading).run({ workerUrl: 'worker.js' });
