// What a server that renders pages does: it imports everything, in a realm where whoever touches what only pages have is found out.
import assert from 'node:assert/strict';
// What these look for is their own affair.
import 'react';
import 'vue';

// A later script must not be able to replace what starts the worker, so the constructors are read at once.
const captured = new Set(['Worker', 'SharedWorker']);
const touched = new Set();
for (const name of ['window', 'self', 'document', 'location', 'history', 'navigator', 'localStorage', 'sessionStorage', 'indexedDB', 'caches', 'Worker', 'SharedWorker', 'BroadcastChannel',
  'fetch', 'crypto', 'WebAssembly', 'addEventListener', 'pkcewasm', 'Go']) {
  const value = globalThis[name];
  Object.defineProperty(globalThis, name, {
    configurable: true,
    get() { touched.add(name); return value; },
    set() { assert.fail(`${name} is written`); },
  });
}
const before = Object.getOwnPropertyNames(globalThis);
for (const entry of process.argv.slice(2)) assert.ok(Object.keys(await import(entry)).length > 0, entry);
assert.deepEqual([...touched].filter((name) => !captured.has(name)), []);
assert.deepEqual(Object.getOwnPropertyNames(globalThis), before);
