// "Give me the access token" while a valid one is at hand.

import { launch, openBench } from '../lib/browser.mjs';
import { configure } from '../peers.mjs';
import { range, shuffled, summarise, table } from '../lib/stats.mjs';

export const title = 'Cached access token: calls per second';

/** Toolkits without a client have no such call: what answers there is the application. */
const CLIENTS = ({ app }) => !['oauth4webapi', 'openid-client', 'vanilla'].includes(app);

export async function measure({ entries, origin, quick, warn }) {
  const rounds = quick ? 1 : 3, n = quick ? 2000 : 10_000, samples = {};
  const browser = await launch();
  for (let round = 0; round < rounds; round++) {
    for (const entry of shuffled(entries.filter(CLIENTS))) {
      const context = await browser.newContext(), page = await openBench(context, origin);
      try {
        const rate = await page.evaluate(async ([bundle, config, times]) => {
          await window.H.open(bundle, config);
          await window.H.signIn();
          return window.H.cachedTokens(times);
        }, [entry.bundle, { ...configure(entry, origin), signsIn: true }, n]);
        (samples[entry.name] ??= []).push(rate);
      } catch (error) {
        warn(`${entry.name}: ${error.message}`);
      }
      await context.close();
    }
  }
  await browser.close();
  return Object.fromEntries(Object.entries(samples).map(([name, rates]) => [name, summarise(rates)]));
}

export const toMarkdown = (result) => table(
  ['', 'median (quartiles)'],
  Object.entries(result).sort(([, a], [, b]) => b.median - a.median).map(([name, rates]) => [name, range(rates, 0)]),
);
