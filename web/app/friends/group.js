/** Dialogs of groups: create, members, rename, leave. */

import { announce } from '../announce.js';
import { confirm, open, toast } from '../dialogs.js';
import { button, h, nameOf } from '../dom.js';
import { t } from '../i18n.js';
import { form } from '../own.js';
import { face, nameFor } from './faces.js';
import { notifyChoice, searchButton } from './about.js';
import { talkAddress } from './route.js';
import { ahead } from './words.js';

/** @typedef {import('../../people.js').People} People */

/** @param {string} value */
function nameField(value = '') {
  return h('input', { id: 'group-name', dir: 'auto', 'aria-label': t('group-name'), required: true, maxlength: '60', autocomplete: 'off', value, dataset: { test: 'group-name' } });
}

/** @param {import('../app.js').App} app @param {People} people */
export function newGroup(app, people) {
  const name = nameField();
  /** @type {Set<string>} */
  const chosen = new Set();
  const choice = (/** @type {import('../../people.js').Friend} */ friend) => {
    const box = h('input', {
      type: 'checkbox',
      dataset: { test: 'group-friend' },
      onchange: () => {
        chosen[box.checked ? 'add' : 'delete'](friend.user_id);
        if (chosen.size < max) return;
        box.checked = false;
        chosen.delete(friend.user_id);
        toast(t('group-full', { max }), 'bad');
      },
    });
    return h('label', { class: 'check' }, box, face(people, friend, 'small'), nameOf(nameFor(people, friend)));
  };
  const { friends } = people.state;
  const max = people.state.limits.group_members_max;
  const make = form({
    label: t('group-create'),
    test: 'group-create',
    fields: [name],
    send: async () => {
      const chat = await people.createGroup(name.value.trim(), [...chosen]);
      dialog.close('');
      location.hash = talkAddress(chat.channelId);
      chat.close();
      return '';
    },
  });
  const who = h('fieldset', { class: 'field' }, h('legend', {}, t('group-who')), h('div', { class: 'picker' }, ...friends.map(choice)), h('p', { class: 'hint' }, friends.length ? t('group-who-hint', { max }) : t('group-no-friends')));
  make.insertBefore(who, make.querySelector('.problem'));
  const dialog = open({ title: t('group-new'), kind: 'light list', content: [make] });
  name.focus();
}

/** Who is in a group, and what can be done about it. @param {import('../app.js').App} app @param {People} people @param {string} channelId @param {() => void} search */
export function showGroup(app, people, channelId, search) {
  const chat = people.open(channelId);
  const me = app.state.me?.user_id ?? '';
  const content = h('div', { class: 'requests' });
  const first = chat.state.channel;
  const stop = chat.on('state', ({ channel }, before) => channel !== before.channel && show());
  const dialog = open({
    title: t('group-about', { name: first?.name ?? first?.peer?.display_name ?? '' }),
    kind: 'light list',
    content: [content],
    onclose: () => {
      stop();
      chat.close();
    },
  });
  show();

  function show() {
    const { channel } = chat.state;
    if (!channel) return dialog.close('');
    const isOwner = channel.owner_id === me;
    const hadFocus = content.contains(document.activeElement);
    content.replaceChildren(
      ...[
        isOwner && rename(channel.name ?? ''),
        channel.kind === 'group' && h('h3', {}, t('group-members', { count: channel.members.length })),
        channel.kind === 'group' && h('ul', { class: 'members', dataset: { test: 'members' } }, ...channel.members.map((member) => row(member, channel.owner_id, isOwner))),
        channel.kind === 'group' && channel.writable && add(channel),
        searchButton(() => (dialog.close(''), search())),
        notifyChoice(app, chat),
        channel.kind === 'group' && h('div', { class: 'actions friend-ends' }, button({ icon: 'out', label: t('group-leave'), kind: 'ghost quiet-danger', dataset: { test: 'group-leave' }, onclick: () => void leave(channel.name ?? '') })),
      ].filter((part) => !!part),
    );
    if (hadFocus && !content.contains(document.activeElement)) /** @type {HTMLElement | null} */ (content.querySelector('button'))?.focus();
  }

  /** @param {string} now */
  function rename(now) {
    const name = nameField(now);
    return form({
      label: t('group-rename'),
      test: 'group-rename',
      kind: 'subtle',
      fields: [name],
      send: async () => {
        await chat.rename(name.value.trim());
        return t('friends-saved');
      },
    });
  }

  /** @param {import('../../people.js').Channel['members'][number]} member @param {string | null} owner @param {boolean} isOwner */
  function row(member, owner, isOwner) {
    const name = nameFor(people, member);
    return h(
      'li',
      { class: 'row' },
      face(people, member),
      h('div', { class: 'row-about' }, h('strong', { dir: 'auto' }, member.user_id === me ? t('group-you', { name }) : name), member.user_id === owner && h('span', { class: 'row-text' }, t('group-owner'))),
      isOwner && member.user_id !== me && button({ icon: 'close', label: t('group-remove', { name }), quiet: true, kind: 'ghost', dataset: { test: 'group-remove' }, onclick: () => void remove(member.user_id, name) }),
    );
  }

  /** @param {import('../../people.js').Channel} channel */
  function add({ members }) {
    const inside = new Set(members.map(({ user_id }) => user_id));
    const others = people.state.friends.filter(({ user_id }) => !inside.has(user_id));
    if (!others.length || members.length >= people.state.limits.group_members_max) return null;
    const select = h('select', { id: 'group-add', dataset: { test: 'group-add' } }, ...others.map((friend) => new Option(nameFor(people, friend), friend.user_id)));
    const yes = async () => {
      const chosen = others.find(({ user_id }) => user_id === select.value);
      await app.attempt(chat.addMember(select.value).catch((error) => {
        if (error.code !== 'conflict') throw error;
        const until = /** @type {number | undefined} */ (error.details.until_at);
        const words = t('group-not-yet', { name: nameFor(people, chosen), when: ahead((until ?? 0) - (app.rondo?.now() ?? 0)) });
        toast(words, 'bad');
        announce(words, 'urgent');
      }));
    };
    return h('div', { class: 'field' }, h('label', { for: 'group-add' }, t('group-add')), h('div', { class: 'rename' }, select, button({ label: t('group-add-yes'), kind: 'subtle', dataset: { test: 'group-add-yes' }, onclick: () => void yes() })));
  }

  /** @param {string} userId @param {string} name */
  async function remove(userId, name) {
    if (await confirm({ title: t('group-remove-title', { name }), text: t('group-remove-text', { name }), yes: t('group-remove', { name }), no: t('cancel') })) await app.attempt(chat.removeMember(userId));
  }

  /** @param {string} name */
  async function leave(name) {
    if (!(await confirm({ title: t('group-leave-title', { name }), text: t('group-leave-text'), yes: t('group-leave') }))) return;
    if (!(await app.attempt(chat.leave()))) return;
    dialog.close('');
    location.hash = '#messages';
  }
}
