/** What the dialogs about a friend and about a group have in common: the search in the conversation, and its notifications. */

import { button, h } from '../dom.js';
import { t } from '../i18n.js';

/** @param {() => void} onclick */
export function searchButton(onclick) {
  return h('div', { class: 'actions about-search' }, button({ icon: 'search', label: t('talk-search'), kind: 'subtle', dataset: { test: 'about-search' }, onclick }));
}

/** The notification setting of a conversation. @param {import('../app.js').App} app @param {import('../../people.js').Conversation} chat */
export function notifyChoice(app, chat) {
  const now = chat.state.channel?.notify;
  const option = (/** @type {'all' | 'mentions' | 'none'} */ value, /** @type {string} */ label) => new Option(label, value, false, value === now);
  const select = h(
    'select',
    {
      id: 'talk-notify',
      dataset: { test: 'talk-notify' },
      onchange: async () => {
        if (!(await app.attempt(chat.setNotify(select.value)))) select.value = chat.state.channel?.notify ?? 'all';
      },
    },
    option('all', t('talk-notify-all')),
    option('mentions', t('talk-notify-mentions')),
    option('none', t('talk-notify-none')),
  );
  return h('div', { class: 'field' }, h('label', { for: 'talk-notify' }, t('talk-notify')), select);
}
