// Entry of the worker, dedicated or shared. Everything is in hub.js.

import { createHub } from './hub.js';
import { live } from './life.js';
import * as runtime from './runtime.js';

const scope = /** @type {any} */ (globalThis);
const connect = createHub(runtime, live());

/**
 * @param {any} port
 * @param {boolean} alone
 */
function serve(port, alone) {
  const receive = connect((message, transfer) => port.postMessage(message, transfer), alone);
  port.onmessage = (/** @type {MessageEvent} */ { data }) => receive(data);
}

if ('onconnect' in scope) scope.onconnect = (/** @type {MessageEvent} */ { ports }) => serve(ports[0], false);
else serve(scope, true);
