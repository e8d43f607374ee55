// A worker whose module traps when the channel says so, for real: its entry throws what an `unreachable` throws.

const { instantiate } = WebAssembly;
let generation = 0, trapped = 0;

WebAssembly.instantiate = /** @type {any} */ (async (/** @type {WebAssembly.Module} */ module, /** @type {WebAssembly.Imports} */ imports) => {
  const mine = ++generation;
  const { exports } = await instantiate(module, imports);
  const guarded = Object.entries(exports).map(([name, value]) => [name, typeof value !== 'function' ? value : (/** @type {any[]} */ ...args) => {
    if (mine <= trapped) throw new WebAssembly.RuntimeError('unreachable');
    return value(...args);
  }]);
  return Object.create(WebAssembly.Instance.prototype, { exports: { value: Object.fromEntries(guarded) } });
});
const channel = new BroadcastChannel('trap');
channel.onmessage = () => { trapped = generation; };
/** @type {any} */ (channel).unref?.();
await import('../worker.js');
