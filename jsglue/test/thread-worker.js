// A Worker like the browser's over node:worker_threads, so that worker.js itself runs in these tests. Importing this
// file puts it in place; it must come before the package, which captures Worker.

import { Worker as Thread, isMainThread, parentPort, workerData } from 'node:worker_threads';

if (isMainThread) {
  Object.assign(globalThis, { Worker: ThreadWorker });
} else if (workerData?.entry) {
  const port = /** @type {import('node:worker_threads').MessagePort} */ (parentPort);
  const scope = /** @type {any} */ (globalThis);
  scope.postMessage = (/** @type {any} */ data, /** @type {any} */ transfer) => port.postMessage(data, transfer);
  scope.close = () => process.exit();
  await import(workerData.entry);
  port.on('message', (data) => scope.onmessage({ data }));
}

/** Every worker started so far. @type {any[]} */
export const started = [];

/** @this {any} @param {URL | string} entry */
function ThreadWorker(entry) {
  const thread = new Thread(new URL(import.meta.url), { workerData: { entry: String(entry) } });
  const worker = {
    thread,
    alive: true,
    /** Messages from the worker. @type {any[]} */
    received: [],
    postMessage: (/** @type {any} */ data, /** @type {any} */ transfer) => thread.postMessage(data, transfer),
    terminate: () => {
      worker.alive = false;
      return thread.terminate();
    },
    onmessage: (/** @type {any} */ _) => {},
    onerror: (/** @type {any} */ _) => {},
    onmessageerror: null,
  };
  thread.on('message', (data) => {
    if (!worker.alive) return;
    worker.received.push(data);
    worker.onmessage({ data });
  });
  thread.on('error', () => worker.onerror({ preventDefault() {} }));
  started.push(worker);
  return worker;
}
