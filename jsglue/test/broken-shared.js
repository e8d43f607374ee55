// A worker that starts only as a dedicated one, as where a policy forbids shared ones.
if ('onconnect' in globalThis) throw new Error('forbidden');
await import('../worker.js');
