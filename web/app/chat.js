import { button, dress, h, icon, say } from './dom.js';
import { locale, t } from './i18n.js';
import { refusal } from './words.js';

const MAX_CHARACTERS = 500;
/** From here on it helps to see how much is left. */
const COUNT_FROM = 400;
/** Closer than this to the end, the log follows what is new. */
const NEAR_END_PX = 80;

/** What is said in a room: the log, who is typing, and the line to write on. */
export class Chat {
  #log = h('ol', { class: 'log', role: 'log', 'aria-live': 'polite', 'aria-label': t('chat-messages'), tabindex: '0', dataset: { test: 'log' } });
  #typing = h('p', { class: 'typing', role: 'status', dataset: { test: 'typing' } });
  #input = h('textarea', { id: 'line', dir: 'auto', rows: '1', maxlength: String(MAX_CHARACTERS), placeholder: t('chat-placeholder'), autocomplete: 'off', enterkeyhint: 'send', dataset: { test: 'line' } });
  #count = h('span', { class: 'count muted', 'aria-hidden': 'true' });
  /** @type {Map<string, HTMLElement>} by client_id and author, which outlives the change from unsent to durable */ #lines = new Map();
  #room = '';

  /** @param {import('./app.js').App} app */
  constructor(app) {
    this.app = app;
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
    this.element = h('div', { class: 'chat', dataset: { test: 'chat' } }, this.#log, this.#typing, form);
  }

  focus() {
    this.#input.focus({ preventScroll: true });
  }

  /** @param {import('../rondo.js').State} state */
  update({ room, me, unsent }) {
    if (!room || !me) return;
    if (room.room_id !== this.#room) {
      this.#room = room.room_id;
      this.#lines.clear();
      this.#log.replaceChildren(h('li', { class: 'first' }, t('chat-first', { name: room.peer.display_name })));
    }
    const atEnd = this.#log.scrollHeight - this.#log.scrollTop - this.#log.clientHeight < NEAR_END_PX;
    const before = this.#lines.size;
    for (const message of room.messages) this.#draw(message, message.from === me.user_id);
    const durable = new Set(room.messages.map((message) => message.client_id));
    for (const line of unsent) if (!durable.has(line.client_id)) this.#drawUnsent(line, me.user_id);
    if (atEnd || (this.#lines.size > before && unsent.length)) this.#log.scrollTop = this.#log.scrollHeight;
    this.tick();
  }

  tick() {
    const { rondo, state } = this.app;
    const typing = rondo && state.room?.peer_connected && state.typingUntil > rondo.now();
    this.#typing.classList.toggle('on', !!typing);
    say(this.#typing, typing ? t('chat-typing', { name: state.room?.peer.display_name ?? '' }) : '');
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
      this.#log.append(/** @type {HTMLElement} */ (line));
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
    if (!this.#input.value.trim()) return;
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
