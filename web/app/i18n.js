/** The language of the page: which one, its catalogue, and `t`, which returns every text that the page itself says. */

import { FluentBundle, FluentResource } from '../vendor/fluent-bundle/index.js';

/**
 * The languages, each by its own name. `locale` is for plurals, numbers and dates. docs/languages.md says how to add one.
 * @type {Record<string, {name: string, locale: string, dir: 'ltr' | 'rtl'}>}
 */
export const LANGUAGES = {
  en: { name: 'English', locale: 'en', dir: 'ltr' },
  de: { name: 'Deutsch', locale: 'de', dir: 'ltr' },
  es: { name: 'Español', locale: 'es', dir: 'ltr' },
  fr: { name: 'Français', locale: 'fr', dir: 'ltr' },
  pt: { name: 'Português', locale: 'pt-BR', dir: 'ltr' },
  // Western digits, as in the clocks of the page.
  ar: { name: 'العربية', locale: 'ar-u-nu-latn', dir: 'rtl' },
  ja: { name: '日本語', locale: 'ja', dir: 'ltr' },
};

/** A folder for each part of the messages, in it a file for each language; page_build.mjs puts the built ones here. */
const CATALOGUES = '/app/locales';
/** The part that the start page needs; what else there is comes with `loadMessages`. */
const FIRST = 'start';
const FALLBACK = 'en';
/** A cookie, so that the server knows the choice before the page does. */
const COOKIE = 'lang';
const REMEMBER_S = 365 * 24 * 60 * 60;
const RETRY_MS = 1_000;
/** Letters that are written from right to left. */
const RTL = /[\p{Script=Arabic}\p{Script=Hebrew}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}]/u;

/** The parts that are loaded, and come along when the language changes. */
const parts = new Set([FIRST]);
/** @type {FluentBundle} */
let bundle;
let current = FALLBACK;

/** The language that is shown. */
export function language() {
  return current;
}

/** For `Intl`. */
export function locale() {
  return LANGUAGES[current].locale;
}

/**
 * The first language that we have, of the one that was chosen here and those that the browser asks for.
 * @param {readonly string[]} [wanted]
 */
export function preferred(wanted = navigator.languages) {
  const chosen = document.cookie.match(new RegExp(`(?:^|; )${COOKIE}=([a-z]+)`))?.[1];
  const codes = [...(chosen ? [chosen] : []), ...wanted].map((tag) => tag.toLowerCase().split('-')[0]);
  return codes.find((code) => code in LANGUAGES) ?? FALLBACK;
}

/** Speak *code* from now on, and when this browser comes again. Texts that stand already are the caller's to replace. @param {string} code */
export async function choose(code) {
  await load(code);
  document.cookie = `${COOKIE}=${code}; Path=/; Max-Age=${REMEMBER_S}; SameSite=Lax${location.protocol === 'https:' ? '; Secure' : ''}`;
}

/** Load the preferred language; while the server is away, again and again: without words there is no page. */
export async function begin() {
  for (;;) {
    try {
      return await load(preferred());
    } catch {
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  }
}

/**
 * Add a part of the messages, `app` for one, in the language of the page: a folder of `locales/`. Once is enough.
 * @param {string} part
 */
export async function loadMessages(part) {
  if (parts.has(part)) return;
  const code = current;
  const text = await catalogue(part, code);
  parts.add(part);
  if (code === current) bundle.addResource(new FluentResource(text));
  else await load(current);
}

/** @param {string} part @param {string} code */
async function catalogue(part, code) {
  const address = `${CATALOGUES}/${part}/${code}.ftl`;
  const reply = await fetch(address);
  if (!reply.ok) throw new Error(`${address}: ${reply.status}`);
  return reply.text();
}

/** @param {string} code */
async function load(code) {
  const { locale, dir } = LANGUAGES[code];
  /** @type {string[]} */
  let texts = [];
  // A part that came while we waited is wanted in this language too.
  while (texts.length < parts.size) texts = await Promise.all([...parts].map((part) => catalogue(part, code)));
  // Where directions differ Fluent isolates what it puts into a sentence, and not what it selects a variant by.
  bundle = new FluentBundle(locale, { useIsolating: dir === 'rtl' });
  for (const text of texts) bundle.addResource(new FluentResource(text));
  current = code;
  document.documentElement.lang = code;
  document.documentElement.dir = dir;
  for (const element of document.querySelectorAll('[data-label]')) element.setAttribute('aria-label', t(/** @type {HTMLElement} */ (element).dataset.label ?? ''));
}

/**
 * Return the message *key* in the language of the page. Its arguments are numbers, or texts that people wrote.
 * @param {string} key
 * @param {Record<string, string | number>} [args]
 * @returns {string}
 */
export function t(key, args) {
  const pattern = bundle.getMessage(key)?.value;
  if (!pattern) return key;
  return bundle.formatPattern(pattern, args && Object.fromEntries(Object.entries(args).map(([name, value]) => [name, typeof value === 'number' || value.startsWith('\uE000') ? value : isolated(value)])), []);
}

/**
 * Like `t`, with elements among the arguments: what is returned goes into `h(...)`.
 * @param {string} key
 * @param {Record<string, string | number | Node>} args
 * @returns {(string | Node)[]}
 */
export function rich(key, args) {
  /** @type {Node[]} */
  const nodes = [];
  const marked = Object.entries(args).map(([name, value]) => [name, value instanceof Node ? `\uE000${nodes.push(value) - 1}\uE000` : value]);
  return t(key, Object.fromEntries(marked)).split('\uE000').map((piece, i) => (i % 2 ? nodes[Number(piece)] : piece));
}

/**
 * A name in another direction must not turn the sentence around it (Unicode UAX 9, FSI and PDI); in a sentence from
 * right to left Fluent sees to that. In plain left-to-right company there are no marks, so that what is copied from the
 * page is what one sees.
 * @param {string} value
 */
export function isolated(value) {
  return LANGUAGES[current].dir === 'ltr' && RTL.test(value) ? `\u2068${value}\u2069` : value;
}
