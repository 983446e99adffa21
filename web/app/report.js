/** Block somebody, or report them as well: one dialog, from the call and from the history. */

import { announce } from './announce.js';
import { open } from './dialogs.js';
import { button, h } from './dom.js';

/** What moderators sort by. @type {[string, string][]} */
const CATEGORIES = [
  ['', 'Nothing to report: only block'],
  ['sexual', 'Sexual behaviour or nudity'],
  ['harassment', 'Insults or harassment'],
  ['hate', 'Hate'],
  ['violence', 'Threats or violence'],
  ['minor', 'Seems to be under age'],
  ['spam', 'Advertising or fraud'],
  ['other', 'Something else'],
];

/**
 * Ask what happened, and part the two for good.
 * @param {import('./app.js').App} app
 * @param {import('../rondo.js').Profile} peer
 * @param {string | null} [roomId] the room of the past that it is about
 * @returns {Promise<boolean>} whether they are parted
 */
export function part(app, peer, roomId = null) {
  const name = peer.display_name;
  return new Promise((resolve) => {
    const category = h('select', { id: 'report-category', dataset: { test: 'category' } }, ...CATEGORIES.map(([value, text]) => h('option', { value }, text)));
    const details = h('textarea', { id: 'report-details', rows: 3, maxlength: '2000', dataset: { test: 'details' } });
    const more = h('div', { class: 'field', hidden: true }, h('label', { for: 'report-details' }, 'What happened?'), details, h('p', { class: 'hint' }, 'A moderator reads this, and what was written in the room. The picture was not recorded.'));
    const yes = button({ label: 'Block', kind: 'danger', dataset: { test: 'confirm' }, onclick: () => void go() });
    category.addEventListener('change', () => {
      more.hidden = !category.value;
      /** @type {HTMLElement} */ (yes.querySelector('.label')).textContent = category.value ? 'Report and block' : 'Block';
    });
    const dialog = open({
      title: `Block ${name}?`,
      kind: 'light small',
      content: [
        h('p', {}, `You will never be paired with ${name} again, and neither of you sees the other any more. A room you share ends at once. ${name} is not told.`),
        h('div', { class: 'field' }, h('label', { for: 'report-category' }, 'Is there something to report?'), category),
        more,
        h('div', { class: 'actions' }, button({ label: 'Cancel', onclick: () => dialog.close('') }), yes),
      ],
      onclose: (value) => resolve(value === 'yes'),
    });

    async function go() {
      yes.disabled = true;
      const report = { category: category.value, details: details.value.trim(), room_id: roomId ?? undefined };
      const done = await app.attempt(category.value ? app.rondo?.report(peer.user_id, report) : app.rondo?.block(peer.user_id));
      yes.disabled = false;
      if (!done) return;
      announce(category.value ? `${name} is reported and blocked` : `${name} is blocked`);
      dialog.close('yes');
    }
  });
}
