// The loader of the toolchain that built pkce.wasm. A package with another build of the module has another file here.

export { createHost, instantiate } from './go.js';
