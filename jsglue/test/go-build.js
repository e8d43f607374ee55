// node --import ./test/go-build.js --test test/*.test.js: runs the tests with the Go build in the place of the release build.

import fs from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { integrity } from '../integrity.js';

const { readFile } = fs;
const module = new URL('../pkce.slim.wasm', import.meta.url), other = new URL('../pkce.wasm', import.meta.url);

fs.readFile = /** @type {any} */ ((/** @type {any} */ path, /** @type {any[]} */ ...rest) => readFile(String(path).split('#')[0] === module.href ? other : path, ...rest));
syncBuiltinESMExports();
integrity.slim = integrity.go;
