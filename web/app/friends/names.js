/** Names in a group: `@` offers its members, and a name that was chosen mentions them. */

import { announce } from '../announce.js';
import { h } from '../dom.js';
import { t } from '../i18n.js';
import { nameFor } from './faces.js';

const OFFERED = 5;
const MENTION = /<@([0-9a-f-]{36})>/g;

export class Names {
  /** Who was chosen, by what stands in the line. @type {Map<string, string>} */ #chosen = new Map();
  #at = 0;
  /** @type {{user_id: string, name: string}[]} */ #offered = [];

  /**
   * @param {import('../app.js').App} app
   * @param {import('../../people.js').People} people
   * @param {import('../../people.js').Conversation} chat
   * @param {HTMLTextAreaElement} input
   */
  constructor(app, people, chat, input) {
    this.app = app;
    this.people = people;
    this.chat = chat;
    this.input = input;
    this.element = h('ul', { class: 'suggestions', id: 'talk-names', role: 'listbox', 'aria-label': t('talk-mention'), hidden: true, dataset: { test: 'names' } });
    for (const event of ['input', 'click', 'blur']) input.addEventListener(event, () => this.update());
  }

  /** What is being written of a name. */
  get #begun() {
    const before = this.input.value.slice(0, this.input.selectionStart);
    return document.activeElement === this.input ? /(?:^|\s)@([^\s@]{0,20})$/.exec(before) : null;
  }

  update() {
    const begun = this.#begun;
    const { channel } = this.chat.state;
    const me = this.app.state.me?.user_id;
    const wanted = begun?.[1].toLowerCase() ?? '';
    this.#offered = (begun && channel?.kind === 'group' ? channel.members : [])
      .filter(({ user_id, deleted }) => user_id !== me && !deleted)
      .map((person) => ({ user_id: person.user_id, name: nameFor(this.people, person) }))
      .filter(({ name }) => name.toLowerCase().startsWith(wanted))
      .slice(0, OFFERED);
    this.#at = Math.min(this.#at, Math.max(0, this.#offered.length - 1));
    this.#show();
  }

  #show() {
    const isOpen = !!this.#offered.length;
    this.element.hidden = !isOpen;
    this.element.replaceChildren(
      ...this.#offered.map(({ name }, i) =>
        h('li', { id: `talk-name-${i}`, role: 'option', dir: 'auto', 'aria-selected': String(i === this.#at), onpointerdown: (/** @type {Event} */ event) => (event.preventDefault(), this.#choose(i)) }, name),
      ),
    );
    for (const [name, value] of [['aria-controls', 'talk-names'], ['aria-activedescendant', `talk-name-${this.#at}`]]) {
      if (isOpen) this.input.setAttribute(name, value);
      else this.input.removeAttribute(name);
    }
  }

  /** @param {KeyboardEvent} event @returns {boolean} whether the key was ours */
  onKey(event) {
    if (!this.#offered.length || event.isComposing) return false;
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
    if (step) this.#at = (this.#at + step + this.#offered.length) % this.#offered.length;
    else if (event.key === 'Enter' || event.key === 'Tab') this.#choose(this.#at);
    else if (event.key === 'Escape') this.#offered = [];
    else return false;
    event.preventDefault();
    this.#show();
    if (step) announce(this.#offered[this.#at].name);
    return true;
  }

  /** @param {number} i */
  #choose(i) {
    const { user_id, name } = this.#offered[i];
    const { input } = this;
    const end = input.selectionStart;
    const start = end - (this.#begun?.[1].length ?? 0) - 1;
    input.setRangeText(`@${name} `, Math.max(0, start), end, 'end');
    this.#chosen.set(`@${name}`, user_id);
    this.#offered = [];
    this.#show();
    input.dispatchEvent(new Event('input'));
  }

  /** Return the text to send, with `<@user_id>` for the chosen names. @param {string} text */
  marked(text) {
    const names = [...this.#chosen.keys()].sort((one, other) => other.length - one.length);
    return names.reduce((body, name) => body.replaceAll(name, `<@${this.#chosen.get(name)}>`), text);
  }

  /** Return the text of a sent message as it stands in the composer. @param {string} body */
  named(body) {
    return body.replace(MENTION, (whole, id) => {
      const person = this.chat.state.channel?.members.find(({ user_id }) => user_id === id);
      if (!person) return whole;
      const name = `@${nameFor(this.people, person)}`;
      this.#chosen.set(name, id);
      return name;
    });
  }
}
