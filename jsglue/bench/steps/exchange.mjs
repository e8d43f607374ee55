// Time in the library per code exchange and per refresh: its call less a bare fetch of the same endpoint, in turns.

import { launch, openBench } from '../lib/browser.mjs';
import { configure } from '../peers.mjs';
import { number, shuffled, summarise, table } from '../lib/stats.mjs';

export const title = 'Code exchange and refresh: time in the library, µs';

export async function measure({ entries, origin, quick, warn }) {
  const rounds = quick ? 1 : 3, n = quick ? 20 : 50, warm = 20, samples = {};
  const browser = await launch();
  for (let round = 0; round < rounds; round++) {
    for (const entry of shuffled(entries)) {
      const context = await browser.newContext(), page = await openBench(context, origin);
      try {
        const { exchanges, refreshes } = await page.evaluate(async ([bundle, config, times, more, first]) => {
          await window.H.open(bundle, config);
          return { exchanges: await window.H.exchanges(times, first), refreshes: await window.H.refreshes(more, first) };
        }, [entry.bundle, { ...configure(entry, origin), signsIn: true }, n, n * 6, warm]);
        const all = (samples[entry.name] ??= { exchange: { library: [], bare: [] }, refresh: { library: [], bare: [] } });
        for (const [kind, { library, bare }] of [['exchange', exchanges], ['refresh', refreshes]]) {
          all[kind].library.push(...library);
          all[kind].bare.push(...bare);
        }
      } catch (error) {
        warn(`${entry.name}: ${error.message}`);
      }
      await context.close();
    }
  }
  await browser.close();
  const settle = ({ library, bare }) => {
    const all = summarise(library), fetch = summarise(bare);
    return { library: all, bare: fetch, inLibrary: all.median - fetch.median };
  };
  return Object.fromEntries(Object.entries(samples).map(([name, { exchange, refresh }]) => [name, { exchange: settle(exchange), refresh: settle(refresh) }]));
}

const us = (milliseconds) => number(milliseconds * 1000, 0);
export const toMarkdown = (result) => table(
  ['medians', 'exchange', 'whole call', 'bare fetch', 'refresh', 'whole call', 'bare fetch'],
  Object.entries(result).sort(([, a], [, b]) => a.refresh.inLibrary - b.refresh.inLibrary).map(([name, { exchange, refresh }]) => [
    name, us(exchange.inLibrary), us(exchange.library.median), us(exchange.bare.median), us(refresh.inLibrary), us(refresh.library.median), us(refresh.bare.median),
  ]),
);
