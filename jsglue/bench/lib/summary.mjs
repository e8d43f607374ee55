// The README's table: one line for each library.

import { number, table } from './stats.mjs';

const KB = (bytes) => number(bytes / 1024);

/** The README's lines, in the order of their bytes, with a column for each step that was measured. @param {any} report results.json */
export function summary({ results: { size, startup, exchange, token, memory } }) {
  const columns = [
    ['KB, brotli', (name) => KB(size[name].brotli)],
    startup && ['first authorization URL, ms', (name) => number(startup[name]?.cold?.median, 0)],
    startup && ['the same on 4G with a slow CPU', (name) => number(startup[name]?.['4G, CPU x4']?.median, 0)],
    exchange && ['µs per refresh', (name) => number(exchange[name]?.refresh.inLibrary * 1000, 0)],
    token && ['cached tokens, 1 000 per s', (name) => number(token[name]?.median / 1000, 0)],
    memory && [`page heap after ${memory.refreshes} refreshes, KB`, (name) => number(memory.entries[name]?.after.heap.median, 0)],
  ].filter(Boolean);
  const names = Object.keys(size).sort((a, b) => size[a].brotli - size[b].brotli || a.length - b.length);
  return table(['', ...columns.map(([title]) => title)], names.map((name) => [name.startsWith('pkcewasm') ? `**${name}**` : name, ...columns.map(([, cell]) => cell(name))]));
}

const BLOCK = /(<!-- make bench -->\n)[^]*?(\n<!-- end -->)/;

/** @param {string} readme @param {any} report @returns {string} the README with the report's table in its place */
export function withSummary(readme, report) {
  if (!BLOCK.test(readme)) throw new Error('the README has no place for the table');
  return readme.replace(BLOCK, (_, begin, end) => `${begin}\n${summary(report)}\n${end}`);
}
