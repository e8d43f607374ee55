// The smallest page: shows that an engine starts, loads a module and reports.
import { check, done, assert } from './harness/harness.js';

await check('page runs', () => navigator.userAgent);
await check('secure context', () => assert(isSecureContext === (location.hostname === '127.0.0.1'), `isSecureContext is ${isSecureContext} on ${location.origin}`));
await done();
