// Lets the page spoil the module's memory, so that the next step of the module traps.
const { instantiate } = WebAssembly;
const channel = new BroadcastChannel('trap');
/** @type {WebAssembly.Memory | undefined} */
let memory;

// @ts-expect-error: one of its two forms is enough
WebAssembly.instantiate = async (/** @type {any} */ source, /** @type {any} */ imports) => {
  const result = await instantiate(source, imports);
  const { exports } = /** @type {any} */ ('instance' in result ? result.instance : result);
  memory = exports.mem ?? exports.memory;
  channel.postMessage('started');
  return result;
};

channel.onmessage = ({ data }) => {
  if (data !== 'spoil') return;
  if (memory) new Uint8Array(memory.buffer).fill(0xff);
  channel.postMessage('spoilt');
};
