// Bundles the apps with esbuild into dist/<bundle>/ and counts what a page has to download.

import { build } from 'esbuild';
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

export const ROOT = join(import.meta.dirname, '..');
const PACKAGE = join(ROOT, '..');

/** What load.js asks for. */
const MODULE = 'pkce.slim.wasm';
/** The two builds of the package: the loader of one toolchain, and its module. */
const BUILDS = {
  'pkcewasm-go': { loader: 'go.js', module: 'pkce.wasm' },
  'pkcewasm-slim': { loader: 'go.slim.js', module: 'pkce.slim.wasm' },
};
export const isBuilt = ({ bundle }) => !(bundle in BUILDS) || existsSync(join(PACKAGE, BUILDS[bundle].module));

const brotli = (bytes) => brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_LGWIN]: 24, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length } });

/**
 * Bundles an entry's app as bundlers do: what the page loads in one file, what a worker loads in another.
 * @returns {Promise<{ page: string[], worker: string[] }>} the files that each fetches; a worker's come on top
 */
export async function bundle({ app, bundle: name }) {
  const folder = join(ROOT, 'dist', name), ours = BUILDS[name];
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const swap = {
    name: 'loader',
    setup: (run) => run.onResolve({ filter: /^\.\/go(\.slim)?\.js$/ }, () => ({ path: join(PACKAGE, ours.loader) })),
  };
  const pack = async (entry, file) => {
    const { metafile } = await build({
      entryPoints: [entry], outfile: join(folder, file), bundle: true, minify: true, format: 'esm', target: 'es2022', platform: 'browser', legalComments: 'none',
      metafile: true, logLevel: 'error', plugins: ours ? [swap] : [], define: { 'process.env.NODE_ENV': '"production"' }, nodePaths: [join(ROOT, 'node_modules')],
    });
    return Object.keys(metafile.outputs).map((path) => join(process.cwd(), path));
  };
  const page = await pack(join(ROOT, 'apps', `${app}.mjs`), 'app.js'), worker = [];
  if (ours) {
    copyFileSync(join(PACKAGE, ours.module), join(folder, MODULE));
    page.push(join(folder, MODULE));
    worker.push(...await pack(join(PACKAGE, 'worker.js'), 'worker.js'));
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
    sum.brotli += brotli(bytes).length;
  }
  return sum;
}
