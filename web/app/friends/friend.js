/** The dialog of one friend: profile, nickname and note, call, message, unfriend, block. */

import { announce } from '../announce.js';
import { confirm, open, toast } from '../dialogs.js';
import { button, chips, h } from '../dom.js';
import { locale, t } from '../i18n.js';
import { form } from '../own.js';
import { part } from '../report.js';
import { face, nameFor } from './faces.js';
import { notifyChoice, searchButton } from './about.js';

/** @typedef {import('../../people.js').People} People */

/** Ring a friend; camera first, as before every call. @param {import('../app.js').App} app @param {People} people @param {{user_id: string, display_name: string}} friend */
export async function callFriend(app, people, friend) {
  await app.media.open();
  const done = await app.attempt(
    people.call(friend.user_id).catch((error) => {
      if (error.code !== 'target_unavailable') throw error;
      const words = t('refusal-call', { name: nameFor(people, friend) });
      toast(words, 'bad');
      announce(words, 'urgent');
    }),
  );
  if (!done || !app.state.invite) app.media.close();
}

/** @param {import('../app.js').App} app @param {People} people @param {string} userId @param {{chat: import('../../people.js').Conversation, search: () => void}} [from] the conversation that it was opened from */
export function showFriend(app, people, userId, from) {
  const friend = people.friend(userId);
  if (!friend) return;
  const name = nameFor(people, friend);
  const input = (/** @type {string} */ id, /** @type {string} */ label, /** @type {string} */ value, /** @type {string} */ max) => h('input', { id, dir: 'auto', 'aria-label': label, value, maxlength: max, autocomplete: 'off', dataset: { test: id } });
  const nickname = input('friend-nickname', t('friends-nickname'), friend.nickname, '40');
  const note = input('friend-note', t('friends-note'), friend.note, '500');
  const away = () => dialog.close('');
  const dialog = open({
    title: name,
    kind: 'light list friend-dialog',
    content: [
      h(
        'div',
        { class: 'friend-head' },
        face(people, friend, 'large'),
        nickname.value && h('p', { class: 'muted', dir: 'auto' }, friend.display_name),
        h('p', { class: 'muted' }, t('friends-presence', { presence: friend.presence })),
        friend.status_text && h('p', { dir: 'auto' }, friend.status_text),
        friend.bio && h('p', { dir: 'auto', class: 'muted' }, friend.bio),
        chips(friend.interests, app.state.me?.interests),
        h('p', { class: 'hint' }, t('friends-since', { date: new Intl.DateTimeFormat(locale(), { dateStyle: 'long' }).format(friend.since_at) })),
      ),
      h(
        'div',
        { class: 'actions friend-actions' },
        button({ icon: 'chat', label: t('friends-write'), kind: 'primary', dataset: { test: 'friend-write' }, onclick: () => (away(), void app.pages.openTalk(userId)) }),
        button({ icon: 'camera', label: t('friends-call'), disabled: friend.presence !== 'online', dataset: { test: 'friend-call' }, onclick: () => (away(), void callFriend(app, people, friend)) }),
      ),
      form({
        label: t('friends-save'),
        test: 'save-friend',
        kind: 'subtle',
        fields: [nickname, note],
        send: async () => {
          await people.annotate(userId, { nickname: nickname.value.trim(), note: note.value.trim() });
          return t('friends-saved');
        },
      }),
      h('p', { class: 'hint' }, t('friends-private')),
      from && searchButton(() => (away(), from.search())),
      from && notifyChoice(app, from.chat),
      h(
        'div',
        { class: 'actions friend-ends' },
        button({ label: t('friends-end'), kind: 'ghost quiet-danger', dataset: { test: 'unfriend' }, onclick: () => void end() }),
        button({ label: t('block-or-report', { name }), kind: 'ghost quiet-danger', dataset: { test: 'block-friend' }, onclick: async () => (await part(app, friend)) && away() }),
      ),
    ].map((one) => one || null),
  });

  async function end() {
    if (!(await confirm({ title: t('friends-end-title', { name }), text: t('friends-end-text', { name }), yes: t('friends-end'), no: t('cancel') }))) return;
    if (!(await app.attempt(people.unfriend(userId)))) return;
    away();
    const words = t('friends-ended', { name });
    toast(words);
    announce(words);
  }
}
