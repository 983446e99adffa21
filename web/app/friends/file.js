/** Pictures and files of messages: on their way, and once they are there. */

import { announce } from '../announce.js';
import { open, toast } from '../dialogs.js';
import { h, icon } from '../dom.js';
import { t } from '../i18n.js';
import { PICTURES, size } from './words.js';

/** What may go with a message (product rules); the server looks at the bytes. */
export const FILE_TYPES = [...PICTURES, 'application/pdf', 'text/plain'];
const THUMB = 96;

/** @typedef {import('../../people.js').Limits} Limits */

/** Why a file cannot go with a message; empty: it can. @param {File} file @param {Limits} limits @param {string[]} types */
export function wrongWith({ name, type, size: bytes }, { attachment_bytes: max }, types = FILE_TYPES) {
  if (!types.includes(type.split(';')[0])) return types === PICTURES ? t('file-wrong-picture', { name }) : t('file-wrong-type', { name });
  if (!bytes) return t('file-empty', { name });
  return bytes > max ? t('file-too-large', { name, max: size(max) }) : '';
}

/** Why the server did not take a file. @param {any} error @param {string} name @param {Limits} limits */
export function refusedFile(error, name, { attachment_bytes: max }) {
  switch (error?.code) {
    case 'invalid':
      return t('file-broken', { name });
    case 'too_large':
      return t('file-too-large', { name, max: size(max) });
    case 'limit_reached':
      return t('file-full', { name });
    default:
      return t('file-failed', { name });
  }
}

/** @param {import('../app.js').App} app @param {import('../../people.js').People} people @param {import('../../people.js').Attachment} file */
export function fileOf(app, people, file) {
  const { attachment_id, name, media_type, bytes, width, height, url } = file;
  const about = { name, size: size(bytes) };
  if (!url) return h('span', { class: 'file' }, icon('file'), h('span', { dir: 'auto' }, t('file-not-yours', about)));
  if (!PICTURES.includes(media_type)) {
    return h('button', { type: 'button', class: 'file', 'aria-label': t('file-load', about), dataset: { test: 'file' }, onclick: () => void app.attempt(people.fileUrl(attachment_id).then((fresh) => h('a', { href: fresh, download: name, rel: 'noopener' }).click())) }, icon('file'), ...named(file));
  }
  const image = h('img', { alt: name, src: people.resolve(url), width, height, decoding: 'async' });
  // A link lives for minutes; a conversation stays open for longer.
  image.addEventListener('error', () => people.fileUrl(attachment_id).then((fresh) => (image.src = fresh), () => {}), { once: true });
  return h('button', { type: 'button', class: 'picture', 'aria-label': t('file-open', { name }), dataset: { test: 'picture' }, onclick: () => void view() }, image);

  async function view() {
    const fresh = await people.fileUrl(attachment_id).catch(() => null);
    if (fresh) return void open({ title: name, kind: 'light list viewer', content: [h('img', { src: fresh, alt: name, width, height })] });
    toast(t('file-gone'), 'bad');
    announce(t('file-gone'), 'urgent');
  }
}

/** @param {import('../../people.js').Attachment} file */
function named({ name, bytes }) {
  return [h('span', { dir: 'auto' }, name), h('small', { class: 'muted' }, size(bytes))];
}

/** @param {import('../../people.js').UnsentMessage['files'][number]} file @param {string | null} failed */
export function waitingFile({ name, bytes, progress, attachment_id }, failed) {
  const percent = Math.round(progress * 100);
  const words = failed ? t('file-load', { name, size: size(bytes) }) : attachment_id ? t('file-ready', { name }) : percent < 100 ? t('file-uploading', { name, percent }) : t('file-checking', { name });
  return h('div', { class: 'upload', dataset: { test: 'upload' } }, icon('file'), h('span', { dir: 'auto' }, words), !failed && h('progress', { max: 1, value: progress, 'aria-label': name }));
}

/** A small picture of a picture, as far as it can be decoded. @param {Blob} blob */
export function thumbnail(blob) {
  const canvas = h('canvas', { class: 'thumb', width: 0, height: 0, 'aria-hidden': 'true' });
  createImageBitmap(blob).then(
    (image) => {
      const scale = THUMB / Math.max(image.width, image.height);
      canvas.width = Math.max(1, Math.round(image.width * scale));
      canvas.height = Math.max(1, Math.round(image.height * scale));
      canvas.getContext('2d')?.drawImage(image, 0, 0, canvas.width, canvas.height);
      image.close();
    },
    () => {},
  );
  return canvas;
}
