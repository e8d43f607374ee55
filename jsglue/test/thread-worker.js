// Worker and SharedWorker like the browser's over node:worker_threads, so that worker.js itself runs in these tests.
// Importing this file puts Worker in place, and installSharedWorker() the other one; both must come before the package,
// which captures them.

import { MessageChannel, Worker as Thread, isMainThread, parentPort, workerData } from 'node:worker_threads';

if (isMainThread) {
  Object.assign(globalThis, { Worker: ThreadWorker });
} else if (workerData?.entry) {
  const parent = /** @type {import('node:worker_threads').MessagePort} */ (parentPort);
  const scope = /** @type {any} */ (globalThis);
  scope.postMessage = (/** @type {any} */ data, /** @type {any} */ transfer) => parent.postMessage(data, transfer);
  scope.close = () => process.exit();
  if (workerData.shared) scope.onconnect = null;
  await import(workerData.entry);
  parent.on('message', (data) => (workerData.shared ? scope.onconnect({ ports: [data] }) : scope.onmessage({ data })));
}

/** Every worker started so far, and every connection to a shared one. @type {any[]} */
export const started = [];

/** @this {any} @param {URL | string} entry */
function ThreadWorker(entry) {
  const thread = new Thread(new URL(import.meta.url), { workerData: { entry: String(entry) } });
  const worker = {
    thread,
    alive: true,
    /** Messages from the worker. @type {any[]} */
    received: [],
    /** Messages to the worker. @type {any[]} */
    sent: [],
    postMessage: (/** @type {any} */ data, /** @type {any} */ transfer) => {
      worker.sent.push(data);
      thread.postMessage(data, transfer);
    },
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

/** Threads of shared workers by address and name. @type {Map<string, Thread>} */
const threads = new Map();

/** Puts SharedWorker in place. @param {{ extended: boolean }} options whether it knows extendedLifetime */
export function installSharedWorker({ extended }) {
  Object.assign(globalThis, { SharedWorker: ThreadSharedWorker });

  /** @param {URL | string} entry @param {any} options */
  function ThreadSharedWorker(entry, options) {
    const key = `${entry} ${options.name}`;
    const lives = extended && options.extendedLifetime;
    const thread = threads.get(key) ?? new Thread(new URL(import.meta.url), { workerData: { entry: String(entry), shared: true } });
    threads.set(key, thread);
    const { port1, port2 } = new MessageChannel();
    const worker = {
      thread, key, lives, port: port1, name: options.name,
      onerror: (/** @type {any} */ _) => {},
      /** Messages to the worker. @type {any[]} */
      sent: [],
    };
    const { postMessage } = port1;
    port1.postMessage = (/** @type {any} */ data, /** @type {any} */ transfer) => {
      worker.sent.push(data);
      postMessage.call(port1, data, transfer);
    };
    const fail = () => {
      threads.delete(key);
      worker.onerror({ preventDefault() {} });
    };
    thread.once('error', fail);
    port1.once('close', () => thread.off('error', fail));
    thread.postMessage(port2, [port2]);
    started.push(worker);
    return worker;
  }
}

/** Ends all shared workers: what a browser does some time after the last page. */
export async function endSharedWorkers() {
  await Promise.all([...threads.values()].map((thread) => thread.terminate()));
  threads.clear();
}
