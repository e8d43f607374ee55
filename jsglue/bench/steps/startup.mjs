// From the start of the navigation to the first authorization URL.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { launch, launchProfile } from '../lib/browser.mjs';
import { configure } from '../peers.mjs';
import { range, shuffled, summarise, table } from '../lib/stats.mjs';

export const title = 'Start: navigation to the first authorization URL, ms';

/** Chromium's presets, with its own corrections: milliseconds before an answer, bytes per millisecond. */
const FAST_3G = { latency: 562.5, rate: (1.6e6 / 8) * 0.9 / 1000 }, FAST_4G = { latency: 165, rate: (9e6 / 8) * 0.9 / 1000 };
/** The slow ones. */
export const NETWORKS = { '4G, CPU x4': { network: FAST_4G, cpu: 4 }, 'Fast 3G': { network: FAST_3G, cpu: 1 } };
/** On Fast 3G the network decides: rounds differ by a few milliseconds. */
const MODES = {
  cold: { rounds: 11 },
  warm: { rounds: 5, warm: true },
  '4G, CPU x4': { rounds: 5, ...NETWORKS['4G, CPU x4'] },
  'Fast 3G': { rounds: 2, ...NETWORKS['Fast 3G'] },
};

export async function measure({ entries, origin, quick, warn }) {
  const result = {};
  const shape = (network) => fetch(`${origin}/control/network?${new URLSearchParams(network)}`);
  for (const [mode, { network = {}, cpu = 1, warm, rounds: all }] of Object.entries(MODES)) {
    const rounds = quick ? 3 : all;
    const samples = Object.fromEntries(entries.map(({ name }) => [name, []]));
    const folder = warm && mkdtempSync(join(tmpdir(), 'pkcewasm-bench-'));
    const browser = warm ? await launchProfile(folder) : await launch();
    // Warm: the HTTP cache is filled by the first visits and V8's code cache by the second and third.
    for (let round = warm ? -4 : 0; round < rounds; round++) {
      for (const entry of shuffled(entries)) {
        const context = warm ? browser : await browser.newContext(), page = await context.newPage();
        const url = `${origin}/pages/start.html#${encodeURIComponent(JSON.stringify({ bundle: entry.bundle, config: configure(entry, origin), preload: entry.preload }))}`;
        await page.goto(`${origin}/pages/blank.html`); // the process is there already
        await shape(network);
        const cdp = await context.newCDPSession(page);
        await cdp.send('Emulation.setCPUThrottlingRate', { rate: cpu });
        try {
          await page.goto(url, { waitUntil: 'commit', timeout: 120_000 });
          const { at } = await page.evaluate(() => window.started);
          if (round >= 0) samples[entry.name].push(at);
        } catch (error) {
          warn(`${entry.name}: ${error.message}`);
        }
        await shape({});
        if (warm && round < 0) await page.waitForTimeout(300); // caches are written when the page is idle
        await (warm ? page : context).close();
      }
    }
    await browser.close();
    if (folder) rmSync(folder, { recursive: true, force: true });
    for (const { name } of entries) (result[name] ??= {})[mode] = summarise(samples[name]);
  }
  return result;
}

export const toMarkdown = (result) => table(
  ['median (quartiles)', ...Object.keys(MODES)],
  Object.entries(result).map(([name, modes]) => [name, ...Object.keys(MODES).map((mode) => range(modes[mode], 0))]),
);
export const bars = (result) => Object.entries(result).map(([name, { cold }]) => ({ name, value: cold.median, text: `${cold.median.toFixed(0)} ms` }));
