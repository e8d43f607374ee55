// Notes when the platform is called and when it answers, in the realm that imports it before the library: the page, or the
// worker, which hands its notes over a BroadcastChannel.

const now = () => performance.timeOrigin + performance.now();
/** @type {{ name: string, from: number, returned: number, to: number }[]} */
let notes = [];
let crossings = 0;

export function take() {
  const taken = { notes, crossings };
  notes = [];
  crossings = 0;
  return taken;
}

/** Notes every call of a method, and when what it promised was there. */
function watch(object, method) {
  const original = object[method];
  object[method] = function watched(...args) {
    const note = { name: method, from: now() };
    notes.push(note);
    const result = Reflect.apply(original, this, args);
    note.returned = note.to = now();
    const settled = () => { note.to = now(); };
    if (result instanceof Promise) result.then(settled, settled);
    return result;
  };
}

watch(globalThis, 'fetch');
watch(globalThis, 'setTimeout');
watch(globalThis, 'clearTimeout');
watch(AbortController.prototype, 'abort');
watch(ReadableStreamDefaultReader.prototype, 'read');
for (const method of ['json', 'text', 'arrayBuffer']) watch(Response.prototype, method);
for (const method of ['importKey', 'verify', 'digest']) watch(SubtleCrypto.prototype, method);

// What the module calls of its loader.
const { instantiate } = WebAssembly;
WebAssembly.instantiate = (module, imports) => {
  for (const [name, call] of Object.entries(imports?.pkcewasm ?? {})) {
    imports.pkcewasm[name] = (...args) => {
      crossings++;
      return call(...args);
    };
  }
  return Reflect.apply(instantiate, WebAssembly, [module, imports]);
};

const channel = new BroadcastChannel('profile');
if (globalThis.document) {
  take.worker = () => new Promise((resolve) => {
    channel.onmessage = ({ data }) => resolve(data);
    channel.postMessage('take');
  });
} else {
  watch(globalThis, 'postMessage');
  globalThis.addEventListener('message', () => notes.push({ name: 'message', from: now(), returned: now(), to: now() }));
  channel.onmessage = () => channel.postMessage(take());
}
