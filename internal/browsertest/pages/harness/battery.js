// A hostile script that puts itself in the place of built-ins and hears what goes through them.

const { Set, WeakSet, Array, ArrayBuffer, Uint8Array, TextDecoder, Object, Reflect, Promise, CryptoKey } = globalThis;
const { apply, construct, ownKeys, getOwnPropertyDescriptor, defineProperty } = Reflect;
const { add } = Set.prototype, { has: seenHas, add: seenAdd } = WeakSet.prototype, { then } = Promise.prototype, { slice } = ArrayBuffer.prototype;
const { isView } = ArrayBuffer, { decode } = TextDecoder.prototype;

/** Deeper than this nothing of a value is looked at, nor more of it than so many members. */
const DEPTH = 4, MEMBERS = 40;

/** What is replaced: the object by a path from globalThis, and its functions. @type {[string, string][]} */
const TARGETS = [
  ['', 'fetch Request Response Headers Worker SharedWorker MessageChannel BroadcastChannel URL URLSearchParams TextEncoder TextDecoder Blob setTimeout postMessage structuredClone queueMicrotask btoa atob encodeURIComponent decodeURIComponent'],
  ['Worker.prototype', 'postMessage'], ['MessagePort.prototype', 'postMessage'], ['BroadcastChannel.prototype', 'postMessage'],
  ['EventTarget.prototype', 'addEventListener dispatchEvent'],
  ['Response.prototype', 'text json arrayBuffer clone'], ['Request.prototype', 'text clone'], ['Headers.prototype', 'get set append'],
  ['ReadableStreamDefaultReader.prototype', 'read'],
  ['Promise.prototype', 'then catch finally'], ['Promise', 'resolve reject all race'],
  ['Reflect', 'apply get set construct'], ['Function.prototype', 'call apply bind'],
  ['Object', 'assign create defineProperty entries fromEntries freeze'],
  ['Array.prototype', 'push map join includes slice'], ['Array', 'from'], ['Map.prototype', 'get set'], ['Set.prototype', 'add'],
  ['JSON', 'parse stringify'],
  ['String.prototype', 'slice split replace replaceAll startsWith includes charCodeAt trim'], ['String', 'fromCharCode'], ['RegExp.prototype', 'exec test'],
  ['TextDecoder.prototype', 'decode'], ['TextEncoder.prototype', 'encode encodeInto'],
  ['DataView.prototype', 'getUint32 getInt32 getFloat64 setUint32 setFloat64'], ['Uint8Array.__proto__.prototype', 'set subarray slice fill'],
  ['Crypto.prototype', 'getRandomValues'], ['SubtleCrypto.prototype', 'digest generateKey sign verify importKey exportKey encrypt decrypt'],
  ['WebAssembly', 'instantiate compile instantiateStreaming compileStreaming'],
  ['URLSearchParams.prototype', 'get set append'], ['History.prototype', 'replaceState pushState'], ['Storage.prototype', 'setItem getItem removeItem'],
  ['IDBFactory.prototype', 'open'], ['IDBObjectStore.prototype', 'put get'], ['LockManager.prototype', 'request'],
  ['Date', 'now'], ['Performance.prototype', 'now'],
];

export function createBattery() {
  const heard = new Set(), memories = new Set();
  /** @type {(() => void)[]} */
  const undo = [];
  let patched = 0, busy = false;

  /** @param {any} value @param {number} depth @param {any} seen */
  const note = (value, depth, seen) => {
    if (typeof value === 'string') apply(add, heard, [value]);
    if (value === null || typeof value !== 'object' || depth === 0 || apply(seenHas, seen, [value])) return;
    apply(seenAdd, seen, [value]);
    if (value instanceof CryptoKey) apply(add, heard, [`${value.type} CryptoKey`]);
    if (isView(value)) note(value.buffer, depth, seen);
    else if (value instanceof ArrayBuffer) {
      if (value.byteLength > 1 << 20) apply(add, memories, [value]); // a module's memory is looked through once, at the end
      else apply(add, heard, [apply(decode, new TextDecoder('latin1'), [new Uint8Array(apply(slice, value, [0]))])]);
    } else if (value instanceof Promise) apply(then, value, [(/** @type {any} */ result) => listen(result), () => {}]);
    else {
      const keys = ownKeys(value);
      for (let i = 0; i < keys.length && i < MEMBERS; i++) {
        const property = getOwnPropertyDescriptor(value, keys[i]);
        if (property && 'value' in property) note(property.value, depth - 1, seen);
      }
      if (value instanceof URLSearchParams || value instanceof URL) note(`${value}`, depth, seen);
    }
  };
  /** @param {any[]} values */
  const listen = (...values) => {
    if (busy) return; // what it uses itself
    busy = true;
    try {
      for (let i = 0; i < values.length; i++) note(values[i], DEPTH, new WeakSet());
    } catch { /* what cannot be looked at */ } finally {
      busy = false;
    }
  };

  /** @param {any} object @param {string} name */
  const patch = (object, name) => {
    const property = object && getOwnPropertyDescriptor(object, name);
    const original = property?.value;
    if (typeof original !== 'function') return;
    /** @this {any} @param {any[]} args */
    const replacement = function (...args) {
      listen(this, args);
      const result = new.target ? construct(original, args, new.target === replacement ? original : new.target) : apply(original, this, args);
      listen(result);
      return result;
    };
    Object.setPrototypeOf(replacement, original);
    if (original.prototype) defineProperty(replacement, 'prototype', { value: original.prototype });
    try {
      defineProperty(object, name, { ...property, value: replacement });
    } catch {
      return;
    }
    patched++;
    undo[undo.length] = () => defineProperty(object, name, property);
  };

  return {
    /** @returns {number} how many functions are replaced */
    install() {
      patched = 0;
      for (const [path, names] of TARGETS) {
        let object = /** @type {any} */ (globalThis);
        for (const part of path ? path.split('.') : []) object = object?.[part];
        for (const name of names.split(' ')) patch(object, name);
      }
      // Every message that arrives, too.
      const data = /** @type {any} */ (getOwnPropertyDescriptor(MessageEvent.prototype, 'data'));
      defineProperty(MessageEvent.prototype, 'data', { ...data, get() {
        const value = apply(data.get, this, []);
        listen(value);
        return value;
      } });
      undo[undo.length] = () => defineProperty(MessageEvent.prototype, 'data', data);
      return patched + 1;
    },
    remove() {
      while (undo.length) undo.pop()?.();
    },
    /** Which of the texts were heard, each by its first characters. @param {string[]} canaries */
    heard(canaries) {
      const texts = [...heard, ...Array.from(memories, (buffer) => (buffer.byteLength ? new TextDecoder('latin1').decode(new Uint8Array(buffer)) : ''))];
      return canaries.filter((canary) => texts.some((text) => text.includes(canary) || text.includes(encodeURIComponent(canary)))).map((canary) => canary.slice(0, 6));
    },
  };
}
