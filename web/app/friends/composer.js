/** The composer of a conversation: text, files, replies, edits, and mentions in a group. */

import { announce } from '../announce.js';
import { toast } from '../dialogs.js';
import { button, h, icon, say } from '../dom.js';
import { t } from '../i18n.js';
import { FILE_TYPES, thumbnail, wrongWith } from './file.js';
import { Names } from './names.js';
import { PICTURES, isYoung, said, size } from './words.js';

/** @typedef {import('../../people.js').ShownMessage} Message */

/** From so many characters left on it helps to see how many. */
const COUNT_FROM = 200;
/** Text that was not sent, by channel; it is forgotten with the account. @type {WeakMap<import('../../people.js').People, Map<string, string>>} */
const drafts = new WeakMap();

export class Composer {
  #input = h('textarea', { id: 'talk-line', dir: 'auto', rows: '1', placeholder: t('talk-placeholder'), autocomplete: 'off', enterkeyhint: 'send', dataset: { test: 'talk-line' } });
  #count = h('span', { class: 'count muted', 'aria-hidden': 'true' });
  #about = h('div', { class: 'talk-about', hidden: true, dataset: { test: 'talk-about-line' } });
  #uploads = h('ul', { class: 'uploads', dataset: { test: 'uploads' } });
  #picker = h('input', { type: 'file', hidden: true, multiple: true, accept: FILE_TYPES.join(), dataset: { test: 'file-input' } });
  #attach;
  #names;
  /** @type {File[]} */ #files = [];
  /** @type {Message | null} */ #replied = null;
  /** @type {Message | null} */ #edited = null;
  #drafts;

  /** @param {import('../app.js').App} app @param {import('../../people.js').People} people @param {import('../../people.js').Conversation} chat */
  constructor(app, people, chat) {
    this.app = app;
    this.people = people;
    this.chat = chat;
    this.#drafts = drafts.get(people) ?? new Map();
    drafts.set(people, this.#drafts);
    this.#names = new Names(app, people, chat, this.#input);
    this.#restore();
    requestAnimationFrame(() => this.#fit());
    this.#attach = button({ icon: 'clip', label: t('file-add'), quiet: true, kind: 'ghost', dataset: { test: 'attach' }, onclick: () => this.#picker.click() });
    this.#picker.addEventListener('change', () => {
      this.#add([...this.#picker.files]);
      this.#picker.value = '';
    });
    this.#input.addEventListener('input', () => {
      this.#fit();
      if (this.#input.value.trim()) chat.keyPressed();
    });
    this.#input.addEventListener('keydown', (/** @type {KeyboardEvent} */ event) => this.#onKey(event));
    this.#input.addEventListener('paste', (/** @type {ClipboardEvent} */ event) => {
      const files = [...(event.clipboardData?.files ?? [])];
      if (!files.length) return;
      event.preventDefault();
      this.#add(files);
    });
    this.element = h(
      'form',
      { class: 'talk-form', onsubmit: (/** @type {Event} */ event) => this.#send(event) },
      this.#names.element,
      this.#about,
      this.#uploads,
      h('div', { class: 'composer' }, this.#picker, this.#attach, h('label', { class: 'unseen', for: 'talk-line' }, t('chat-message')), this.#input, this.#count, button({ icon: 'send', label: t('send'), quiet: true, kind: 'primary round', type: 'submit', dataset: { test: 'talk-send' }, onclick: () => {} })),
    );
  }

  focus() {
    this.#input.focus({ preventScroll: true });
  }

  update() {
    const { message_chars, attachments_per_message } = this.#limits;
    this.#input.maxLength = message_chars;
    this.#attach.hidden = !attachments_per_message || !!this.#edited;
    this.#names.update();
  }

  get #limits() {
    return this.people.state.limits;
  }

  /** @param {Message} message @param {string} name */
  reply(message, name) {
    this.#edited = null;
    this.#replied = message;
    this.#show(t('talk-replying', { name }), message);
  }

  /** @param {Message} message */
  edit(message) {
    this.#replied = null;
    this.#edited = message;
    this.#input.value = this.#names.named(message.body);
    this.#fit();
    this.#show(t('talk-editing'), message);
  }

  /** Files that are dropped on the conversation are added. @param {HTMLElement} place */
  acceptDrops(place) {
    const isFiles = (/** @type {DragEvent} */ event) => !!event.dataTransfer?.types.includes('Files') && !this.element.hidden;
    const mark = (/** @type {boolean} */ on) => place.classList.toggle('dropping', on);
    place.addEventListener('dragover', (event) => {
      if (!isFiles(event)) return;
      event.preventDefault();
      mark(true);
    });
    place.addEventListener('dragleave', (event) => place.contains(/** @type {Node} */ (event.relatedTarget)) || mark(false));
    place.addEventListener('drop', (event) => {
      if (!isFiles(event)) return;
      event.preventDefault();
      mark(false);
      this.#add([...(event.dataTransfer?.files ?? [])]);
    });
  }

  /** @param {string} words @param {Message} message */
  #show(words, message) {
    const text = said(this.people, this.chat.state.channel, message, this.app.state.me?.user_id ?? '');
    this.#about.replaceChildren(
      h('div', {}, h('strong', { dir: 'auto' }, words), h('span', { dir: 'auto' }, text)),
      button({ icon: 'close', label: t('cancel'), quiet: true, kind: 'ghost', dataset: { test: 'talk-cancel' }, onclick: () => this.#cancel() }),
    );
    this.#about.hidden = false;
    this.update();
    this.focus();
  }

  /** Go on with the draft. */
  #restore() {
    this.#input.value = this.#names.named(this.#drafts.get(this.chat.channelId) ?? '');
  }

  #cancel() {
    if (this.#edited) this.#restore();
    this.#edited = this.#replied = null;
    this.#about.hidden = true;
    this.update();
    this.#fit();
    this.focus();
  }

  /** @param {File[]} files */
  #add(files) {
    const max = this.#limits.attachments_per_message;
    for (const file of files) {
      const wrong = !max ? t('file-off') : this.#files.length >= max ? t('file-too-many', { max }) : wrongWith(file, this.#limits);
      if (!wrong) {
        this.#files.push(file);
        continue;
      }
      toast(wrong, 'bad');
      announce(wrong, 'urgent');
    }
    this.#list();
    this.focus();
  }

  #list() {
    this.#uploads.replaceChildren(
      ...this.#files.map((file) =>
        h(
          'li',
          { class: 'upload', dataset: { test: 'chosen' } },
          PICTURES.includes(file.type) ? thumbnail(file) : icon('file'),
          h('span', { dir: 'auto' }, file.name, ' ', h('small', { class: 'muted' }, size(file.size))),
          button({
            icon: 'close',
            label: t('file-remove', { name: file.name }),
            quiet: true,
            kind: 'ghost',
            onclick: () => {
              this.#files = this.#files.filter((other) => other !== file);
              this.#list();
              this.focus();
            },
          }),
        ),
      ),
    );
  }

  /** @param {KeyboardEvent} event */
  #onKey(event) {
    if (this.#names.onKey(event)) return;
    if (event.key === 'Enter' && !event.shiftKey && !event.isComposing) return this.#send(event);
    if (event.key === 'Escape' && (this.#edited || this.#replied)) {
      event.preventDefault();
      return this.#cancel();
    }
    if (event.key === 'Escape' && !this.#input.value) return this.#input.blur();
    if (event.key !== 'ArrowUp' || this.#input.value || this.#files.length) return;
    const me = this.app.state.me?.user_id;
    const last = this.chat.state.messages.findLast((message) => !message.hidden && message.from === me && message.kind === 'text' && !!message.body);
    if (!last || last.hidden || !isYoung(this.app, last)) return;
    event.preventDefault();
    this.edit(last);
  }

  /** @param {Event} event */
  #send(event) {
    event.preventDefault();
    const body = this.#names.marked(this.#input.value.trim());
    if (this.#edited) return void this.#change(this.#edited, body);
    if (!body && !this.#files.length) return this.focus();
    this.chat.send(body, { ...(this.#replied && { reply_to: this.#replied.n }), ...(this.#files.length && { files: this.#files }) });
    this.#input.value = '';
    this.#files = [];
    this.#list();
    this.#cancel();
  }

  /** Go on with the draft immediately; a refused text is put back. @param {Message} message @param {string} body */
  async #change(message, body) {
    if (!body) return this.focus();
    this.#cancel();
    const draft = this.#input.value;
    if (body === message.body || (await this.app.attempt(this.chat.edit(message.n, body)))) return;
    if (this.element.isConnected && this.#input.value === draft && !this.#edited && !this.#replied) this.edit({ ...message, body });
  }

  #fit() {
    const { value } = this.#input;
    if (!this.#edited) this.#drafts.set(this.chat.channelId, this.#names.marked(value));
    const left = this.#limits.message_chars - value.length;
    say(this.#count, left <= COUNT_FROM ? String(left) : '');
    this.#input.style.height = 'auto';
    this.#input.style.height = `${Math.min(this.#input.scrollHeight, 120)}px`;
  }
}
