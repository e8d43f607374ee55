// For tsc alone: wasm_exec.js is the toolchain's file and is not checked here.
export {};
