// What the scripts of this folder share. systems_test.go runs them: node SCRIPT MODULE URL VALUE...

import { readFile } from 'node:fs/promises';
import { loadPkce } from '../../index.js';

const [module, url, ...values] = process.argv.slice(2);
const wasm = await readFile(module);
export { url, values };
export const pkce = await loadPkce({ wasm });
export const options = { allowLoopbackHttp: true };

/** Follows the authorization URL, as the browser of the user does, and returns where it is sent back to. @param {string} address */
export async function visit(address) {
  const answer = await fetch(address, { redirect: 'manual' });
  return String(answer.headers.get('location'));
}
