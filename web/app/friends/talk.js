/** The view of a conversation: header, log, composer. */

import { announce } from '../announce.js';
import { button, dress, h, say } from '../dom.js';
import { t } from '../i18n.js';
import { refusal } from './refusal.js';
import { Composer } from './composer.js';
import { channelFace, titleOf } from './faces.js';
import { callFriend, showFriend } from './friend.js';
import { showGroup } from './group.js';
import { keep } from './keep.js';
import { Lines } from './line.js';
import { showMenu } from './menu.js';
import { TalkSearch } from './talk-search.js';
import { day, listed, said } from './words.js';

/**
 * @typedef {import('../../people.js').ChannelMessage} Message
 * @typedef {import('../../people.js').ShownMessage} Shown
 * @typedef {{key: string, look: string, make: () => HTMLElement}} Entry what stands in the log
 */

/** Closer than this to an end of the log, it follows what is new, or reads on. */
const NEAR_PX = 80;
const PAGE_PX = 240;
/** From this number of unread messages on, a conversation opens at the first of them. */
const MANY = 40;

export class Talk {
  #list = h('ol', { class: 'lines' });
  #earlier;
  #later;
  #log;
  #typing = h('p', { class: 'typing', role: 'status', dataset: { test: 'typing' } });
  #jump = button({ icon: 'down', label: t('talk-newest'), kind: 'jump', hidden: true, dataset: { test: 'newest' }, onclick: () => void this.#toNewest() });
  #closed = h('p', { class: 'talk-closed', role: 'status', hidden: true }, t('talk-closed'));
  #face = h('span');
  #name = h('h1', { dir: 'auto', tabindex: '-1' });
  #where = h('span', {}, '');
  #call;
  #composer;
  #lines;
  #search;
  #stops;
  #resizes;
  /** Whether the log shows its end, and follows what is new. */ #atEnd = true;
  #paging = false;
  /** Up to here all was read when we came; -1: not known yet. */ #readBefore = -1;
  /** Up to here we told that we have read. */ #told = 0;
  /** To be shown once it is here. */ #wanted;
  /** What came after we had come needs no mark that it is new. @type {number | undefined} */ #freshUpto;
  #faceLook = '';
  /** Up to here messages were said aloud, or stood here when we came. */ #heard = 0;

  /**
   * @param {import('../app.js').App} app
   * @param {import('../../people.js').People} people
   * @param {string} channelId
   * @param {number} [at] the message to begin with
   */
  constructor(app, people, channelId, at = 0) {
    this.app = app;
    this.people = people;
    this.channelId = channelId;
    this.chat = people.open(channelId);
    this.#wanted = at;
    this.#composer = new Composer(app, people, this.chat);
    this.#lines = new Lines(app, people, this.chat, { menu: (message) => showMenu(app, this, message), jump: (n) => void this.jump(n) });
    this.#earlier = h('div', { class: 'log-more', hidden: true }, button({ label: t('talk-earlier'), kind: 'subtle', onclick: () => void this.#page('older') }));
    this.#later = h('div', { class: 'log-more', hidden: true }, button({ label: t('talk-later'), kind: 'subtle', onclick: () => void this.#page('newer') }));
    this.#log = h('div', { class: 'log', role: 'log', 'aria-live': 'off', 'aria-label': t('chat-messages'), tabindex: '0', dataset: { test: 'talk' } }, this.#earlier, this.#list, this.#later);
    this.#log.addEventListener('scroll', () => this.#onScroll());
    this.#list.addEventListener('keydown', (/** @type {KeyboardEvent} */ event) => this.#onKey(event));
    this.#resizes = new ResizeObserver(() => (this.#follow(), this.#onScroll()));
    this.#resizes.observe(this.#log);
    this.#search = new TalkSearch(app, people, channelId, {
      jump: (n) => void this.jump(n),
      changed: () => (this.element.classList.toggle('searching', this.#search.coversLog), this.#confirm()),
      closed: () => (this.element.classList.remove('searching'), this.focus()),
    });
    const find = button({ icon: 'search', label: t('talk-search'), quiet: true, kind: 'ghost talk-find', dataset: { test: 'talk-find' }, onclick: () => this.#search.open() });
    const about = button({ icon: 'more', label: t('talk-about'), quiet: true, kind: 'ghost', dataset: { test: 'talk-about' }, onclick: () => this.#about() });
    this.#call = button({ icon: 'camera', label: t('friends-call'), quiet: true, kind: 'ghost', hidden: true, dataset: { test: 'talk-call' }, onclick: () => void this.#ring() });
    this.element = h(
      'section',
      { class: 'talk', 'aria-label': t('messages') },
      h(
        'header',
        { class: 'talk-bar' },
        h('a', { class: 'button ghost talk-back', href: '#messages', title: t('messages-back'), dataset: { test: 'talk-back' } }, this.#lines.icon('back'), h('span', { class: 'unseen' }, t('messages-back'))),
        this.#face,
        h('div', { class: 'talk-who', onclick: () => this.#about() }, this.#name, this.#where),
        find,
        this.#call,
        about,
      ),
      this.#search.element,
      h('div', { class: 'chat' }, this.#log, h('div', { class: 'chat-status' }, this.#typing, this.#jump), h('div', {}, this.#closed, this.#composer.element)),
    );
    this.#composer.acceptDrops(this.element);
    this.#stops = [this.chat.on('state', () => this.update()), people.on('state', () => this.update())];
    if (at) void app.attempt(this.chat.around(at));
    this.update();
  }

  get name() {
    const { channel } = this.chat.state;
    return channel ? titleOf(this.people, channel) : '';
  }

  get composer() {
    return this.#composer;
  }

  focus() {
    if (matchMedia('(pointer: fine)').matches && !this.#composer.element.hidden) this.#composer.focus();
    else this.#name.focus({ preventScroll: true });
  }

  leave() {
    for (const stop of this.#stops) stop();
    this.#resizes.disconnect();
    this.#search.leave();
    this.chat.close();
  }

  update() {
    const { state } = this.chat;
    if (state.error === 'not_found' || state.error === 'forbidden') return this.#gone();
    this.#head();
    const { channel } = state;
    if (channel && !state.loading && this.#readBefore < 0) this.#begin(channel);
    this.#closed.hidden = !channel || channel.writable;
    this.#composer.element.hidden = !channel?.writable;
    this.#composer.update();
    this.#earlier.hidden = !state.hasBefore;
    this.#later.hidden = !state.hasAfter;
    this.#draw();
    this.#tell();
    this.tick();
  }

  /** Announce new messages. The log is no live region: a line is replaced whenever its mark changes. */
  #tell() {
    const { messages, channel, loading } = this.chat.state;
    const last = messages.at(-1)?.n ?? 0;
    if (loading || this.#readBefore < 0) return;
    const me = this.app.state.me?.user_id ?? '';
    for (const message of this.#heard ? messages : []) {
      if (message.n <= this.#heard || message.hidden || !message.from || message.from === me) continue;
      announce(t('messages-by', { name: this.#lines.nameOf(message.from, channel), text: said(this.people, channel, message, me) }));
    }
    this.#heard = Math.max(this.#heard, last);
  }

  tick() {
    const { typing, channel } = this.chat.state;
    const first = typing[0];
    this.#typing.classList.toggle('on', !!first);
    say(this.#typing, first ? t('talk-typing', { count: typing.length, name: this.#lines.nameOf(first, channel) }) : '');
    this.#confirm();
  }

  /** Show a message; read what is around it if it is not here. @param {number} n */
  async jump(n) {
    this.#wanted = n;
    if (!this.#lineOf(n) && !(await this.app.attempt(this.chat.around(n)))) return;
    this.update();
  }

  /** @param {Shown} message */
  reply(message) {
    this.#composer.reply(message, this.#lines.nameOf(message.from, this.chat.state.channel));
  }

  /** @param {Shown} message */
  edit(message) {
    this.#composer.edit(message);
  }

  /** Choose where to begin, once the channel is known. @param {import('../../people.js').Channel} channel */
  #begin(channel) {
    this.#readBefore = channel.read_n;
    this.#told = channel.read_n;
    const { messages } = this.chat.state;
    if (this.#wanted || channel.unread < MANY || (messages[0]?.n ?? 0) <= channel.read_n + 1) return;
    this.#wanted = channel.read_n + 1;
    void this.app.attempt(this.chat.around(this.#wanted));
  }

  #head() {
    const { channel } = this.chat.state;
    if (!channel) return;
    const friend = channel.peer && this.people.friend(channel.peer.user_id);
    const look = JSON.stringify([channel.kind, channel.name, channel.peer, friend, channel.members.length]);
    if (look === this.#faceLook) return;
    this.#faceLook = look;
    this.#face.replaceChildren(channelFace(this.people, channel));
    say(this.#name, this.name);
    this.element.setAttribute('aria-label', channel.kind === 'group' ? (channel.name ?? '') : t('talk', { name: this.name }));
    say(this.#where, friend ? t('friends-presence', { presence: friend.presence }) : channel.kind === 'group' ? t('group-members', { count: channel.members.length }) : '');
    this.#call.hidden = !friend;
    this.#call.disabled = friend?.presence !== 'online';
    const words = t('friends-call-to', { name: this.name });
    dress(this.#call, 'camera', words);
    document.title = `${this.name} · Rondo`;
  }

  #draw() {
    const log = this.#log;
    const { scrollHeight, scrollTop } = log;
    const first = this.#list.querySelector('[data-n]');
    const firstN = Number(first?.dataset.n ?? 0);
    const before = first?.getBoundingClientRect().top ?? 0;
    keep(this.#list, this.#entries(), { key: ({ key }) => key, look: ({ look }) => look, make: ({ make }) => make() });
    this.#lines.rove(this.#list);
    const wanted = this.#wanted && this.#lineOf(this.#wanted);
    if (wanted) {
      this.#wanted = 0;
      this.#atEnd = false;
      wanted.scrollIntoView({ block: 'center' });
      wanted.classList.add('found-line');
      wanted.querySelector('button')?.focus({ preventScroll: true });
      setTimeout(() => wanted.classList.remove('found-line'), 4_000);
      return;
    }
    // Messages that are added above keep the scroll position.
    const same = firstN && this.#lineOf(firstN);
    if (!this.#atEnd && same && log.scrollHeight !== scrollHeight) log.scrollTop = scrollTop + same.getBoundingClientRect().top - before;
    this.#follow();
  }

  /** @returns {Entry[]} */
  #entries() {
    const { messages, unsent, hasBefore, hasAfter, loading, channel } = this.chat.state;
    const me = this.app.state.me?.user_id ?? '';
    /** @type {Entry[]} */
    const entries = [];
    const plain = (/** @type {string} */ key, /** @type {string} */ kind, /** @type {string} */ words) =>
      entries.push({ key, look: words, make: () => h('li', { class: kind }, words) });
    if (loading && !messages.length) plain('wait', 'first', t('friends-loading'));
    if (channel && !hasBefore && !loading) plain('first', 'first', channel.kind === 'group' ? t('talk-first-group', { name: channel.name ?? '' }) : t('talk-first', { name: this.name }));
    let today = '';
    let isFresh = false;
    /** @type {Message | null} */ let last = null;
    for (const message of messages) {
      const date = message.hidden ? today : day(message.sent_at, this.app.rondo?.now() ?? 0);
      if (date !== today) plain(`day ${date}`, 'day', (today = date));
      if (!isFresh && this.#readBefore >= 0 && message.n > this.#readBefore && !message.hidden && message.from !== me && message.kind !== 'notice') {
        isFresh = true;
        if (message.n <= (this.#freshUpto ??= channel?.last_n ?? 0)) plain('fresh', 'fresh-from', t('talk-new'));
      }
      entries.push(this.#lines.entry(message, last));
      last = message;
    }
    if (!hasAfter) for (const line of unsent) entries.push(this.#lines.unsentEntry(line));
    const seen = last && !last.hidden && channel?.kind === 'group' && last.from === me && !hasAfter && !unsent.length ? this.chat.seenBy(last.n) : [];
    if (seen.length) plain('seen', 'seen-by', t('talk-read-by', { names: listed(seen.map((id) => this.#lines.nameOf(id, channel))) }));
    return entries;
  }

  /** @param {number} n @returns {HTMLElement | null} */
  #lineOf(n) {
    return this.#list.querySelector(`[data-n="${n}"]`);
  }

  #follow() {
    if (this.#atEnd) this.#log.scrollTop = this.#log.scrollHeight;
  }

  #onScroll() {
    const { scrollTop, scrollHeight, clientHeight } = this.#log;
    const { hasBefore, hasAfter } = this.chat.state;
    this.#atEnd = !hasAfter && scrollHeight - scrollTop - clientHeight < NEAR_PX;
    if (scrollTop < PAGE_PX && hasBefore) void this.#page('older');
    if (hasAfter && scrollHeight - scrollTop - clientHeight < PAGE_PX) void this.#page('newer');
    this.#jump.hidden = this.#atEnd || (!hasAfter && scrollHeight - scrollTop - clientHeight < clientHeight);
    this.#confirm();
  }

  /** @param {'older' | 'newer'} way */
  async #page(way) {
    if (this.#paging || this.chat.state.loading) return;
    this.#paging = true;
    await this.app.attempt(this.chat[way]());
    this.#paging = false;
  }

  async #toNewest() {
    if (this.chat.state.hasAfter) await this.app.attempt(this.chat.latest());
    this.#atEnd = true;
    this.#follow();
    this.#jump.hidden = true;
  }

  /** Send the read mark: messages on the screen of a visible page, under no dialog. */
  #confirm() {
    const { messages, loading } = this.chat.state;
    if (loading || this.#readBefore < 0 || document.visibilityState !== 'visible' || this.#search.coversLog || document.querySelector('dialog[open]')) return;
    const end = this.#log.getBoundingClientRect().bottom + 4;
    if (!this.#log.clientHeight || messages.at(-1)?.n === this.#told) return;
    const read = messages.findLast(({ n }) => {
      if (n <= this.#told) return true;
      const line = this.#lineOf(n);
      return !!line && line.getBoundingClientRect().bottom <= end;
    });
    if (!read || read.n <= this.#told) return;
    this.#told = read.n;
    this.chat.read(read.n);
  }

  /** Up and down go from message to message. @param {KeyboardEvent} event */
  #onKey(event) {
    if (event.key !== 'ArrowUp' && event.key !== 'ArrowDown') return;
    const line = /** @type {HTMLElement} */ (event.target).closest('[data-n]');
    const all = [...this.#list.querySelectorAll('[data-n]')].filter((one) => one.querySelector('.line-more'));
    const next = line && all[all.indexOf(line) + (event.key === 'ArrowUp' ? -1 : 1)];
    if (!next) return;
    event.preventDefault();
    const more = /** @type {HTMLElement} */ (next.querySelector('.line-more'));
    this.#lines.rove(this.#list, more);
    more.focus({ preventScroll: true });
    next.scrollIntoView({ block: 'nearest' });
  }

  #about() {
    const { channel } = this.chat.state;
    const search = () => this.#search.open();
    if (channel?.kind === 'dm' && channel.peer && this.people.friend(channel.peer.user_id)) showFriend(this.app, this.people, channel.peer.user_id, { chat: this.chat, search });
    else if (channel) showGroup(this.app, this.people, channel.channel_id, search);
  }

  async #ring() {
    const { peer } = this.chat.state.channel ?? {};
    if (peer) await callFriend(this.app, this.people, peer);
  }

  #gone() {
    const words = this.chat.state.error === 'not_found' ? t('refusal-not-found') : refusal({ code: this.chat.state.error });
    announce(words);
    // Not while the page is still being told of this very change.
    queueMicrotask(() => location.hash.endsWith(this.channelId) && (location.hash = '#messages'));
  }
}
