// The code samples of README.md, jsglue/README.md and docs/. Those of other libraries are marked ```js foreign, and are not ours.

import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { transform } from 'esbuild';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** @typedef {{ name: string, language: string, code: string }} Sample */

/** @returns {Promise<Sample[]>} */
export async function readSamples() {
  const files = (await readdir(join(root, 'docs'), { recursive: true })).filter((file) => file.endsWith('.md') && !file.includes('node_modules')).map((file) => join('docs', file));
  const samples = [];
  for (const file of ['README.md', 'jsglue/README.md', ...files.sort()]) {
    const text = await readFile(join(root, file), 'utf8');
    for (const { 1: language, 2: code, index } of text.matchAll(/^```(jsx?)\n(.*?)^```$/gms)) samples.push({ name: `${file}:${text.slice(0, index).split('\n').length + 1}`, language, code });
  }
  return samples;
}

/** What runs elsewhere: the guide that internal/packagetest follows in Chromium, with a service worker. @param {Sample} sample */
export const isGuide = ({ code }) => /registerProvider\(|testing-worker\.js/.test(code);

/** What runs in a page: samples-page.test.js. @param {Sample} sample */
export const needsPage = ({ code }) => /signInPopup|signInSilent|forwardCallback|pkcewasm\/(react|vue)/.test(code);

/** Of each run, as two may run at once. @type {Record<string, unknown>[]} */
const worlds = [];
Object.assign(globalThis, { worlds });

/**
 * Runs a sample, as a module of its own. It prints nothing.
 * @param {Sample} sample
 * @param {Record<string, unknown>} world what it imports from these entries of the package, by name; from others, it gets what is there
 * @param {string[]} [entries]
 */
export async function runSample({ language, code }, world, entries = ['pkcewasm']) {
  const folder = await mkdtemp(join(tmpdir(), 'pkcewasm-sample-'));
  const name = `worlds[${worlds.push({ log() {}, ...world }) - 1}]`;
  const file = join(folder, 'sample.mjs');
  const script = language === 'jsx' ? (await transform(code, { loader: 'jsx', jsx: 'automatic' })).code : code;
  try {
    await writeFile(file, script
      .replace(/import \{ ([^}]+) \} from ['"]([^'"]+)['"];/g, (_, names, entry) => (entries.includes(entry) ? `const { ${names} } = ${name};` : `import { ${names} } from '${import.meta.resolve(entry)}';`))
      .replace(/import (\w+) from '(\w+)';/g, (_, name, entry) => `import ${name} from '${import.meta.resolve(entry)}';`)
      .replaceAll('console.log', `${name}.log`));
    await import(pathToFileURL(file).href);
  } finally {
    await rm(folder, { recursive: true });
  }
}
