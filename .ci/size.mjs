// Prints the bytes that a browser downloads: raw, gzip -9, brotli -11.
import { readFileSync, readdirSync } from 'node:fs';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

const folder = new URL('../jsglue/', import.meta.url);
const { files } = JSON.parse(readFileSync(new URL('package.json', folder), 'utf8'));
const shipped = readdirSync(folder).filter((name) => files.includes(name));
const glue = shipped.filter((name) => /\.js$/.test(name) && name !== 'wasm_exec.js');

const row = (/** @type {string} */ name, /** @type {Buffer} */ bytes) => {
  const brotli = brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length } });
  const sizes = [bytes.length, gzipSync(bytes, { level: 9 }).length, brotli.length];
  console.log(name.padEnd(24) + sizes.map((n) => n.toLocaleString('en-US').padStart(12)).join(''));
};
const read = (/** @type {string} */ name) => readFileSync(new URL(name, folder));

console.log('bytes'.padEnd(24) + ['raw', 'gzip -9', 'brotli -11'].map((h) => h.padStart(12)).join(''));
row('pkce.wasm', read('pkce.wasm'));
row('wasm_exec.js', read('wasm_exec.js'));
row(`glue (${glue.length} files)`, Buffer.concat(glue.map(read)));
