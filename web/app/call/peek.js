import { announce } from '../announce.js';
import { avatar, h, say } from '../dom.js';
import { t } from '../i18n.js';

const SHOWN_MS = 8_000;

/** The newest message above the controls while the chat is closed: shown, announced, and removed after a while. */
export class Peek {
  #text = h('span', { class: 'peek-text', dir: 'auto' });
  #newest = '';
  #timer = 0;

  /**
   * @param {import('../app.js').App} app
   * @param {import('../../rondo.js').Room} room
   * @param {() => void} onOpen
   */
  constructor(app, room, onOpen) {
    this.app = app;
    this.#newest = theirs(room, app.state.me?.user_id)?.message_id ?? '';
    this.element = h(
      'button',
      { type: 'button', class: 'peek', hidden: true, title: t('chat-open'), dataset: { test: 'peek' }, onclick: onOpen },
      avatar(room.peer, 'small'),
      this.#text,
    );
    // Who reads or reaches for it has time.
    for (const type of ['pointerenter', 'focus']) this.element.addEventListener(type, () => clearTimeout(this.#timer));
    for (const type of ['pointerleave', 'blur']) this.element.addEventListener(type, () => !this.element.hidden && this.#wait());
  }

  /** @param {import('../../rondo.js').Room} room @param {boolean} isChatShown */
  update(room, isChatShown) {
    const message = theirs(room, this.app.state.me?.user_id);
    const isNew = !!message && message.message_id !== this.#newest;
    if (message) this.#newest = message.message_id;
    if (isChatShown) return this.hide();
    if (!isNew) return;
    say(this.#text, message.body);
    this.element.hidden = false;
    announce(t('chat-heard', { name: room.peer.display_name, text: message.body }));
    this.#wait();
  }

  hide() {
    clearTimeout(this.#timer);
    this.element.hidden = true;
  }

  #wait() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => (this.element.hidden = true), SHOWN_MS);
  }
}

/** @param {import('../../rondo.js').Room} room @param {string | undefined} me */
function theirs(room, me) {
  return room.messages.findLast((message) => message.from !== me);
}
