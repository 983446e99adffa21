// `make client`: the npm package rondo-client, from web/ into build/rondo-client. What a page imports without a build is
// web/rondo.js itself; the package has the same code as one file for each way of importing it, with the workers inside.
import { build } from 'esbuild';
import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';

const FROM = new URL('./web/', import.meta.url);
const TO = new URL('./build/rondo-client/', import.meta.url);
const WORKERS = ['timer.worker.js', 'gate-worker.js'];
/** The oldest browsers: Chromium 94, Firefox 93, Safari 16.4. */
const TARGET = 'es2022';

/** The text of a worker, with all that it imports. @param {string} name */
async function workerText(name) {
  const { outputFiles } = await build({ entryPoints: [new URL(`client/${name}`, FROM).pathname], bundle: true, minify: true, format: 'iife', target: TARGET, write: false });
  return outputFiles[0].text;
}

/** Puts the workers into the code, in the place of client/workers.js. @type {import('esbuild').Plugin} */
const inlineWorkers = {
  name: 'inline-workers',
  setup({ onLoad }) {
    onLoad({ filter: /client\/workers\.js$/ }, async () => {
      const texts = Object.fromEntries(await Promise.all(WORKERS.map(async (name) => [name, await workerText(name)])));
      return {
        contents: `const TEXTS = ${JSON.stringify(texts)};
export function startWorker(name) {
  return new Worker(URL.createObjectURL(new Blob([TEXTS[name]], { type: 'text/javascript' })));
}`,
      };
    });
  },
};

/** Leaves what is loaded when it is needed, `import('./sha256.js')`, in a file of its own. @type {import('esbuild').Plugin} */
const laterImports = {
  name: 'later-imports',
  setup({ onResolve }) {
    onResolve({ filter: /^\.\/sha256\.js$/ }, ({ kind, path }) => (kind === 'dynamic-import' ? { path, external: true } : null));
  },
};

/** Leaves the client itself out of what is built on it: an application has it once. @type {(suffix: string) => import('esbuild').Plugin} */
const sharedClient = (suffix) => ({
  name: 'shared-client',
  setup({ onResolve }) {
    onResolve({ filter: /^\.\.\/\.\.\/rondo\.js$/ }, () => ({ path: `./rondo${suffix}`, external: true }));
  },
});

async function bundle(/** @type {'esm' | 'cjs'} */ format, /** @type {string} */ suffix) {
  const isModule = format === 'esm';
  const entries = { rondo: 'rondo.js', media: 'media.js', people: 'people.js', ...(isModule && { sha256: 'client/sha256.js' }) };
  await build({
    entryPoints: Object.fromEntries(Object.entries(entries).map(([name, path]) => [name, new URL(path, FROM).pathname])),
    outdir: new URL('dist', TO).pathname,
    outExtension: { '.js': suffix },
    bundle: true,
    format,
    target: TARGET,
    sourcemap: true,
    plugins: [inlineWorkers, sharedClient(suffix), ...(isModule ? [laterImports] : [])],
  });
}

/** Declarations for `import` as they are, and for `require` under names that say so. */
async function declarations() {
  await mkdir(new URL('dist/client/', TO), { recursive: true });
  for (const name of ['rondo', 'media', 'people', 'client/wire']) {
    const text = await readFile(new URL(`${name}.d.ts`, FROM), 'utf8');
    await writeFile(new URL(`dist/${name}.d.ts`, TO), text);
    await writeFile(new URL(`dist/${name}.d.cts`, TO), text.replace(/from '(\.[^']*)\.js'/g, "from '$1.cjs'"));
  }
}

/** What `import` and `require` of one name lead to. @param {string} name */
const both = (name) => ({
  import: { types: `./dist/${name}.d.ts`, default: `./dist/${name}.js` },
  require: { types: `./dist/${name}.d.cts`, default: `./dist/${name}.cjs` },
});

await rm(TO, { recursive: true, force: true });
await Promise.all([bundle('esm', '.js'), bundle('cjs', '.cjs'), declarations()]);
const { devDependencies: _, types: __, ...about } = JSON.parse(await readFile(new URL('package.json', FROM), 'utf8'));
const manifest = {
  ...about,
  files: ['dist'],
  main: './dist/rondo.cjs',
  module: './dist/rondo.js',
  types: './dist/rondo.d.ts',
  exports: { '.': both('rondo'), './media': both('media'), './people': both('people'), './package.json': './package.json' },
};
await writeFile(new URL('package.json', TO), `${JSON.stringify(manifest, null, 2)}\n`);
await cp(new URL('README.md', FROM), new URL('README.md', TO));
await cp(new URL('LICENSE', import.meta.url), new URL('LICENSE', TO));
