// The global names that wasm_exec.js defines unless they are there, and that a Go module reads while it starts. They are
// hidden while wasm_exec.js runs, so that it defines its own: what a page has under these names (an element's id is a
// global, too) may be anything. Imported by go.js, before wasm_exec.js.

import { bare } from './own.js';

const NAMES = ['Go', 'fs', 'process', 'path'];

const before = replace(new Map(NAMES.map((name) => [name, undefined])));

/**
 * Gives globals other values until restore.
 * @param {ReadonlyMap<string, unknown>} values
 * @returns {Map<string, PropertyDescriptor | undefined>} what was there
 */
export function replace(values) {
  const saved = new Map();
  for (const [name, value] of values) {
    saved.set(name, Object.getOwnPropertyDescriptor(globalThis, name));
    Reflect.defineProperty(globalThis, name, bare({ value, writable: true, configurable: true, enumerable: true }));
  }
  return saved;
}

/** @param {ReadonlyMap<string, PropertyDescriptor | undefined>} saved from replace */
export function restore(saved) {
  for (const [name, descriptor] of saved) {
    if (descriptor) Reflect.defineProperty(globalThis, name, descriptor);
    else Reflect.deleteProperty(globalThis, name);
  }
}

/**
 * Takes what wasm_exec.js defined, and restores the globals.
 * @returns {Map<string, any>}
 */
export function takeDefined() {
  const defined = new Map(NAMES.map((name) => [name, /** @type {any} */ (globalThis)[name]]));
  restore(before);
  return defined;
}
