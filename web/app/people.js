import { avatar, button, chips, h, icon, nameOf } from './dom.js';
import { rich, t } from './i18n.js';
import { refusal } from './refusal.js';
import { duration } from './time.js';

/** How often the list is asked for while it is looked at. */
const REFRESH_MS = 12_000;

/** Who is waiting just now, and can be asked. */
export class People {
  #list = h('ul', { class: 'people' });
  #note = h('p', { class: 'muted', role: 'status' });
  #timer = 0;
  #shown = '';

  /** @param {import('./app.js').App} app */
  constructor(app) {
    this.app = app;
    this.element = h(
      'section',
      { class: 'card people-card', 'aria-labelledby': 'people-title' },
      h(
        'div',
        { class: 'card-head' },
        h('h2', { id: 'people-title' }, icon('people'), t('people')),
        button({ icon: 'refresh', label: t('people-refresh'), quiet: true, kind: 'ghost', dataset: { test: 'refresh' }, onclick: () => void this.refresh() }),
      ),
      this.#note,
      this.#list,
    );
    this.#timer = setInterval(() => document.visibilityState === 'visible' && void this.refresh(), REFRESH_MS);
    void this.refresh();
  }

  leave() {
    clearInterval(this.#timer);
  }

  async refresh() {
    const { rondo } = this.app;
    if (!rondo) return;
    if (rondo.state.link !== 'online') return this.#say(refusal({ code: 'offline' }));
    try {
      this.#show(await rondo.discover({ limit: 20, include_seen: true }));
    } catch (error) {
      this.#say(refusal(error));
    }
  }

  /** In place of the list, which is no longer true. @param {string} words */
  #say(words) {
    this.#note.textContent = words;
    this.#list.replaceChildren();
    this.#shown = '';
  }

  /** @param {import('../rondo.js').Waiting[]} people */
  #show(people) {
    const now = this.app.rondo?.now() ?? 0;
    const seen = JSON.stringify(people.map((person) => [person.user_id, person.mode, person.introduced_by, Math.floor((now - person.waiting_since_at) / 60_000)]));
    if (seen === this.#shown) return;
    this.#shown = seen;
    this.#note.textContent = people.length ? t('people-count', { count: people.length }) : t('people-none');
    this.#list.replaceChildren(...people.map((person) => this.#row(person, now)));
  }

  /** @param {import('../rondo.js').Waiting} person @param {number} now */
  #row(person, now) {
    const waited = Math.max(0, now - person.waiting_since_at) / 1000;
    const what = waited < 60 ? t('people-new', { mode: person.mode }) : t('people-waiting', { mode: person.mode, duration: duration(waited) });
    return h(
      'li',
      { class: 'person' },
      avatar(person),
      h(
        'div',
        { class: 'person-about' },
        nameOf(person.display_name),
        h('span', { class: 'muted' }, what),
        person.introduced_by && h('span', { class: 'badge' }, ...rich('people-introduced', { by: nameOf(person.introduced_by.display_name, 'bdi') })),
        person.mirror && h('span', { class: 'badge mirror' }, t('mirror-badge')),
        chips(person.interests, this.app.state.me?.interests),
      ),
      button({ label: t('people-ask'), icon: person.mode === 'video' ? 'camera' : 'text', 'aria-label': t('people-ask-for', { name: person.display_name, mode: person.mode }), onclick: () => void this.#ask(person) }),
    );
  }

  /** @param {import('../rondo.js').Waiting} person */
  async #ask({ user_id, mode }) {
    if (mode === 'video') await this.app.media.open();
    const duration_s = this.app.prefs.get('minutes') * 60;
    const asked = await this.app.attempt(this.app.rondo?.invite(user_id, { mode, ...(mode === 'video' && { duration_s }) }));
    if (asked) return;
    this.app.closeUnneeded();
    this.#shown = '';
    await this.refresh();
  }
}
