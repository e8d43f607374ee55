// Bytes to download for an application that signs in and refreshes.

import { bundle, weigh } from '../lib/bundle.mjs';
import { number, table } from '../lib/stats.mjs';

export const title = 'Bytes';

/** Bundles everything: the other steps use what this one writes to dist/. */
export async function measure({ entries, bundles }) {
  const files = {}, result = {};
  for (const one of bundles) files[one.bundle] = await bundle(one);
  for (const { name, bundle: folder, worker } of entries) {
    result[name] = weigh([...files[folder].page, ...(worker ? files[folder].worker : [])]);
  }
  return result;
}

const KB = (bytes) => number(bytes / 1024);
export const toMarkdown = (result) => table(
  ['KB (1 024 bytes)', 'raw', 'gzip', 'brotli', 'files'],
  Object.entries(result).sort(([, a], [, b]) => a.brotli - b.brotli).map(([name, { raw, gzip, brotli, files }]) => [name, KB(raw), KB(gzip), KB(brotli), files]),
);
export const bars = (result) => Object.entries(result).map(([name, { brotli }]) => ({ name, value: brotli, text: `${KB(brotli)} KB` }));
