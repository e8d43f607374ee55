// pkcewasm/server: for services, in Node, Deno, Bun and at the edge. Nothing of it works in a page.

export { signJwtAssertion } from './assertion.js';
export { createTokenSource } from './source.js';
