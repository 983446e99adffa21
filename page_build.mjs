// `node page_build.mjs FOLDER`: the start page out of web/, as visitors load it: one module and what it loads later, one
// style sheet, the catalogues of each language. Names under assets/ hold a hash of the content, so browsers keep them for
// good; every text is there in brotli and gzip too. Unlike the files of web/, this is not for reading.
import { build } from 'esbuild';
import { createHash } from 'node:crypto';
import { mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

const WEB = new URL('./web/', import.meta.url).pathname;
const TO = path.resolve(process.argv[2] ?? '');
const WORKERS = ['timer.worker.js', 'gate-worker.js'];
/** The oldest browsers: Chromium 94, Firefox 93, Safari 16.4. */
const TARGET = ['chrome94', 'firefox93', 'safari16.4'];
/** What a module or a style sheet names by its address, and where that is. */
const NAMED = /(?<=['"(])\/(?:icons\.svg|art\.svg|app\/friends\/icons\.svg|app\/locales|fonts\/[\w-]+\.woff2)(?=['")])/g;
const COMPRESSED = /\.(?:js|css|svg|ftl|html)$/;

/** @type {Map<string, string>} where a file is, by where it was */
const moved = new Map();

/** Write a file, and what it is compressed. @param {string} name @param {string | Uint8Array} content */
async function write(name, content) {
  const target = path.join(TO, name);
  const bytes = Buffer.from(content);
  await mkdir(path.dirname(target), { recursive: true });
  await writeFile(target, bytes);
  if (!COMPRESSED.test(name)) return;
  await writeFile(`${target}.br`, brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length } }));
  await writeFile(`${target}.gz`, gzipSync(bytes, { level: 9 }));
}

/** @param {string | Uint8Array} content */
const hashOf = (content) => createHash('sha256').update(content).digest('hex').slice(0, 10);

/** Write a file under a name with its hash; return its address. @param {string} name @param {string | Uint8Array} content */
async function keep(name, content) {
  const { name: stem, ext } = path.parse(name);
  const address = `/assets/${stem}-${hashOf(content)}${ext}`;
  await write(address, content);
  return address;
}

/** Write the catalogues, without what is for translators, into a folder with the hash of them all; return its address. */
async function keepCatalogues() {
  const from = path.join(WEB, 'app/locales');
  const names = (await readdir(from, { recursive: true })).filter((name) => name.endsWith('.ftl')).sort();
  const texts = await Promise.all(names.map(async (name) => (await readFile(path.join(from, name), 'utf8')).replace(/^#.*\n|^\n/gm, '')));
  const folder = `/assets/locales-${hashOf(texts.join(''))}`;
  await Promise.all(names.map((name, i) => write(`${folder}/${name}`, texts[i])));
  return folder;
}

/** @param {string} text */
const renamed = (text) => text.replace(NAMED, (address) => moved.get(address) ?? address);

/** Puts the new addresses into the sources, and those of the workers into client/workers.js. @type {import('esbuild').Plugin} */
const addresses = {
  name: 'addresses',
  setup({ onLoad }) {
    onLoad({ filter: /client\/workers\.js$/ }, () => ({
      contents: `const ADDRESSES = ${JSON.stringify(Object.fromEntries(WORKERS.map((name) => [name, moved.get(`/client/${name}`)])))};
export const startWorker = (name) => new Worker(ADDRESSES[name], { type: 'module' });`,
    }));
    // What the start page shares with the app, it shares with the later parts too: that makes one chunk of it, not two.
    onLoad({ filter: /app\/friends\/(?:page|cards)\.js$/ }, async ({ path }) => ({ contents: `${renamed(await readFile(path, 'utf8'))}export { App } from '../app.js';` }));
    onLoad({ filter: /\.js$/ }, async ({ path }) => ({ contents: renamed(await readFile(path, 'utf8')) }));
  },
};

/** @param {string} name @param {import('esbuild').BuildOptions} [options] */
const bundle = (name, options) =>
  build({ entryPoints: [path.join(WEB, name)], bundle: true, minify: true, format: 'esm', target: TARGET, write: false, outdir: path.join(TO, 'assets'), entryNames: '[name]-[hash]', chunkNames: '[name]-[hash]', plugins: [addresses], ...options });

await rm(TO, { recursive: true, force: true });
const fonts = (await readdir(path.join(WEB, 'fonts'))).filter((file) => file.endsWith('.woff2')).map((file) => `fonts/${file}`);
for (const name of ['icons.svg', 'art.svg', 'app/friends/icons.svg', ...fonts]) moved.set(`/${name}`, await keep(name, await readFile(path.join(WEB, name))));
moved.set('/app/locales', await keepCatalogues());
for (const name of WORKERS) moved.set(`/client/${name}`, await keep(name, (await bundle(`client/${name}`)).outputFiles[0].contents));

let html = await readFile(path.join(WEB, 'index.html'), 'utf8');
const { outputFiles, metafile } = await bundle('app.js', { splitting: true, metafile: true });
for (const { path: file, contents } of outputFiles) await write(file.slice(TO.length), contents);
const outputs = Object.entries(metafile?.outputs ?? {}).map(([file, about]) => ({ address: path.resolve(file).slice(TO.length), about }));
const entry = outputs.find(({ about }) => about.entryPoint?.endsWith('web/app.js'));
// What the entry is made of is fetched beside it, and not after it.
const parts = entry?.about.imports.filter(({ kind }) => kind === 'import-statement').map(({ path: file }) => `<link rel="modulepreload" href="${path.resolve(file).slice(TO.length)}">`) ?? [];
html = html.replace('<script type="module" src="/app.js">', `${parts.join('')}<script type="module" src="${entry?.address}">`);

// The sheets of one kind that follow each other become one.
for (const [links] of html.matchAll(/(?:\s*<link rel="stylesheet" href="[^"]+">)+|(?:\s*<link data-later href="[^"]+">)+/g)) {
  const sheets = await Promise.all([...links.matchAll(/href="([^"]+)"/g)].map(([, name]) => readFile(path.join(WEB, name), 'utf8')));
  const { outputFiles } = await build({ stdin: { contents: renamed(sheets.join('\n')), loader: 'css' }, minify: true, target: TARGET, write: false });
  const address = await keep(links.includes('later') ? 'later.css' : 'page.css', outputFiles[0].contents);
  html = html.replace(links, links.replace(/href="[^"]+"/, `href="${address}"`).match(/\s*<link[^>]+>/)?.[0] ?? '');
}
await write('index.html', html.replace(/\n\s+/g, '\n'));
