// A Worker in the caller's own realm, so that a test can look into its module. To be installed before the package is
// imported, which captures Worker.

import { createHub } from '../../jsglue/hub.js';
import { createHost, instantiate } from '../../jsglue/go.slim.js';

/**
 * Puts Worker in place.
 * @param {(instance: Awaited<ReturnType<typeof instantiate>>) => void} onStart gets each module that a worker starts
 */
export function installWorker(onStart) {
  const runtime = {
    createHost,
    instantiate: async (module, options) => {
      const instance = await instantiate(module, options);
      onStart(instance);
      return instance;
    },
  };
  globalThis.Worker = function Worker() {
    const { port1, port2 } = new MessageChannel();
    const receive = createHub(runtime)((message, transfer) => port2.postMessage(message, transfer), true);
    port2.onmessage = ({ data }) => receive(data);
    return Object.assign(port1, {
      terminate() { // a worker's timers end with it
        receive({ kind: 'leave' });
        port1.close();
      },
    });
  };
}
