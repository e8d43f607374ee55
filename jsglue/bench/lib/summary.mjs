// The README's table: one line for each library.

import { number, table } from './stats.mjs';

const KB = (bytes) => number(bytes / 1024);

/** The README's lines, in the order of their bytes. @param {any} report results.json */
export function summary({ results: { size, startup = {}, exchange = {}, token = {}, memory = { entries: {} } } }) {
  const rows = Object.keys(size).sort((a, b) => size[a].brotli - size[b].brotli || a.length - b.length).map((name) => [
    name.startsWith('pkcewasm') ? `**${name}**` : name,
    KB(size[name].brotli),
    number(startup[name]?.cold?.median, 0),
    number(startup[name]?.['4G, CPU x4']?.median, 0),
    number(exchange[name]?.refresh.inLibrary * 1000, 0),
    number(token[name]?.median / 1000, 0),
    number(memory.entries[name]?.after.heap.median, 0),
  ]);
  return table(['', 'KB, brotli', 'first authorization URL, ms', 'the same on 4G with a slow CPU', 'µs per refresh', 'cached tokens, 1 000 per s', `page heap after ${memory.refreshes ?? '–'} refreshes, KB`], rows);
}

const BLOCK = /(<!-- make bench -->\n)[^]*?(\n<!-- end -->)/;

/** @param {string} readme @param {any} report @returns {string} the README with the report's table in its place */
export function withSummary(readme, report) {
  if (!BLOCK.test(readme)) throw new Error('the README has no place for the table');
  return readme.replace(BLOCK, (_, begin, end) => `${begin}\n${summary(report)}\n${end}`);
}
