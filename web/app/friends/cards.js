/** Cards of the account page about friends: the profile that they see, privacy, and notifications by kind. */

import { announce } from '../announce.js';
import { toast } from '../dialogs.js';
import { avatar, button, h } from '../dom.js';
import { locale, t } from '../i18n.js';
import { refusal } from './refusal.js';
import { picture } from './faces.js';
import { refusedFile, wrongWith } from './file.js';
import { PICTURES } from './words.js';

/**
 * @typedef {import('../../rondo.js').Account} Account
 * @typedef {import('../../people.js').People} People
 */

const HOUR_MS = 3_600_000;

/** Kinds of notifications by what they are called, and whether there is e-mail of them. @returns {[string, string, boolean][]} */
const kinds = () => [
  ['message', t('kind-message'), true],
  ['mention', t('kind-mention'), true],
  ['missed_call', t('kind-missed-call'), true],
  ['friend_request', t('kind-friend-request'), false],
  ['friend_added', t('kind-friend-added'), false],
  ['group_added', t('kind-group-added'), false],
  ['introduction', t('kind-introduction'), false],
  ['introduction_request', t('kind-introduction-request'), false],
  ['report_decided', t('kind-report-decided'), true],
  ['appeal_answered', t('kind-appeal-answered'), true],
  ['ban', t('kind-ban'), true],
  ['ban_lifted', t('kind-ban-lifted'), true],
];

/**
 * @param {import('../app.js').App} app
 * @param {People} people
 * @param {Account} me
 * @returns {Promise<[string, ...Node[]][]>} titles, and what stands below them
 */
export async function friendCards(app, people, me) {
  const choices = await people.notificationSettings();
  return [
    [t('shown'), shown(app, people, me)],
    [t('privacy'), privacy(app, me)],
    [t('kinds'), table(app, people, me, choices)],
  ];
}

/** @param {string} words */
function done(words) {
  toast(words);
  announce(words);
}

/** @param {import('../app.js').App} app @param {People} people @param {Account} me */
function shown(app, people, me) {
  const bio = h('textarea', { id: 'own-bio', dir: 'auto', rows: 3, maxlength: '190', dataset: { test: 'own-bio' } });
  bio.value = me.bio ?? '';
  const status = h('input', { id: 'own-status', dir: 'auto', maxlength: '60', autocomplete: 'off', value: me.status_text ?? '', placeholder: t('shown-status-placeholder'), dataset: { test: 'own-status' } });
  // Instants of the wire are whole milliseconds.
  const now = Math.round(app.rondo?.now() ?? 0);
  const tonight = new Date(now).setHours(23, 59, 59, 0);
  const ends = /** @type {[string, string, number | null][]} */ ([['', t('shown-until-always'), null], ['hour', t('shown-until-hour'), now + HOUR_MS], ['today', t('shown-until-today'), tonight], ['week', t('shown-until-week'), now + 7 * 24 * HOUR_MS]]);
  if (me.status_until_at) ends.push(['kept', new Intl.DateTimeFormat(locale(), { dateStyle: 'medium', timeStyle: 'short' }).format(me.status_until_at), me.status_until_at]);
  const until = h('select', { id: 'own-status-until', dataset: { test: 'own-status-until' } }, ...ends.map(([value, label, at]) => new Option(label, value, false, at === me.status_until_at)));
  const problem = h('p', { class: 'problem', role: 'alert' });
  const save = h('button', { class: 'button primary', dataset: { test: 'save-shown' } }, t('profile-save'));
  return h(
    'form',
    {
      class: 'own-form',
      onsubmit: async (/** @type {Event} */ event) => {
        event.preventDefault();
        save.disabled = true;
        problem.textContent = '';
        const end = ends.find(([value]) => value === until.value)?.[2] ?? null;
        try {
          await app.rondo?.revise({ bio: bio.value.trim(), status_text: status.value.trim(), status_until_at: status.value.trim() ? end : null });
          done(t('privacy-saved'));
        } catch (error) {
          problem.textContent = refusal(error);
        }
        save.disabled = false;
      },
    },
    me.permanent && !!people.state.limits.attachments_per_message && ownPicture(app, people, me),
    h('div', { class: 'field' }, h('label', { for: 'own-bio' }, t('shown-bio')), bio, h('p', { class: 'hint' }, t('shown-bio-hint'))),
    h('div', { class: 'field' }, h('label', { for: 'own-status' }, t('shown-status')), status),
    h('div', { class: 'field' }, h('label', { for: 'own-status-until' }, t('shown-until')), until),
    problem,
    save,
  );
}

/** @param {import('../app.js').App} app @param {People} people @param {Account} me */
function ownPicture(app, people, me) {
  const place = h('span');
  const progress = h('progress', { max: 1, value: 0, hidden: true, 'aria-label': t('shown-avatar') });
  const problem = h('p', { class: 'problem', role: 'alert', dataset: { test: 'avatar-problem' } });
  const picker = h('input', { type: 'file', hidden: true, accept: PICTURES.join(), dataset: { test: 'avatar-input' }, onchange: () => void change(picker.files[0]) });
  const remove = button({ label: t('shown-avatar-remove'), kind: 'ghost subtle', dataset: { test: 'avatar-remove' }, onclick: () => void change(null) });
  show(null);
  if (me.avatar_id) people.fileUrl(me.avatar_id).then(show, () => {});
  return h('div', { class: 'field' }, h('span', { class: 'muted' }, t('shown-avatar')), h('div', { class: 'avatar-choice' }, place, h('div', { class: 'actions' }, picker, button({ label: t('shown-avatar-add'), kind: 'subtle', onclick: () => picker.click() }), remove)), progress, problem);

  /** @param {string | null} url */
  function show(url) {
    const sign = avatar(me, 'large');
    place.replaceChildren(url ? picture(people, sign, people.resolve(url)) : sign);
    remove.hidden = !url;
  }

  /** @param {File | null | undefined} file */
  async function change(file) {
    if (file === undefined) return;
    problem.textContent = file ? wrongWith(file, people.state.limits, PICTURES) : '';
    picker.value = '';
    if (problem.textContent) return;
    progress.hidden = !file;
    try {
      const attachment = file && (await people.upload(file, { purpose: 'avatar', onProgress: (part) => (progress.value = part) }));
      await app.rondo?.revise({ avatar_id: attachment?.attachment_id ?? null });
      show(attachment?.url ?? null);
      done(file ? t('shown-avatar-saved') : t('privacy-saved'));
    } catch (error) {
      problem.textContent = file ? refusedFile(error, file.name, people.state.limits) : refusal(error);
    }
    progress.hidden = true;
  }
}

/** @param {import('../app.js').App} app @param {Account} me */
function privacy(app, me) {
  /** @param {string} test @param {boolean} checked @param {string} label @param {string} hint @param {(on: boolean) => Partial<Account>} change */
  const choice = (test, checked, label, hint, change) => {
    const box = h('input', {
      type: 'checkbox',
      checked,
      dataset: { test },
      onchange: async () => {
        if (await app.attempt(app.rondo?.revise(/** @type {any} */ (change(box.checked))))) done(t('privacy-saved'));
        else box.checked = !box.checked;
      },
    });
    return h('label', { class: 'check' }, box, h('span', {}, label, h('small', {}, hint)));
  };
  return h(
    'div',
    { class: 'alert-switches' },
    choice('shows-presence', me.shows_presence !== false, t('privacy-presence'), t('privacy-presence-hint'), (on) => ({ shows_presence: on })),
    choice('sends-receipts', me.sends_receipts !== false, t('privacy-receipts'), t('privacy-receipts-hint'), (on) => ({ sends_receipts: on })),
    choice('accepts-requests', me.accepts_requests === 'met', t('privacy-requests'), t('privacy-requests-hint'), (on) => ({ accepts_requests: on ? 'met' : 'none' })),
  );
}

/** @param {import('../app.js').App} app @param {People} people @param {Account} me @param {Record<string, {live: boolean, email: boolean}>} choices */
function table(app, people, me, choices) {
  /** @param {string} kind @param {'live' | 'email'} way @param {string} words */
  const box = (kind, way, words) => {
    const element = h('input', {
      type: 'checkbox',
      checked: choices[kind]?.[way],
      'aria-label': words,
      dataset: { test: `${kind}-${way}` },
      onchange: async () => {
        const changed = { ...choices[kind], [way]: element.checked };
        if (await app.attempt(people.setNotificationSettings({ [kind]: changed }))) choices[kind] = changed;
        else element.checked = !element.checked;
      },
    });
    return h('td', {}, element);
  };
  return h(
    'div',
    { class: 'kinds-wide' },
    h(
      'table',
      { class: 'kinds', dataset: { test: 'kinds' } },
      h('thead', {}, h('tr', {}, h('th', { scope: 'col' }, h('span', { class: 'unseen' }, t('kinds'))), h('th', { scope: 'col' }, t('kinds-live')), h('th', { scope: 'col' }, t('kinds-email')))),
      h(
        'tbody',
        {},
        ...kinds().map(([kind, label, hasMail]) => h('tr', {}, h('th', { scope: 'row' }, label), box(kind, 'live', t('kinds-for-live', { kind: label })), hasMail ? box(kind, 'email', t('kinds-for-email', { kind: label })) : h('td', {}))),
        h('tr', {}, h('th', { scope: 'row' }, t('kind-security')), h('td', {}, h('small', {}, t('kinds-always'))), h('td', {}, h('small', {}, t('kinds-always')))),
      ),
    ),
    me.email_verified ? '' : h('p', { class: 'hint' }, t('kinds-email-unverified')),
  );
}
