// Bundles the apps with esbuild into dist/<bundle>/ and counts what a page has to download.

import { build } from 'esbuild';
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

export const ROOT = join(import.meta.dirname, '..');
const PACKAGE = join(ROOT, '..');

/** Beside the bundled code: the module of a build, and the Go build's loader, which is fetched by address. */
const BUILDS = { 'pkcewasm-go': ['pkce.wasm', 'go.js', 'go.exec.js'], 'pkcewasm-slim': ['pkce.slim.wasm'] };
const buildOf = (name) => BUILDS[name.replace(/-(pairs|whole)$/, '')];
export const isBuilt = ({ bundle }) => (buildOf(bundle) ?? []).every((file) => existsSync(join(PACKAGE, file)));
/** What the package imports when it is asked for, which signing in does not. */
const LATER = ['./assertion.js', './examine.js', './silent.js', './tab.js'];

const brotli = (bytes) => brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_LGWIN]: 24, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length } });

/**
 * Bundles an entry's app as bundlers do: what the page loads in one file, what a worker loads in another. A page that has
 * a worker does without the engine, which our bundles leave in a file of its own; those named -whole do not.
 * @returns {Promise<{ page: string[], worker: string[] }>} the files that each fetches; a worker's come on top
 */
export async function bundle({ app, bundle: name }) {
  const folder = join(ROOT, 'dist', name), ours = buildOf(name);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const pack = async (entry, file, splitting = false) => {
    const { metafile } = await build({
      entryPoints: [{ in: entry, out: file }], outdir: folder, splitting, bundle: true, minify: true, format: 'esm', target: 'es2022', platform: 'browser', legalComments: 'none',
      metafile: true, logLevel: 'error', external: ours ? LATER : [], define: { 'process.env.NODE_ENV': '"production"' }, nodePaths: [join(ROOT, 'node_modules')],
    });
    const loaded = new Set(Object.keys(metafile.outputs).filter((path) => path.endsWith(`/${name}/${file}.js`)));
    for (const path of loaded) for (const next of metafile.outputs[path].imports) if (next.kind === 'import-statement' && !next.external) loaded.add(next.path);
    return [...loaded].map((path) => join(process.cwd(), path));
  };
  const page = await pack(join(ROOT, 'apps', `${app}.mjs`), 'app', name in BUILDS), worker = [];
  if (ours) {
    for (const file of ours) {
      copyFileSync(join(PACKAGE, file), join(folder, file));
      page.push(join(folder, file));
    }
    if (name in BUILDS) worker.push(...await pack(join(PACKAGE, 'worker.js'), 'worker'));
  }
  for (const file of [...page, ...worker]) writeFileSync(`${file}.br`, brotli(readFileSync(file)));
  return { page, worker };
}

/** Raw, gzip and brotli bytes of files, each compressed on its own. */
export function weigh(files) {
  const sum = { raw: 0, gzip: 0, brotli: 0, files: files.length };
  for (const file of files) {
    const bytes = readFileSync(file);
    sum.raw += bytes.length;
    sum.gzip += gzipSync(bytes, { level: 9 }).length;
    sum.brotli += statSync(`${file}.br`).size;
  }
  return sum;
}
