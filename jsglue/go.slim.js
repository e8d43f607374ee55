// The loader of pkce.slim.wasm. TinyGo's own (wasm_exec.js) is not used: a JavaScript exception would be the end of the
// module, references would never be freed, an empty callback would cost a goroutine. Here internal/browser is linked
// (value_tinygo.go) to the functions below, and nothing else:
//   - an exception is a result, `THREW`, that Go turns into an error;
//   - every value that Go receives is an entry of its own in a table until Go gives it back, under a number that is
//     never used again: releasing twice does nothing, using what was released reads undefined;
//   - nothing is printed, since a panic's text may hold a token, and no global is defined;
//   - a trap, which TinyGo cannot recover from, is reported once, and every later call is answered with the same error.
//
// A reference is 32 bits: the kind in the low three (KINDS), above it a small number itself or the number of an entry.

/** @typedef {(...args: any[]) => any} Callable */

/** What has entries, by typeof: the numbers of syscall/js. @type {Record<string, number>} */
const KINDS = { number: 3, string: 4, symbol: 5, object: 6, function: 7, bigint: 6 };
/** References to what needs no entry. 14 is the global object of the Go side. */
const NULL = 1, FALSE = 2, THREW = 8, TRUE = 10, GLOBAL = 14;
/** Set in references to entries; numbers below 2^28 are references themselves. */
const ENTRY = 0x80000000, LIMIT = 2 ** 28;
/** The longest delay of setTimeout; a longer one fires at once. */
const MAX_DELAY = 2 ** 31 - 1;
/** Up to this length a loop beats TextDecoder, in Chromium several times. */
const SHORT = 48;
/** WASI's error of what is not implemented. */
const ENOSYS = 52;

/** What the Go side sees of the realm's globals, captured when the module starts. */
const NAMES = ['AbortController', 'Array', 'Date', 'Error', 'JSON', 'Object', 'Promise', 'Uint8Array', 'clearTimeout', 'crypto',
  'document', 'fetch', 'importScripts', 'isSecureContext', 'navigator', 'performance', 'setTimeout'];

/**
 * The global object of the Go side, on which the module's functions are found once it runs.
 * @param {any} [realm]
 * @returns {Record<string, any>}
 */
export function createHost(realm = globalThis) {
  const host = Object.create(null);
  for (const name of NAMES) host[name] = realm[name];
  return host;
}

/** Whether it is a Uint8Array of any realm: pages that tests make up have two. @param {unknown} value @returns {value is Uint8Array} */
const isBytes = (value) => ArrayBuffer.isView(value) && Object.prototype.toString.call(value) === '[object Uint8Array]';

/**
 * Instantiates and starts a module. After a crash every function of it returns the crash error.
 *
 * @param {WebAssembly.Module} module
 * @param {object} options
 * @param {Record<string, any>} options.host from createHost
 * @param {() => Error} options.crashed makes the error that a crash is reported as
 * @param {(error: Error) => void} [options.onCrash] called once, when the module trapped after it had started
 * @returns {Promise<import('./scratch.js').Scratch & { table: ReadonlyMap<number, unknown> }>} the table is for tests
 */
export async function instantiate(module, { host, crashed, onCrash }) {
  /** @type {Error | undefined} why the module may not be entered any more */
  let dead;
  let started = false;
  /** Calls into the module that have not returned; the scheduler runs when the last one has. */
  let depth = 0;

  // ---- references
  /** @type {Map<number, unknown>} */
  const table = new Map();
  let last = 0;
  /** The number of an entry. @param {number} ref */
  const entry = (ref) => (ref >>> 3) & (LIMIT - 1);
  /** @param {any} x @returns {number} */
  const toRef = (x) => {
    if (x === undefined) return 0;
    if (x === null) return NULL;
    if (typeof x === 'boolean') return x ? TRUE : FALSE;
    if (typeof x === 'number' && x >= 0 && x < LIMIT && Number.isInteger(x)) return (x << 3) | 3;
    do last = (last + 1) % LIMIT; while (table.has(last));
    table.set(last, x);
    return ENTRY | (last << 3) | KINDS[typeof x];
  };
  /** @param {number} ref @returns {any} */
  const toValue = (ref) => {
    if (ref < 0) return table.get(entry(ref));
    if ((ref & 7) === 3) return ref >>> 3;
    return ref === GLOBAL ? host : ref === NULL ? null : ref === TRUE ? true : ref === FALSE ? false : undefined;
  };

  // ---- linear memory: the views are renewed when it has grown
  /** @type {WebAssembly.Memory} */
  let memory;
  let bytes = new Uint8Array(0), words = new Int32Array(0);
  const look = () => {
    if (bytes.buffer === memory.buffer) return;
    bytes = new Uint8Array(memory.buffer);
    words = new Int32Array(memory.buffer);
  };
  const encoder = new TextEncoder(), decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  /** @param {number} at @param {number} length */
  const text = (at, length) => {
    look();
    let s = '';
    for (let i = at; length <= SHORT && i < at + length && bytes[i] < 128; i++) s += String.fromCharCode(bytes[i]);
    return s.length === length ? s : decoder.decode(bytes.subarray(at, at + length));
  };
  /** @param {number} at @param {number} count */
  const list = (at, count) => {
    look();
    const values = [];
    for (let i = 0; i < count; i++) values.push(toValue(words[(at >> 2) + i]));
    return values;
  };

  // ---- what Go calls
  /** Runs foreign code; what it throws is dropped. @param {() => unknown} f */
  const attempt = (f) => {
    let ref = THREW;
    try {
      ref = toRef(f());
    } catch { /* Go learns that it threw, not what: the text of a foreign error may hold anything */ }
    if (dead) throw dead; // it came back into the module and trapped there: the frames below are void
    return ref;
  };
  /** What a callback was called with, until Go takes it. @type {unknown[]} */
  let given = [];
  const nothing = bytes;
  /** The UTF-8 form of the string that Go is about to read. */
  let utf8 = nothing;
  const pkcewasm = {
    /** @type {Callable} */ release: (ref) => void (ref < 0 && table.delete(entry(ref))),
    /** @type {Callable} */ string: (at, length) => toRef(text(at, length)),
    /** @type {Callable} */ bytes: (at, length) => {
      look();
      return toRef(bytes.slice(at, at + length));
    },
    /** @type {Callable} */ number: toRef,
    /** @type {Callable} */ float: toValue,
    /** @type {Callable} */ measure: (ref) => (utf8 = encoder.encode(toValue(ref))).length,
    /** @type {Callable} */ read: (at) => {
      look();
      bytes.set(utf8, at);
      utf8 = nothing;
    },
    /** @type {Callable} */ copy: (ref, at, length) => { // -1 if it is no byte array
      const from = toValue(ref);
      if (!isBytes(from)) return -1;
      look();
      bytes.set(from.subarray(0, length), at);
      return Math.min(length, from.length);
    },
    /** @type {Callable} */ get: (ref, at, length) => attempt(() => toValue(ref)[text(at, length)]),
    /** @type {Callable} */ set: (ref, at, length, x) => attempt(() => void (toValue(ref)[text(at, length)] = toValue(x))),
    /** @type {Callable} */ call: (ref, at, length, args, count) => attempt(() => {
      const object = toValue(ref);
      return Reflect.apply(object[text(at, length)], object, list(args, count));
    }),
    /** @type {Callable} */ invoke: (ref, args, count) => attempt(() => Reflect.apply(toValue(ref), undefined, list(args, count))),
    /** @type {Callable} */ construct: (ref, args, count) => attempt(() => Reflect.construct(toValue(ref), list(args, count))),
    /** @type {Callable} */ function: (id) => toRef((/** @type {unknown[]} */ ...args) => {
      given = args;
      const ref = enter(exports.dispatch, id, args.length);
      if (depth === 0) idle();
      if (dead) return dead;
      const result = toValue(ref);
      pkcewasm.release(ref); // the callback's result is handed over with its reference
      return result;
    }),
    /** @type {Callable} */ arguments: (at) => {
      look();
      for (const [i, x] of given.entries()) words[(at >> 2) + i] = toRef(x);
      given = [];
    },
  };

  // ---- what TinyGo's runtime calls. One timer is enough: the scheduler asks again whenever it runs
  const { setTimeout, clearTimeout, performance, Date, crypto } = host;
  const origin = Date.now() - performance.now();
  /** @type {any} */
  let timer;
  let due = Infinity;
  const gojs = {
    'runtime.ticks': () => BigInt(Math.round((origin + performance.now()) * 1e6)),
    /** @type {Callable} */ 'runtime.sleepTicks': (nanoseconds) => {
      const delay = Math.min(Math.max(Math.ceil(Number(nanoseconds) / 1e6), 0), MAX_DELAY), at = performance.now() + delay;
      if (at > due - 1) return; // the pending one comes early enough
      clearTimeout(timer);
      due = at;
      timer = setTimeout(() => {
        due = Infinity;
        idle();
      }, delay);
    },
  };
  const wasi_snapshot_preview1 = {
    /** @type {Callable} */ fd_write: (_fd, vectors, count, written) => {
      look();
      words[written >> 2] = 0;
      for (let i = 0; i < count; i++) words[written >> 2] += words[(vectors >> 2) + 2 * i + 1];
      return 0;
    },
    /** @type {Callable} */ random_get: (at, length) => {
      look();
      try {
        crypto.getRandomValues(bytes.subarray(at, at + length));
        return 0;
      } catch {
        return ENOSYS;
      }
    },
    proc_exit: () => {
      throw new Error('the module ended');
    },
    fd_close: () => ENOSYS, fd_seek: () => ENOSYS, // linked, never called
  };

  // ---- the way in
  /** @param {Error} reason */
  const end = (reason) => {
    dead = reason;
    clearTimeout(timer);
    table.clear();
    given = [];
  };
  /** The only way in. @param {Callable} f @param {...number} args @returns {any} */
  const enter = (f, ...args) => {
    if (dead) return dead;
    depth++;
    try {
      return f(...args);
    } catch {
      if (!dead) {
        end(crashed());
        if (started) onCrash?.(/** @type {any} */ (dead));
      }
      return dead;
    } finally {
      depth--;
    }
  };

  /** Lets goroutines run, then the collector: it needs a stack without Go on it. */
  const idle = () => {
    enter(exports.go_scheduler);
    enter(exports.collect);
  };

  const { exports } = /** @type {{ exports: any }} */ (await WebAssembly.instantiate(module, /** @type {any} */ ({ pkcewasm, gojs, wasi_snapshot_preview1 })));
  memory = exports.memory;
  const failure = enter(exports._start);
  if (failure) throw failure;
  started = true;

  /** @param {string} name */
  const exported = (name) => (/** @type {number[]} */ ...args) => {
    const result = enter(exports[name], ...args);
    if (depth === 0) enter(exports.collect);
    return typeof result === 'number' ? result : 0;
  };
  return {
    memory, table, crypto,
    address: exported('pkcewasm_scratch'), random: exported('pkcewasm_random'), challenge: exported('pkcewasm_challenge'),
  };
}
