// Memory after start and after 1 000 refreshes, over the same page before the library is imported. One browser per sample.

import { launch, openBench } from '../lib/browser.mjs';
import { configure } from '../peers.mjs';
import { number, summarise, table } from '../lib/stats.mjs';

export const title = 'Memory over a blank page, KB';

const BLANK = '(blank page, bare fetches)';

const empty = () => ({ heap: [], all: [], wasm: [] });

export async function measure({ entries, origin, quick, warn }) {
  const rounds = quick ? 1 : 2, refreshes = quick ? 100 : 1000, samples = {};
  for (let round = 0; round < rounds; round++) {
    for (const entry of [undefined, ...entries]) {
      const name = entry?.name ?? BLANK;
      const browser = await launch(['--enable-blink-features=ForceEagerMeasureMemory']); // else it answers when V8 collects by itself
      try {
        const page = await openBench(await browser.newContext(), origin), look = await meter(page);
        const before = await look();
        await page.evaluate(([bundle, config]) => {
          window.H.config = config;
          return bundle && window.H.open(bundle, config);
        }, [entry?.bundle, configure(entry ?? { app: 'vanilla' }, origin)]);
        const start = await look();
        if (entry) await page.evaluate(() => window.H.signIn());
        await page.evaluate(async ([times, bare]) => {
          for (let i = 0; i < times; i++) await (bare ? window.H.bare({ grant_type: 'refresh_token', refresh_token: 'r' }) : window.H.auth.refresh());
        }, [refreshes, !entry]);
        const after = await look();
        const all = (samples[name] ??= { start: empty(), after: empty() });
        for (const [moment, { heap, total, wasm }] of Object.entries({ start, after })) {
          all[moment].heap.push((heap - before.heap) / 1024);
          all[moment].all.push((total - before.total) / 1024);
          all[moment].wasm.push(wasm / 1024);
        }
      } catch (error) {
        warn(`${name}: ${error.message}`);
      }
      await browser.close();
    }
  }
  const settle = ({ heap, all, wasm }) => ({ heap: summarise(heap), all: summarise(all), wasm: summarise(wasm) });
  return {
    refreshes,
    entries: Object.fromEntries(Object.entries(samples).map(([name, moments]) => [name, Object.fromEntries(Object.entries(moments).map(([moment, sums]) => [moment, settle(sums)]))])),
  };
}

/** Reads, after collections: the page's JavaScript heap, what the page and its workers use, the page's WebAssembly memory. */
async function meter(page) {
  const cdp = await page.context().newCDPSession(page);
  await cdp.send('Performance.enable');
  await cdp.send('HeapProfiler.enable');
  return async () => {
    for (let i = 0; i < 3; i++) await cdp.send('HeapProfiler.collectGarbage');
    await page.waitForTimeout(150);
    const { metrics } = await cdp.send('Performance.getMetrics');
    const total = await page.evaluate(() => Promise.race([
      performance.measureUserAgentSpecificMemory().then(({ bytes }) => bytes, () => NaN),
      new Promise((resolve) => { setTimeout(resolve, 20_000, NaN); }),
    ]));
    const wasm = await page.evaluate(() => window.H.linearMemory());
    return { wasm, heap: metrics.find(({ name }) => name === 'JSHeapUsedSize').value, total };
  };
}

const KB = (summary) => number(summary?.median, 0);
export const toMarkdown = ({ refreshes, entries }) => table(
  ['medians', 'page heap: start', `after ${refreshes} refreshes`, 'page and workers: start', `after ${refreshes} refreshes`, 'WebAssembly memory in the page'],
  Object.entries(entries).map(([name, { start, after }]) => [name, KB(start.heap), KB(after.heap), KB(start.all), KB(after.all), after.wasm.max ? KB(after.wasm) : '–']),
);
