// Where the time of a start goes: when the page, the code and the module were there, and what the main thread did meanwhile.

import { launch } from '../lib/browser.mjs';
import { configure } from '../peers.mjs';
import { number, summarise, table } from '../lib/stats.mjs';
import { NETWORKS } from './startup.mjs';

export const title = 'Where the time of a start goes: ms after the navigation, and ms of the main thread';

const COLUMNS = ['page', 'code asked for', 'code', 'module asked for', 'module', 'authorization URL', 'main thread', 'of it WebAssembly'];
const MODES = Object.entries(NETWORKS);
/** Ours, and those that it is measured by. */
const SHOWN = ['pkcewasm slim, none', 'pkcewasm slim, none, preload', 'msal-browser', 'oidc-client-ts'];

export async function measure({ entries, origin, quick, warn }) {
  const result = {};
  for (const [mode, { network, cpu }] of MODES) {
    for (const entry of entries.filter(({ name }) => SHOWN.includes(name))) {
      const samples = [];
      for (let round = 0; round < (quick ? 1 : 3); round++) {
        try {
          samples.push(await start(entry, origin, network, cpu));
        } catch (error) {
          warn(`${entry.name}: ${error.message}`);
        }
      }
      (result[entry.name] ??= {})[mode] = Object.fromEntries(COLUMNS.map((column) => [column, summarise(samples.map((sample) => sample[column]))]));
    }
  }
  return result;
}

/** One start in a browser of its own, which is traced. */
async function start(entry, origin, network, cpu) {
  const browser = await launch();
  try {
    const page = await (await browser.newContext()).newPage();
    await page.goto(`${origin}/pages/blank.html`); // the process is there already
    await fetch(`${origin}/control/network?${new URLSearchParams(network)}`);
    await (await page.context().newCDPSession(page)).send('Emulation.setCPUThrottlingRate', { rate: cpu });
    const cdp = await browser.newBrowserCDPSession(), events = [];
    cdp.on('Tracing.dataCollected', ({ value }) => events.push(...value));
    await cdp.send('Tracing.start', { traceConfig: { includedCategories: ['devtools.timeline', 'disabled-by-default-devtools.timeline', 'v8.wasm', 'blink.user_timing'] } });
    await page.goto(`${origin}/pages/start.html#${encodeURIComponent(JSON.stringify({ bundle: entry.bundle, config: configure(entry, origin), preload: entry.preload }))}`, { waitUntil: 'commit' });
    const seen = await page.evaluate(async () => {
      const { at } = await window.started;
      const [navigation] = performance.getEntriesByType('navigation'), files = performance.getEntriesByType('resource');
      const code = files.find(({ name }) => name.endsWith('/app.js')), module = files.find(({ name }) => new URL(name).pathname.endsWith('.wasm'));
      return { page: navigation.responseEnd, 'code asked for': code.startTime, code: code.responseEnd, 'module asked for': module?.startTime, module: module?.responseEnd, 'authorization URL': at };
    });
    const traced = new Promise((resolve) => { cdp.once('Tracing.tracingComplete', resolve); });
    await cdp.send('Tracing.end');
    await traced;
    return { ...seen, ...busy(events, seen['authorization URL'] * 1000) };
  } finally {
    await fetch(`${origin}/control/network`);
    await browser.close();
  }
}

/** What the page's main thread did up to some microseconds after the navigation. */
function busy(events, until) {
  const navigation = events.filter(({ name, args }) => name === 'navigationStart' && args.data?.documentLoaderURL?.includes('/start.html')).at(-1);
  const sum = (wanted) => events.filter((event) => event.pid === navigation.pid && event.tid === navigation.tid && event.ph === 'X' && event.ts >= navigation.ts && event.ts < navigation.ts + until && wanted(event.name))
    .reduce((total, { dur }) => total + dur / 1000, 0);
  return { 'main thread': sum((name) => name.endsWith('RunTask')), 'of it WebAssembly': sum((name) => name.startsWith('wasm.')) };
}

export const toMarkdown = (result) => MODES.map(([mode]) => `${mode}\n\n${table(
  ['medians', ...COLUMNS],
  Object.entries(result).map(([name, modes]) => [name, ...COLUMNS.map((column) => number(modes[mode][column]?.median, 0))]),
)}\n`).join('\n');
