/** The evidence of a report: how the two met, and what was written, with earlier texts and files. */

import { open } from '../app/dialogs.js';
import { button, h } from '../app/dom.js';
import { get } from './api.js';
import { complain, identity, time } from './parts.js';
import { named, talk, when } from './words.js';

/** @param {any} report */
export function evidence(report) {
  const { messages, reported } = report.evidence;
  return h(
    'section',
    { class: 'evidence' },
    h('div', { class: 'evidence-head' }, h('span', { class: 'badge' }, report.category), h('span', {}, 'by ', h('bdi', {}, h('strong', {}, named(report.reporter))), ' '), h('span', { class: 'muted' }, time(report.created_at)), report.counts ? h('span', { class: 'badge counts', title: 'An established account that was in a live room with them for 5 seconds' }, 'counts') : h('span', { class: 'badge', title: 'Evidence only: not an established account, or not in a live room with them for 5 seconds' }, 'evidence')),
    report.details ? h('blockquote', { dir: 'auto' }, report.details) : null,
    h('p', { class: 'hint', dataset: { test: 'meeting' } }, meeting(report)),
    reported ? h('p', { class: 'hint', dataset: { test: 'worn' } }, 'They went by ', h('bdi', {}, h('strong', {}, reported.display_name)), reported.interests.length ? ` (${reported.interests.join(', ')})` : '', '.') : null,
    messages.length
      ? h('ol', { class: 'transcript', tabindex: '0', 'aria-label': 'What was said' }, ...messages.map((/** @type {any} */ said) => line(said, report)))
      : h('p', { class: 'hint' }, 'Nothing was written.'),
  );
}

/** Scroll each transcript in *place* to the message that was reported. @param {Element} place */
export function showReported(place) {
  for (const said of /** @type {NodeListOf<HTMLElement>} */ (place.querySelectorAll('.said.reported'))) {
    const { offsetTop, offsetHeight, parentElement: log } = said;
    if (log) log.scrollTop = offsetTop - (log.clientHeight - offsetHeight) / 2;
  }
}

/** @param {any} said @param {any} report */
function line(said, report) {
  const isReported = said.n !== undefined && said.n === report.channel_n;
  return h(
    'li',
    { class: `said ${said.from === report.reported_id ? 'theirs' : ''} ${isReported ? 'reported' : ''}`, dataset: { test: isReported ? 'reported' : 'said' } },
    h('span', { class: 'said-by' }, sender(said.from, report), said.edited_at ? `, edited ${when(said.edited_at)}` : '', said.deleted_at ? `, deleted ${when(said.deleted_at)}` : '', isReported && ' ', isReported && h('strong', { class: 'badge' }, 'reported')),
    said.body && h('span', { class: 'said-what', dir: 'auto' }, said.body),
    ...(said.versions ?? []).map((/** @type {any} */ earlier) => h('span', { class: 'said-before' }, `Until ${when(earlier.replaced_at)}: `, h('bdi', {}, earlier.body))),
    ...(said.attachments ?? []).map((/** @type {any} */ file) => button({ label: file.name, kind: 'subtle', dataset: { test: 'evidence-file' }, onclick: () => void show(file).catch(complain) })),
  );
}

/** In a group others write too; the evidence has their ids alone. @param {string | null} from @param {any} report */
function sender(from, report) {
  if (from === report.reported_id) return h('bdi', {}, named(report.reported));
  if (from === report.reporter_id) return h('bdi', {}, named(report.reporter));
  return h('span', {}, 'another member ', identity(from));
}

/** Show a picture, or load another file; a moderator may while the report holds it. @param {{attachment_id: string, name: string, media_type: string}} file */
async function show({ attachment_id, name, media_type }) {
  const { url } = await get(`/v1/attachments/${attachment_id}`);
  if (!media_type.startsWith('image/')) return h('a', { href: url, download: name, rel: 'noopener' }).click();
  const dialog = open({ title: name, kind: 'light viewer', content: [h('img', { src: url, alt: name }), h('div', { class: 'actions' }, button({ label: 'Close', onclick: () => dialog.close('') }))] });
}

/** How the two met. @param {any} report */
function meeting(report) {
  const { mode, duration_ms, ended, started_at, messages } = report.evidence;
  if (report.met_by === 'channel') {
    const said = messages.find((/** @type {any} */ one) => one.n === report.channel_n);
    return said ? `Message ${said.n} of a conversation that both are in, sent ${when(said.sent_at)}.` : 'A conversation that both are in.';
  }
  if (report.met_by === 'invite') return `A direct invite to ${mode === 'video' ? 'a video call' : 'a text room'}, sent ${when(started_at)}.`;
  if (report.met_by === 'introduction') return `An introduction, ${when(started_at)}.`;
  return `${mode === 'video' ? 'Video call' : 'Text room'} of ${talk(duration_ms)}, begun ${when(started_at)}${ended ? '' : '; reported from inside the room'}.`;
}
