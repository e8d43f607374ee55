// Chromium, quiet and not throttled in the background.

import { execFileSync } from 'node:child_process';
import { chromium } from 'playwright-core';

const FLAGS = [
  '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync',
  '--disable-background-timer-throttling', '--disable-renderer-backgrounding', '--disable-backgrounding-occluded-windows',
];

const find = () => {
  for (const name of [process.env.CHROMIUM, 'chromium', 'google-chrome', 'chromium-browser'].filter(Boolean)) {
    try {
      return { executablePath: execFileSync('which', [name], { encoding: 'utf8' }).trim(), version: execFileSync(name, ['--version'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim() };
    } catch { /* the next one */ }
  }
  throw new Error('Chromium is needed: install it, or name it in CHROMIUM');
};
const { executablePath, version } = find();
export { version };

export const launch = (flags = []) => chromium.launch({ executablePath, headless: true, args: [...FLAGS, ...flags] });
export const launchProfile = (folder) => chromium.launchPersistentContext(folder, { executablePath, headless: true, args: FLAGS });

/** A page with the harness in it (pages/bench.js is `window.H`). */
export async function openBench(context, origin) {
  const page = await context.newPage();
  await page.goto(`${origin}/pages/bench.html`);
  await page.waitForFunction(() => window.H);
  return page;
}
