import { button, h } from '../dom.js';
import { loadMessages, t } from '../i18n.js';
import { Ring } from '../ring.js';

/** The screen of friends and messages; loads their code and messages when it is first shown. */
export class FriendsScreen {
  /** @type {import('../friends/page.js').FriendsPage | null} */ #page = null;
  #hasLeft = false;
  element = h('div', { class: 'friends-host' });

  /** @param {import('../app.js').App} app */
  constructor(app) {
    this.app = app;
    void this.#load();
  }

  get title() {
    return this.#page?.title ?? `${t('friends')} · Rondo`;
  }

  get keys() {
    return this.#page?.keys ?? { escape: () => this.app.pages.close() };
  }

  update() {
    this.#page?.update();
  }

  tick() {
    this.#page?.tick();
  }

  leave() {
    this.#hasLeft = true;
    this.#page?.leave();
  }

  async #load() {
    const { people } = this.app;
    this.element.replaceChildren(h('div', { class: 'centre' }, new Ring('searching small').element, h('p', { role: 'status' }, t('friends-loading'))));
    try {
      const [{ FriendsPage }] = await Promise.all([import('../friends/page.js'), loadMessages('friends')]);
      if (this.#hasLeft || !people) return;
      this.#page = new FriendsPage(this.app, people);
      this.element.replaceChildren(this.#page.element);
      document.title = this.title;
    } catch {
      if (this.#hasLeft) return;
      this.element.replaceChildren(h('div', { class: 'centre' }, h('p', { role: 'alert' }, t('refusal-offline')), button({ label: t('trouble-again'), kind: 'primary', onclick: () => void this.#load() })));
    }
  }
}
