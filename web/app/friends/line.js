/** Messages as lines of a conversation. */

import { button, h, icon } from '../dom.js';
import { t } from '../i18n.js';
import { refusal } from './refusal.js';
import { memberName } from './faces.js';
import { fileOf, waitingFile } from './file.js';
import { callWords, mentionsNamed, noticeWords, said, time } from './words.js';

/**
 * @typedef {import('../../people.js').Channel} Channel
 * @typedef {import('../../people.js').ChannelMessage} Message
 * @typedef {import('../../people.js').ShownMessage} Shown
 * @typedef {import('./talk.js').Entry} Entry
 */

/** A link, or a mention. */
const MARKED = /(https?:\/\/[^\s<>"]+[^\s<>".,;:!?)'])|<@([0-9a-f-]{36})>/g;

/** Messages never change; what changed is another object. @type {WeakMap<Message, string>} */
const written = new WeakMap();

/** @param {Message | null} message */
function lookOf(message) {
  if (!message) return '';
  const look = written.get(message) ?? JSON.stringify(message);
  written.set(message, look);
  return look;
}

export class Lines {
  /**
   * @param {import('../app.js').App} app
   * @param {import('../../people.js').People} people
   * @param {import('../../people.js').Conversation} chat
   * @param {{menu: (message: Shown) => void, jump: (n: number) => void}} acts
   */
  constructor(app, people, chat, { menu, jump }) {
    this.app = app;
    this.people = people;
    this.chat = chat;
    this.menu = menu;
    this.jump = jump;
  }

  icon = icon;

  /** @param {string | null | undefined} userId @param {Channel | null} channel */
  nameOf(userId, channel) {
    if (userId === this.app.state.me?.user_id) return t('you');
    return memberName(this.people, channel, userId);
  }

  /** Make one button of the log the tab stop (roving tabindex); arrow keys move it. @param {HTMLElement} list @param {HTMLElement | null} [to] the last one by default */
  rove(list, to = null) {
    const all = /** @type {HTMLElement[]} */ ([...list.querySelectorAll('.line-more')]);
    const one = to ?? all.find((other) => other === document.activeElement) ?? all.at(-1);
    for (const other of all) other.tabIndex = other === one ? 0 : -1;
  }

  /** @param {Message} message @param {Message | null} before @returns {Entry} */
  entry(message, before) {
    const { channel } = this.chat.state;
    const me = this.app.state.me?.user_id ?? '';
    const mine = !message.hidden && message.from === me;
    const key = mine && message.client_id ? `mine ${message.client_id}` : `n ${message.n}`;
    if (message.hidden || message.kind === 'notice') {
      const words = message.hidden ? t('messages-hidden') : noticeWords(this.people, channel, message.details ?? {}, me);
      return { key, look: words, make: () => h('li', { class: 'notice-line', dataset: { n: message.n } }, words) };
    }
    const named = channel?.kind === 'group' && !mine && (!before || before.hidden || before.from !== message.from || before.kind === 'notice');
    const replied = message.reply_to ? (this.chat.state.messages.find(({ n }) => n === message.reply_to) ?? null) : null;
    // After the end of a friendship, marks are not told any more.
    const mark = mine && message.kind === 'text' && !message.deleted_at && channel?.writable ? this.#mark(message.n) : '';
    return {
      key,
      look: [lookOf(message), named, mark, lookOf(replied), ...this.#names(message, channel), ...this.#names(replied, channel), channel?.writable].join(),
      make: () => this.#line(message, { mine, named: !!named, replied, mark, channel }),
    };
  }

  /** Who wrote a message, and what it says with the names of those it mentions. @param {Message | null} message @param {Channel | null} channel */
  #names(message, channel) {
    return message && !message.hidden ? [this.nameOf(message.from, channel), mentionsNamed(this.people, channel, message.body)] : [];
  }

  /** @param {number} n @returns {'read' | 'delivered' | 'sent'} */
  #mark(n) {
    const others = Math.max(1, this.chat.recipients(n).length);
    if (this.chat.seenBy(n).length >= others) return 'read';
    return this.chat.deliveredTo(n).length >= others ? 'delivered' : 'sent';
  }

  /** @param {Shown} message @param {{mine: boolean, named: boolean, replied: Message | null, mark: string, channel: Channel | null}} how */
  #line(message, { mine, named, replied, mark, channel }) {
    const name = this.nameOf(message.from, channel);
    const isText = message.kind === 'text';
    const { body } = message;
    const marks = /** @type {Record<string, [string, string]>} */ ({ read: ['checks', t('chat-read')], delivered: ['checks', t('chat-delivered')], sent: ['check', t('chat-sent')] });
    const shown = mark && marks[mark];
    return h(
      'li',
      { class: `line ${mine ? 'mine' : 'theirs'}`, dataset: { n: message.n, ...(mark && { state: mark }) } },
      named ? h('strong', { class: 'line-from', dir: 'auto' }, name) : h('span', { class: 'unseen' }, `${name}: `),
      message.reply_to && this.#quote(message.reply_to, replied, channel),
      message.deleted_at
        ? h('p', { class: 'gone' }, t('messages-deleted'))
        : !isText
          ? h('p', { class: 'call-line' }, icon('camera'), callWords(message.details ?? {}))
          : body && h('p', { dir: 'auto' }, ...this.#body(body, channel)),
      !message.deleted_at && !!message.attachments.length && h('div', { class: 'pictures' }, ...message.attachments.map((file) => fileOf(this.app, this.people, file))),
      !!message.reactions.length && this.#reactions(message),
      h(
        'span',
        { class: 'line-foot' },
        message.edited_at && !message.deleted_at && h('span', {}, t('talk-edited')),
        h('time', { datetime: new Date(message.sent_at).toISOString() }, time(message.sent_at)),
        shown && h('span', { class: 'mark', title: shown[1] }, icon(shown[0]), h('span', { class: 'label unseen' }, shown[1])),
        isText && !message.deleted_at && this.#more(message, channel),
      ),
    );
  }

  /** @param {Shown} message @param {Channel | null} channel */
  #more(message, channel) {
    const words = t('talk-menu', { text: said(this.people, channel, message, this.app.state.me?.user_id ?? '').slice(0, 80) });
    return h('button', { type: 'button', class: 'line-more', title: words, tabindex: '-1', 'aria-haspopup': 'dialog', dataset: { test: 'line-more' }, onclick: () => this.menu(message) }, icon('more'), h('span', { class: 'unseen' }, words));
  }

  /** @param {number} n @param {Message | null} replied @param {Channel | null} channel */
  #quote(n, replied, channel) {
    const me = this.app.state.me?.user_id ?? '';
    return h(
      'button',
      { type: 'button', class: 'quote', dataset: { test: 'quote' }, onclick: () => this.jump(n) },
      replied && !replied.hidden ? h('strong', { class: 'by', dir: 'auto' }, `${this.nameOf(replied.from, channel)} `) : null,
      h('span', { dir: 'auto' }, replied ? said(this.people, channel, replied, me) : t('talk-quote-gone')),
    );
  }

  /** @param {Shown} message */
  #reactions({ n, reactions }) {
    return h(
      'ul',
      { class: 'reactions' },
      ...reactions.map(({ emoji, count, mine }) =>
        h('li', {}, h('button', { type: 'button', class: 'reaction', 'aria-pressed': String(mine), 'aria-label': mine ? t('talk-reactions-mine', { emoji, count }) : t('talk-reactions', { emoji, count }), disabled: !this.chat.state.channel?.writable, dataset: { test: 'reaction' }, onclick: () => void this.app.attempt(this.chat.react(n, emoji, !mine)) }, emoji, ' ', String(count))),
      ),
    );
  }

  /** @param {string} body @param {Channel | null} channel @returns {(string | Node)[]} */
  #body(body, channel) {
    /** @type {(string | Node)[]} */
    const parts = [];
    let end = 0;
    for (const found of body.matchAll(MARKED)) {
      parts.push(body.slice(end, found.index));
      parts.push(found[1] ? h('a', { href: found[1], target: '_blank', rel: 'noreferrer', dir: 'ltr' }, found[1]) : h('bdi', { class: 'mention' }, mentionsNamed(this.people, channel, found[0])));
      end = found.index + found[0].length;
    }
    return [...parts, body.slice(end)];
  }

  /** @param {import('../../people.js').UnsentMessage} line @returns {Entry} */
  unsentEntry(line) {
    const { client_id, body, files, failed } = line;
    const { channel } = this.chat.state;
    return {
      key: `mine ${client_id}`,
      look: JSON.stringify([body, failed, files.map(({ name, progress, attachment_id }) => [name, Math.round(progress * 100), attachment_id])]),
      make: () =>
        h(
          'li',
          { class: 'line mine', dataset: { state: failed ? 'failed' : 'waiting' } },
          h('span', { class: 'unseen' }, `${t('you')}: `),
          body && h('p', { dir: 'auto' }, ...this.#body(body, channel)),
          files.length ? h('div', { class: 'pictures' }, ...files.map((file) => waitingFile(file, failed))) : null,
          failed
            ? h(
              'span',
              { class: 'line-foot' },
              h('button', { type: 'button', class: 'line-again', dataset: { test: 'again' }, onclick: () => this.chat.sendAgain(client_id) }, t('talk-retry', { why: failed === 'not_found' && files.length ? t('file-off') : refusal({ code: failed }) })),
              button({ icon: 'close', label: t('talk-drop'), quiet: true, kind: 'line-more', onclick: () => this.chat.discard(client_id) }),
            )
            : h('span', { class: 'line-foot' }, h('span', { class: 'mark', title: t('chat-sending') }, icon('waiting'), h('span', { class: 'label unseen' }, t('chat-sending')))),
        ),
    };
  }
}
