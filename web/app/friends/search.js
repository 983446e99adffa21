/** The search in all conversations, or in one: a field, and what was found. */

import { announce } from '../announce.js';
import { button, h, icon, say } from '../dom.js';
import { t } from '../i18n.js';
import { channelFace, memberName, titleOf } from './faces.js';
import { refusal } from './refusal.js';
import { said, stamp } from './words.js';

/**
 * @typedef {import('../../people.js').ShownMessage} Message
 * @typedef {import('../../people.js').Channel} Channel
 */

const SEARCH_AFTER_MS = 300;
/** So much of a message stands before the first word that was found. */
const BEFORE = 30;

export class Search {
  #found;
  #note = h('p', { class: 'muted', role: 'status', hidden: true });
  #field;
  #more;
  #timer = 0;
  /** Counts searches; an answer that was overtaken is not shown. */ #asked = 0;
  /** @type {string | null} */ #cursor = null;
  /** Conversations of matches that are further down in the inbox. @type {Map<string, Channel>} */ #far = new Map();

  /**
   * @param {import('../app.js').App} app
   * @param {import('../../people.js').People} people
   * @param {{jump: (channelId: string, n: number) => void, changed: () => void, channelId?: string}} options `channelId`: look in this conversation alone
   */
  constructor(app, people, { jump, changed, channelId }) {
    this.app = app;
    this.people = people;
    this.jump = jump;
    this.changed = changed;
    this.channelId = channelId;
    const words = channelId ? t('talk-search') : t('messages-search');
    this.#found = h('ul', { class: 'rows found', hidden: true, dataset: { test: channelId ? 'talk-found' : 'found' } });
    const id = channelId ? 'talk-search' : 'message-search';
    this.#field = h('input', { id, type: 'search', dir: 'auto', maxlength: '100', autocomplete: 'off', enterkeyhint: 'search', placeholder: words, dataset: { test: channelId ? 'talk-search-field' : 'search' } });
    this.#more = button({ label: t('friends-more'), kind: 'subtle', hidden: true, dataset: { test: 'found-more' }, onclick: () => void this.#search(this.#words) });
    this.#field.addEventListener('input', () => this.#soon());
    this.#field.addEventListener('keydown', (/** @type {KeyboardEvent} */ event) => {
      if (event.key !== 'Escape' || !this.#field.value) return;
      event.preventDefault();
      this.clear();
    });
    this.field = h('search', { class: 'searcher' }, icon('search'), h('label', { class: 'unseen', for: id }, words), this.#field);
    this.parts = [this.#note, this.#found, this.#more];
  }

  get isOpen() {
    return !!this.#words;
  }

  get #words() {
    return this.#field.value.trim();
  }

  focus() {
    this.#field.focus();
  }

  clear() {
    this.#field.value = '';
    this.#soon();
  }

  leave() {
    clearTimeout(this.#timer);
    this.#asked = -1;
  }

  #soon() {
    clearTimeout(this.#timer);
    const q = this.#words;
    this.#asked += 1;
    this.#cursor = null;
    this.#found.hidden = this.#note.hidden = !q;
    this.#more.hidden = true;
    this.#found.replaceChildren();
    say(this.#note, '');
    this.changed();
    if (q) this.#timer = setTimeout(() => void this.#search(q), SEARCH_AFTER_MS);
  }

  /** Show the newest that match, or those after the ones that stand here. @param {string} q */
  async #search(q) {
    const asked = this.#asked;
    try {
      const { messages, cursor } = await this.people.search(q, { ...(this.channelId && { channel_id: this.channelId }), ...(this.#cursor && { cursor: this.#cursor }) });
      await this.#readNames(/** @type {Message[]} */ (messages));
      if (asked !== this.#asked) return;
      const first = this.#cursor ? /** @type {Message | undefined} */ (messages[0]) : undefined;
      this.#cursor = cursor;
      this.#more.hidden = !cursor;
      const rows = messages.map((message) => this.#match(/** @type {Message} */ (message), q));
      this.#found.append(...rows);
      if (first) /** @type {HTMLElement | null} */ (rows[0].querySelector('button'))?.focus();
      const words = t('messages-found', { count: this.#found.childElementCount });
      say(this.#note, words);
      announce(words);
    } catch (error) {
      if (asked === this.#asked) say(this.#note, /** @type {any} */ (error).code === 'invalid' ? t('messages-search-short') : refusal(error));
    }
  }

  /** @param {string} channelId @returns {Channel | null} */
  #channelOf(channelId) {
    return this.people.state.channels.find(({ channel_id }) => channel_id === channelId) ?? this.#far.get(channelId) ?? null;
  }

  /** Conversations that are not listed yet are read, and by a group who wrote in it and has left. @param {Message[]} messages */
  async #readNames(messages) {
    const far = new Set(messages.map(({ channel_id }) => channel_id).filter((id) => !this.#channelOf(id)));
    const read = (/** @type {string} */ channel_id) => this.app.rondo?.api.request('GET /v1/channels/{channel_id}', { params: { channel_id } });
    await Promise.all([...far].map((id) => read(id)?.then(({ channel }) => this.#far.set(id, /** @type {Channel} */ (channel)), () => {})));
    for (const { channel_id, from } of messages) {
      const channel = this.#channelOf(channel_id);
      if (channel?.kind === 'group' && !channel.members.some(({ user_id }) => user_id === from)) await this.people.readFormer(channel_id);
    }
  }

  /** @param {Message} message @param {string} q */
  #match(message, q) {
    const channel = this.#channelOf(message.channel_id);
    const me = this.app.state.me?.user_id ?? '';
    const isAlone = !channel || !!this.channelId;
    const by = message.from === me ? t('you') : memberName(this.people, channel, message.from);
    return h(
      'li',
      { class: 'row' },
      !isAlone && channelFace(this.people, channel),
      h(
        'div',
        { class: 'row-about' },
        h(
          'div',
          { class: 'row-name' },
          h('button', { type: 'button', class: 'row-link', onclick: () => this.jump(message.channel_id, message.n) }, h('strong', { dir: 'auto' }, isAlone ? by : titleOf(this.people, channel))),
          h('time', { datetime: new Date(message.sent_at).toISOString() }, stamp(message.sent_at, this.app.rondo?.now() ?? 0)),
        ),
        h('span', { class: 'row-text' }, ...(!isAlone && (channel.kind === 'group' || message.from === me) ? [h('bdi', {}, by), ': '] : []), h('bdi', {}, ...marked(said(this.people, channel, message, me), q))),
      ),
    );
  }
}

/** A text from shortly before the first word that was found on, with these words marked. @param {string} text @param {string} q @returns {(string | Node)[]} */
function marked(text, q) {
  const words = q.match(/[\p{L}\p{N}]+/gu) ?? [];
  const parts = words.length ? text.split(new RegExp(`(?<![\\p{L}\\p{N}])(${words.join('|')})(?![\\p{L}\\p{N}])`, 'giu')) : [text];
  const before = parts[0].length > BEFORE && parts.length > 1 ? `…${parts[0].slice(-BEFORE).replace(/^\S*\s/, '')}` : parts[0];
  return [before, ...parts.slice(1).map((part, i) => (i % 2 ? part : h('mark', {}, part)))];
}
