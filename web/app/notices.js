import { announce } from './announce.js';
import { open, toast } from './dialogs.js';
import { avatar, button, h } from './dom.js';
import { since } from './words.js';

/** What one was told: a bell with a number, a list, and a word at once when something new comes. */
export class Notices {
  #unread = 0;
  #badge = h('span', { class: 'bell-count', hidden: true });
  #bell;

  /** @param {import('./app.js').App} app */
  constructor(app) {
    this.app = app;
    this.#bell = button({ icon: 'bell', label: 'Notifications', quiet: true, kind: 'ghost bell', dataset: { test: 'bell' }, onclick: () => void this.#show() });
    this.#bell.append(this.#badge);
  }

  get element() {
    return this.#bell;
  }

  /** Ask what came while we were away. */
  async look() {
    const answer = await this.app.rondo?.api.notifications().catch(() => null);
    if (answer) this.#count(answer.notifications.filter(({ read_at }) => !read_at).length);
  }

  /** Something new came. @param {import('../rondo.js').Notification} notification */
  hear(notification) {
    const words = told(notification);
    toast(words);
    announce(words);
    this.#count(this.#unread + 1);
  }

  /** @param {number} unread */
  #count(unread) {
    this.#unread = unread;
    this.#badge.hidden = !unread;
    this.#badge.textContent = unread > 9 ? '9+' : String(unread);
    const label = this.#bell.querySelector('.label');
    if (label) label.textContent = unread ? `Notifications, ${unread} new` : 'Notifications';
  }

  async #show() {
    const { rondo } = this.app;
    if (!rondo) return;
    await this.app.attempt(
      rondo.api.notifications().then(({ notifications }) => {
        const now = rondo.now();
        open({
          title: 'Notifications',
          kind: 'light list',
          content: [
            notifications.length
              ? h('ul', { class: 'people', dataset: { test: 'notices' } }, ...notifications.map((one) => row(one, now)))
              : h('p', { class: 'muted' }, 'Nothing yet. When a friend introduces somebody to you, you read it here.'),
          ],
        });
        this.#count(0);
        for (const { notification_id, read_at } of notifications) if (!read_at) rondo.api.readNotification(notification_id).catch(() => {});
      }),
    );
  }
}

/** @param {import('../rondo.js').Notification} notification @param {number} now */
function row(notification, now) {
  return h(
    'li',
    { class: notification.read_at ? 'person' : 'person new' },
    avatar(notification.person),
    h('div', { class: 'person-about' }, h('span', {}, told(notification)), h('span', { class: 'muted' }, since(now - notification.created_at))),
  );
}

/** @param {import('../rondo.js').Notification} notification */
function told({ kind, person, introduced_by: by }) {
  if (kind !== 'introduction' || !person) return 'There is news for you.';
  return by ? `${by.display_name} has introduced ${person.display_name} to you. You two go first with each other.` : `${person.display_name} was introduced to you. You two go first with each other.`;
}
