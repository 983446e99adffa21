/** Block a user, or report them as well: one dialog, from the call and from the history. */

import { announce } from './announce.js';
import { open, toast } from './dialogs.js';
import { button, h } from './dom.js';
import { t } from './i18n.js';

/** What moderators sort by. @returns {[string, string][]} */
const categories = () => [
  ['', t('report-none')],
  ['sexual', t('report-sexual')],
  ['harassment', t('report-harassment')],
  ['hate', t('report-hate')],
  ['violence', t('report-violence')],
  ['minor', t('report-minor')],
  ['spam', t('report-spam')],
  ['other', t('report-other')],
];

/**
 * Ask what happened, and part the two for good.
 * @param {import('./app.js').App} app
 * @param {import('../rondo.js').Profile} peer
 * @param {{room_id?: string, channel_id?: string, n?: number}} [about] the room of the past, or the message, that it is about
 * @returns {Promise<boolean>} whether they are parted
 */
export function part(app, peer, about = {}) {
  const name = peer.display_name;
  const isMessage = !!about.channel_id;
  return new Promise((resolve) => {
    const category = h('select', { id: 'report-category', dataset: { test: 'category' } }, ...categories().filter(([value]) => value || !isMessage).map(([value, text]) => h('option', { value, selected: isMessage && value === 'other' }, text)));
    const details = h('textarea', { id: 'report-details', dir: 'auto', rows: 3, maxlength: '2000', dataset: { test: 'details' } });
    const more = h('div', { class: 'field', hidden: !isMessage }, h('label', { for: 'report-details' }, t('report-details')), details, h('p', { class: 'hint' }, isMessage ? t('talk-report-hint') : t('report-hint')));
    const yes = button({ label: isMessage ? t('report-and-block') : t('block'), kind: 'danger', dataset: { test: 'confirm' }, onclick: () => void go() });
    category.addEventListener('change', () => {
      more.hidden = !category.value;
      /** @type {HTMLElement} */ (yes.querySelector('.label')).textContent = category.value ? t('report-and-block') : t('block');
    });
    const dialog = open({
      title: isMessage ? t('talk-report-title') : t('block-title', { name }),
      kind: 'light small',
      content: [
        h('p', {}, isMessage ? t('talk-report-text', { name }) : t('block-text', { name })),
        h('div', { class: 'field' }, h('label', { for: 'report-category' }, isMessage ? t('report-question-what') : t('report-question')), category),
        more,
        h('div', { class: 'actions' }, button({ label: t('cancel'), onclick: () => dialog.close('') }), yes),
      ],
      onclose: (value) => resolve(value === 'yes'),
    });

    async function go() {
      yes.disabled = true;
      const report = { category: category.value, details: details.value.trim(), ...about };
      const done = await app.attempt(category.value ? app.rondo?.report(peer.user_id, report) : app.rondo?.block(peer.user_id));
      yes.disabled = false;
      if (!done) return;
      const words = category.value ? t('report-done', { name }) : t('block-done', { name });
      toast(words);
      announce(words);
      dialog.close('yes');
    }
  });
}
