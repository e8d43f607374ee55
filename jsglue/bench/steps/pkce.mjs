// Code verifier and S256 challenge.

import { launch, openBench } from '../lib/browser.mjs';
import { range, shuffled, summarise, table } from '../lib/stats.mjs';

export const title = 'PKCE: verifier and challenge';

/** What makes pairs, by the bundle that exports createPairs. */
export const MAKERS = {
  'pkcewasm slim (synchronous)': 'pkcewasm-slim-pairs',
  'pkcewasm go (synchronous)': 'pkcewasm-go-pairs',
  oauth4webapi: 'oauth4webapi',
  'openid-client': 'openid-client',
  'okta-auth-js': 'okta',
  'WebCrypto, lean encoding': 'vanilla',
  '@noble/hashes, JavaScript (synchronous)': 'noble',
};

export async function measure({ origin, quick, bundles }) {
  const rounds = quick ? 2 : 7, n = quick ? 1000 : 5000, result = {};
  const makers = Object.entries(MAKERS).filter(([, bundle]) => bundles.some((one) => one.bundle === bundle));
  const browser = await launch();
  for (let round = 0; round < rounds; round++) {
    for (const [name, bundle] of shuffled(makers)) {
      const context = await browser.newContext(), page = await openBench(context, origin);
      const { rate, single } = await page.evaluate(([folder, times]) => window.H.pairs(folder, 'createPairs', times), [bundle, n]);
      const samples = (result[name] ??= { rate: [], single: [] });
      samples.rate.push(rate);
      samples.single.push(...single);
      await context.close();
    }
  }
  await browser.close();
  return Object.fromEntries(makers.map(([name]) => [name, { rate: summarise(result[name].rate), single: summarise(result[name].single) }]));
}

export const toMarkdown = (result) => table(
  ['', 'pairs per second', 'one pair, µs (20 in a row)'],
  Object.entries(result).sort(([, a], [, b]) => b.rate.median - a.rate.median).map(([name, { rate, single }]) => [name, range(rate, 0), range(single)]),
);
