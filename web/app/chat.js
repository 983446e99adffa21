import { button, dress, h, icon, say } from './dom.js';
import { locale, t } from './i18n.js';
import { Sight } from './sight.js';
import { refusal } from './refusal.js';

const MAX_CHARACTERS = 500;
/** From here on it helps to see how much is left. */
const COUNT_FROM = 400;
/** Closer than this to the end, the log follows what is new. */
const NEAR_END_PX = 80;

/** What is said in a room: the log, who is typing, and the line to write on. */
export class Chat {
  #list = h('ol', { class: 'lines' });
  #log = h('div', { class: 'log', role: 'log', 'aria-live': 'polite', 'aria-label': t('chat-messages'), tabindex: '0', dataset: { test: 'log' } }, this.#list);
  #typing = h('p', { class: 'typing', role: 'status', dataset: { test: 'typing' } });
  #jump = button({ icon: 'down', label: '', kind: 'jump', hidden: true, dataset: { test: 'jump' }, onclick: () => this.#showUnseen() });
  #input = h('textarea', { id: 'line', dir: 'auto', rows: '1', maxlength: String(MAX_CHARACTERS), placeholder: t('chat-placeholder'), autocomplete: 'off', enterkeyhint: 'send', dataset: { test: 'line' } });
  #count = h('span', { class: 'count muted', 'aria-hidden': 'true' });
  /** @type {Map<string, HTMLElement>} by client_id and author, which outlives the change from unsent to durable */ #lines = new Map();
  #room = '';
  /** Whether the log shows its end, and follows what is new. */
  #atEnd = true;
  /** The height of the log, in pixels, at the last #follow. */
  #height = 0;
  #sight = new Sight(() => this.#confirm());
  #resizes;

  /** @param {import('./app.js').App} app */
  constructor(app) {
    this.app = app;
    this.#log.addEventListener('scroll', () => this.#note());
    // The keyboard, the torch and a growing line make the log smaller: what was at the end stays there.
    this.#resizes = new ResizeObserver(() => this.#follow());
    this.#resizes.observe(this.#log);
    const send = button({ icon: 'send', label: t('send'), quiet: true, kind: 'primary round', type: 'submit', dataset: { test: 'send' }, onclick: () => {} });
    const form = h('form', { class: 'composer', onsubmit: (/** @type {Event} */ event) => this.#say(event) }, h('label', { class: 'unseen', for: 'line' }, t('chat-message')), this.#input, this.#count, send);
    this.#input.addEventListener('keydown', (/** @type {KeyboardEvent} */ event) => {
      if (event.key === 'Enter' && !event.shiftKey && !event.isComposing) this.#say(event);
      if (event.key === 'Escape' && !this.#input.value) this.#input.blur();
    });
    this.#input.addEventListener('input', () => {
      this.#fit();
      if (this.#input.value.trim()) app.rondo?.typing();
    });
    this.element = h('div', { class: 'chat', dataset: { test: 'chat' } }, this.#log, h('div', { class: 'chat-status' }, this.#typing, this.#jump), form);
  }

  /** How many messages of the peer have not been on the screen yet. */
  get unseen() {
    return this.#sight.unseen;
  }

  leave() {
    this.#resizes.disconnect();
    this.#sight.leave();
  }

  focus() {
    this.#input.focus({ preventScroll: true });
  }

  /** The log was hidden: scroll to the first message since then. */
  reveal() {
    this.#follow();
    if (this.#sight.unseen) this.#showUnseen();
  }

  /** @param {import('../rondo.js').State} state */
  update({ room, me, unsent }) {
    if (!room || !me) return;
    if (room.room_id !== this.#room) {
      this.#room = room.room_id;
      this.#lines.clear();
      this.#sight.begin();
      this.#list.replaceChildren(h('li', { class: 'first' }, t('chat-first', { name: room.peer.display_name })));
    }
    const before = this.#lines.size;
    for (const message of room.messages) this.#draw(message, message.from === me.user_id);
    const durable = new Set(room.messages.map((message) => message.client_id));
    for (const line of unsent) if (!durable.has(line.client_id)) this.#drawUnsent(line, me.user_id);
    if (this.#lines.size > before && unsent.length) this.#atEnd = true;
    this.#follow();
    this.app.rondo?.receipt(false);
    this.tick();
  }

  tick() {
    const { rondo, state } = this.app;
    const typing = rondo && state.room?.peer_connected && state.typingUntil > rondo.now();
    this.#typing.classList.toggle('on', !!typing);
    say(this.#typing, typing ? t('chat-typing', { name: state.room?.peer.display_name ?? '' }) : '');
    this.#confirm();
  }

  #follow() {
    this.#height = this.#log.clientHeight;
    if (this.#atEnd) this.#log.scrollTop = this.#log.scrollHeight;
  }

  /** Note whether the log is at its end, unless its size has just changed: then the scroll event is older, and the observer follows. */
  #note() {
    const { scrollHeight, scrollTop, clientHeight } = this.#log;
    if (clientHeight === this.#height) this.#atEnd = scrollHeight - scrollTop - clientHeight < NEAR_END_PX;
  }

  /** Tell the peer how far we have read, and ourselves how much we have not. */
  #confirm() {
    const read = this.#sight.confirm();
    if (read) this.app.rondo?.receipt(true, read);
    const { unseen } = this.#sight;
    this.#jump.hidden = !unseen || !this.#log.clientHeight;
    if (unseen) dress(this.#jump, this.#sight.direction, t('chat-unseen', { count: unseen }));
  }

  #showUnseen() {
    const line = this.#sight.first;
    if (!line) return;
    this.#log.scrollTop += line.getBoundingClientRect().top - this.#log.getBoundingClientRect().top - 8;
  }

  /** @param {import('../rondo.js').Message} message @param {boolean} mine */
  #draw(message, mine) {
    const line = this.#line(`${message.from} ${message.client_id}`, message.body, mine);
    if (!line.dataset.message) {
      line.dataset.message = message.message_id;
      const sent = new Date(message.sent_at);
      const time = line.querySelector('time');
      time.dateTime = sent.toISOString();
      time.textContent = sent.toLocaleTimeString(locale(), { hour: '2-digit', minute: '2-digit' });
      if (!mine) this.#sight.add(message, line);
    }
    if (!mine) return;
    if (message.read_at) this.#mark(line, 'read', 'checks', t('chat-read'));
    else if (message.delivered_at) this.#mark(line, 'delivered', 'checks', t('chat-delivered'));
    else this.#mark(line, 'sent', 'check', t('chat-sent'));
  }

  /** @param {import('../rondo.js').Unsent} unsent @param {string} me */
  #drawUnsent({ client_id, body, failed }, me) {
    const line = this.#line(`${me} ${client_id}`, body, true);
    if (!failed) return this.#mark(line, 'waiting', 'waiting', t('chat-sending'));
    this.#mark(line, 'failed', 'alert', t('chat-failed', { why: refusal({ code: failed }) }));
    line.onclick = () => this.app.rondo?.sayAgain(client_id);
  }

  /** @param {string} key @param {string} body @param {boolean} mine */
  #line(key, body, mine) {
    let line = this.#lines.get(key);
    if (!line) {
      const mark = mine && h('span', { class: 'mark' }, icon('waiting'), h('span', { class: 'label unseen' }, ''));
      line = h('li', { class: `line ${mine ? 'mine' : 'theirs'}` }, h('span', { class: 'unseen' }, `${mine ? t('you') : this.app.state.room?.peer.display_name}: `), h('p', { dir: 'auto' }, body), h('span', { class: 'line-foot' }, h('time'), mark));
      this.#lines.set(key, /** @type {HTMLElement} */ (line));
      this.#list.append(/** @type {HTMLElement} */ (line));
    }
    return /** @type {any} */ (line);
  }

  /** @param {HTMLElement} line @param {string} state @param {string} picture @param {string} words */
  #mark(line, state, picture, words) {
    if (line.dataset.state === state) return;
    line.dataset.state = state;
    if (state !== 'failed') line.onclick = null;
    const mark = /** @type {HTMLElement} */ (line.querySelector('.mark'));
    dress(mark, picture, words);
    mark.title = words;
  }

  /** @param {Event} event */
  #say(event) {
    event.preventDefault();
    if (!this.#input.value.trim()) return this.focus();
    this.app.rondo?.say(this.#input.value);
    this.#input.value = '';
    this.#fit();
    this.focus();
  }

  #fit() {
    const left = MAX_CHARACTERS - this.#input.value.length;
    this.#count.textContent = this.#input.value.length >= COUNT_FROM ? String(left) : '';
    this.#input.style.height = 'auto';
    this.#input.style.height = `${Math.min(this.#input.scrollHeight, 120)}px`;
  }
}
