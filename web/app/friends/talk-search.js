/** The search in one conversation: a bar below its header, and what was found in the place of the log. */

import { button, h } from '../dom.js';
import { t } from '../i18n.js';
import { Search } from './search.js';

export class TalkSearch {
  #search;

  /**
   * @param {import('../app.js').App} app
   * @param {import('../../people.js').People} people
   * @param {string} channelId
   * @param {{jump: (n: number) => void, changed: () => void, closed: () => void}} acts
   */
  constructor(app, people, channelId, { jump, changed, closed }) {
    this.closed = closed;
    const found = (/** @type {string} */ _, /** @type {number} */ n) => {
      this.close();
      jump(n);
    };
    this.#search = new Search(app, people, { jump: found, changed, channelId });
    this.element = h(
      'div',
      { class: 'talk-search', hidden: true, dataset: { test: 'talk-search' } },
      h('div', { class: 'talk-search-bar' }, this.#search.field, button({ icon: 'close', label: t('close'), quiet: true, kind: 'ghost', dataset: { test: 'talk-search-close' }, onclick: () => this.close() })),
      ...this.#search.parts,
    );
    this.element.addEventListener('keydown', (/** @type {KeyboardEvent} */ event) => {
      if (event.key !== 'Escape' || event.defaultPrevented) return;
      event.preventDefault();
      this.close();
    });
  }

  /** Whether what was found stands in the place of the log. */
  get coversLog() {
    return !this.element.hidden && this.#search.isOpen;
  }

  open() {
    this.element.hidden = false;
    this.#search.focus();
  }

  close() {
    if (this.element.hidden) return;
    this.element.hidden = true;
    this.#search.clear();
    this.closed();
  }

  leave() {
    this.#search.leave();
  }
}
