/** Conversations, the latest first, and the search in all of them. */

import { button, h, icon } from '../dom.js';
import { rich, t } from '../i18n.js';
import { channelFace, memberName, titleOf } from './faces.js';
import { keep } from './keep.js';
import { talkAddress } from './route.js';
import { Search } from './search.js';
import { said, stamp } from './words.js';

/** @typedef {import('../../people.js').Channel} Channel */

export class Inbox {
  #rows = h('ul', { class: 'rows', dataset: { test: 'inbox' } });
  #empty;
  #more;
  #group;
  #search;
  /** The conversation that is open. @type {string | null} */ #current = null;

  /**
   * @param {import('../app.js').App} app
   * @param {import('../../people.js').People} people
   * @param {(channelId: string, n: number) => void} jump
   * @param {() => void} makeGroup
   */
  constructor(app, people, jump, makeGroup) {
    this.app = app;
    this.people = people;
    this.#search = new Search(app, people, { jump, changed: () => this.update(this.#current) });
    this.#empty = h('div', { class: 'friends-empty', dataset: { test: 'no-messages' } }, icon('chat'), h('h2', {}, t('messages-none')), h('p', {}, t('messages-none-text')), h('a', { class: 'button subtle', href: '#friends' }, icon('people'), t('notice-open-friends')));
    this.#more = button({ label: t('friends-more'), kind: 'subtle', onclick: () => void app.attempt(people.moreChannels()) });
    this.#group = h('div', { class: 'actions' }, button({ icon: 'plus', label: t('group-new'), kind: 'subtle', dataset: { test: 'new-group' }, onclick: makeGroup }));
    this.element = h('div', { class: 'requests' }, this.#search.field, ...this.#search.parts, this.#rows, this.#empty, this.#more, this.#group);
  }

  leave() {
    this.#search.leave();
  }

  /** @param {string | null} current the conversation that is open */
  update(current) {
    this.#current = current;
    const { channels, friends, ready, hasMoreChannels } = this.people.state;
    const isSearch = this.#search.isOpen;
    this.#search.field.hidden = !isSearch && !channels.length;
    this.#rows.hidden = isSearch || !channels.length;
    this.#empty.hidden = isSearch || !ready || !!channels.length;
    this.#more.hidden = isSearch || !hasMoreChannels;
    this.#group.hidden = isSearch || !friends.length;
    const now = this.app.rondo?.now() ?? 0;
    keep(this.#rows, channels, {
      key: ({ channel_id }) => channel_id,
      look: (channel) => JSON.stringify([channel, channel.last_message && [said(this.people, channel, channel.last_message, ''), this.#writer(channel, channel.last_message)], channel.peer && this.people.friend(channel.peer.user_id), channel.channel_id === current, stamp(channel.last_at, now)]),
      make: (channel) => this.#row(channel, channel.channel_id === current, now),
    });
  }

  /** @param {Channel} channel @param {boolean} isCurrent @param {number} now */
  #row(channel, isCurrent, now) {
    const { unread, mentions, last_message: last, notify } = channel;
    const name = titleOf(this.people, channel);
    return h(
      'li',
      { class: unread ? 'row has-unread' : 'row', dataset: { test: 'channel' } },
      channelFace(this.people, channel),
      h(
        'div',
        { class: 'row-about' },
        h('div', { class: 'row-name' }, h('a', { class: 'row-link', href: talkAddress(channel.channel_id), 'aria-current': isCurrent && 'true' }, h('strong', { dir: 'auto' }, name)), h('time', { datetime: new Date(channel.last_at).toISOString() }, stamp(channel.last_at, now))),
        h(
          'div',
          { class: 'row-foot' },
          h('span', { class: 'row-text' }, ...(last ? this.#preview(channel, last) : [])),
          notify === 'none' && h('span', {}, icon('bell-off'), h('span', { class: 'unseen' }, t('messages-muted'))),
          !!mentions && h('span', { class: 'count-dot' }, '@', h('span', { class: 'unseen' }, t('messages-mentioned'))),
          !!unread && h('span', { class: notify === 'none' ? 'count-dot quiet' : 'count-dot', dataset: { test: 'unread' } }, h('span', { 'aria-hidden': 'true' }, this.#count(unread)), h('span', { class: 'unseen' }, t('messages-unread', { count: unread }))),
        ),
      ),
    );
  }

  /** The server counts up to a limit. @param {number} unread */
  #count(unread) {
    const most = this.people.state.limits.unread_max;
    return unread < most ? String(unread) : `${most - 1}+`;
  }

  /** @param {Channel} channel @param {import('../../people.js').ChannelMessage} last */
  #writer(channel, last) {
    return last.hidden || !last.from ? '' : memberName(this.people, channel, last.from);
  }

  /** What a user wrote is an element of its own: its direction decides at which end it is cut. @param {Channel} channel @param {import('../../people.js').ChannelMessage} last */
  #preview(channel, last) {
    const me = this.app.state.me?.user_id ?? '';
    const words = said(this.people, channel, last, me);
    if (last.hidden || last.kind !== 'text' || last.deleted_at) return [h('span', {}, words)];
    const text = h('span', { dir: 'auto' }, words);
    if (last.from === me) return rich('messages-you', { text });
    return channel.kind === 'group' ? rich('messages-by', { name: h('span', { class: 'by', dir: 'auto' }, this.#writer(channel, last)), text }) : [text];
  }
}
