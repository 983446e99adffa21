/** The menu of a message: reactions, reply, copy, edit, delete, report. */

import { announce } from '../announce.js';
import { confirm, open, toast } from '../dialogs.js';
import { button, h } from '../dom.js';
import { t } from '../i18n.js';
import { part } from '../report.js';
import { memberOf, nameFor } from './faces.js';
import { isYoung, said } from './words.js';

const QUICK = ['👍', '❤️', '😂', '😮', '😢', '🎉'];

/** @param {import('../app.js').App} app @param {import('./talk.js').Talk} talk @param {import('../../people.js').ShownMessage} message */
export function showMenu(app, talk, message) {
  const { chat, people } = talk;
  const { channel } = chat.state;
  if (!channel) return;
  const me = app.state.me?.user_id ?? '';
  const mine = message.from === me;
  const sender = memberOf(people, channel, message.from);
  const text = said(people, channel, message, me);
  const isEditable = mine && channel.writable && !!message.body && isYoung(app, message);
  const own = new Set(message.reactions.filter((one) => one.mine).map(({ emoji }) => emoji));
  const react = (/** @type {string} */ emoji) => (dialog.close(''), void app.attempt(chat.react(message.n, emoji, !own.has(emoji))));
  const choice = (/** @type {string} */ picture, /** @type {string} */ label, /** @type {string} */ test, /** @type {() => void} */ act) =>
    button({ icon: picture, label, dataset: { test }, onclick: () => (dialog.close(''), act()) });
  const other = h('input', { id: 'other-emoji', maxlength: '16', autocomplete: 'off', 'aria-label': t('talk-reaction-other'), placeholder: t('talk-reaction-other'), dataset: { test: 'other-emoji' } });
  const dialog = open({
    title: text,
    kind: 'light small sheet',
    content: [
      channel.writable && h('div', { class: 'emojis', role: 'group', 'aria-label': t('talk-react') }, ...QUICK.map((emoji) => h('button', { type: 'button', class: 'button', 'aria-label': t('talk-reaction', { emoji }), 'aria-pressed': String(own.has(emoji)), dataset: { test: 'react' }, onclick: () => react(emoji) }, emoji))),
      channel.writable && h('form', { class: 'emoji-field', onsubmit: (/** @type {Event} */ event) => (event.preventDefault(), other.value.trim() && react(other.value.trim())) }, other, h('button', { class: 'button subtle' }, t('talk-react'))),
      h(
        'div',
        { class: 'choices' },
        channel.writable && choice('reply', t('talk-reply'), 'reply', () => talk.reply(message)),
        message.body && choice('copy', t('talk-copy'), 'copy-text', () => void copy(text)),
        isEditable && choice('edit', t('talk-edit'), 'edit', () => talk.edit(message)),
        (mine || channel.owner_id === me) && choice('trash', t('talk-delete'), 'delete', () => void remove()),
        !mine && sender && !sender.deleted && choice('flag', t('talk-report'), 'report', () => void part(app, { ...sender, display_name: nameFor(people, sender) }, { channel_id: message.channel_id, n: message.n })),
        button({ icon: 'close', label: t('close'), dataset: { test: 'menu-close' }, onclick: () => dialog.close('') }),
      ),
    ].map((one) => one || null),
  });

  async function remove() {
    if (await confirm({ title: t('talk-delete-title'), text: t('talk-delete-text'), yes: t('talk-delete'), no: t('cancel') })) await app.attempt(chat.remove(message.n));
  }
}

/** @param {string} text */
async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    toast(t('talk-copied'));
    announce(t('talk-copied'));
  } catch {
    toast(t('refusal-other'), 'bad');
  }
}
