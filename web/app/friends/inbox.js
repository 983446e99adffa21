/** Conversations, the latest first, and the search in them. */

import { announce } from '../announce.js';
import { button, h, icon, say } from '../dom.js';
import { t } from '../i18n.js';
import { refusal } from './refusal.js';
import { channelFace, memberName, titleOf } from './faces.js';
import { keep } from './keep.js';
import { talkAddress } from './route.js';
import { said, stamp } from './words.js';

/** @typedef {import('../../people.js').Channel} Channel */

const SEARCH_AFTER_MS = 300;

export class Inbox {
  #rows = h('ul', { class: 'rows', dataset: { test: 'inbox' } });
  #empty;
  #more;
  #found = h('ul', { class: 'rows found', hidden: true, dataset: { test: 'found' } });
  #note = h('p', { class: 'muted', role: 'status', hidden: true });
  #field = h('input', { id: 'message-search', type: 'search', dir: 'auto', maxlength: '100', autocomplete: 'off', placeholder: t('messages-search'), dataset: { test: 'search' } });
  #timer = 0;
  /** Counts searches; an answer that was overtaken is not shown. */ #asked = 0;

  /**
   * @param {import('../app.js').App} app
   * @param {import('../../people.js').People} people
   * @param {(channelId: string, n: number) => void} jump
   * @param {() => void} makeGroup
   */
  constructor(app, people, jump, makeGroup) {
    this.app = app;
    this.people = people;
    this.jump = jump;
    this.#empty = h('div', { class: 'friends-empty', dataset: { test: 'no-messages' } }, icon('chat'), h('h2', {}, t('messages-none')), h('p', {}, t('messages-none-text')));
    this.#more = button({ label: t('friends-more'), kind: 'subtle', onclick: () => void app.attempt(people.moreChannels()) });
    this.#field.addEventListener('input', () => this.#searchSoon());
    this.#field.addEventListener('keydown', (/** @type {KeyboardEvent} */ event) => {
      if (event.key !== 'Escape' || !this.#field.value) return;
      event.preventDefault();
      this.#field.value = '';
      this.#searchSoon();
    });
    this.element = h(
      'div',
      { class: 'requests' },
      h('search', { class: 'searcher' }, icon('search'), h('label', { class: 'unseen', for: 'message-search' }, t('messages-search')), this.#field),
      this.#note,
      this.#found,
      this.#rows,
      this.#empty,
      this.#more,
      h('div', { class: 'actions' }, button({ icon: 'plus', label: t('group-new'), kind: 'subtle', dataset: { test: 'new-group' }, onclick: makeGroup })),
    );
  }

  leave() {
    clearTimeout(this.#timer);
    this.#asked = -1;
  }

  /** @param {string | null} current the conversation that is open */
  update(current) {
    const { channels, ready, hasMoreChannels } = this.people.state;
    const isSearch = !!this.#field.value.trim();
    this.#rows.hidden = isSearch || !channels.length;
    this.#empty.hidden = isSearch || !ready || !!channels.length;
    this.#more.hidden = isSearch || !hasMoreChannels;
    const now = this.app.rondo?.now() ?? 0;
    keep(this.#rows, channels, {
      key: ({ channel_id }) => channel_id,
      look: (channel) => JSON.stringify([channel, channel.peer && this.people.friend(channel.peer.user_id), channel.channel_id === current, stamp(channel.last_at, now)]),
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
          h('span', { class: 'row-text', dir: 'auto' }, last ? this.#preview(channel, last) : ''),
          notify === 'none' && h('span', {}, icon('bell-off'), h('span', { class: 'unseen' }, t('messages-muted'))),
          !!mentions && h('span', { class: 'count-dot' }, '@', h('span', { class: 'unseen' }, t('messages-mentioned'))),
          !!unread && h('span', { class: notify === 'none' ? 'count-dot quiet' : 'count-dot', dataset: { test: 'unread' } }, h('span', { 'aria-hidden': 'true' }, unread > 99 ? '99+' : String(unread)), h('span', { class: 'unseen' }, t('messages-unread', { count: unread }))),
        ),
      ),
    );
  }

  /** @param {Channel} channel @param {import('../../people.js').ChannelMessage} last */
  #preview(channel, last) {
    const me = this.app.state.me?.user_id ?? '';
    const text = said(this.people, channel, last, me);
    if (last.hidden || last.kind !== 'text' || last.deleted_at) return text;
    if (last.from === me) return t('messages-you', { text });
    return channel.kind === 'group' ? t('messages-by', { name: memberName(this.people, channel, last.from), text }) : text;
  }

  #searchSoon() {
    clearTimeout(this.#timer);
    const q = this.#field.value.trim();
    this.#asked += 1;
    this.#found.hidden = this.#note.hidden = !q;
    this.#found.replaceChildren();
    say(this.#note, '');
    this.update(null);
    if (q) this.#timer = setTimeout(() => void this.#search(q), SEARCH_AFTER_MS);
  }

  /** @param {string} q */
  async #search(q) {
    const asked = this.#asked;
    try {
      const { messages } = await this.people.search(q);
      if (asked !== this.#asked) return;
      this.#found.replaceChildren(...messages.map((message) => this.#match(/** @type {import('../../people.js').ShownMessage} */ (message))));
      say(this.#note, t('messages-found', { count: messages.length }));
      announce(t('messages-found', { count: messages.length }));
    } catch (error) {
      if (asked === this.#asked) say(this.#note, /** @type {any} */ (error).code === 'invalid' ? t('messages-search-short') : refusal(error));
    }
  }

  /** @param {import('../../people.js').ShownMessage} message */
  #match(message) {
    const channel = this.people.state.channels.find(({ channel_id }) => channel_id === message.channel_id);
    const me = this.app.state.me?.user_id ?? '';
    const text = said(this.people, channel ?? null, message, me);
    return h(
      'li',
      { class: 'row' },
      channel && channelFace(this.people, channel),
      h(
        'div',
        { class: 'row-about' },
        h(
          'div',
          { class: 'row-name' },
          h('button', { type: 'button', class: 'row-link', onclick: () => this.jump(message.channel_id, message.n) }, h('strong', { dir: 'auto' }, channel ? titleOf(this.people, channel) : memberName(this.people, null, message.from))),
          h('time', {}, stamp(message.sent_at, this.app.rondo?.now() ?? 0)),
        ),
        h('span', { class: 'row-text', dir: 'auto' }, message.from === me ? t('messages-you', { text }) : text),
      ),
    );
  }
}
