// A page of jsdom in the place of this realm's globals. To be imported before what looks for a document when it is imported.

import { JSDOM } from 'jsdom';

export const ORIGIN = 'http://127.0.0.1:4000';
const { window } = new JSDOM('<!doctype html><body>', { url: `${ORIGIN}/` });

for (const name of ['window', 'document', 'location', 'history', 'navigator', 'sessionStorage', 'Node', 'Element', 'HTMLElement', 'SVGElement', 'HTMLIFrameElement']) {
  Object.defineProperty(globalThis, name, { value: /** @type {any} */ (window)[name], configurable: true, writable: true });
}
Object.assign(globalThis, { addEventListener: window.addEventListener.bind(window), removeEventListener: window.removeEventListener.bind(window) });

/** Puts an address into the address bar, as a navigation would. @param {string} url */
export function visit(url) {
  window.history.replaceState(null, '', url);
}
