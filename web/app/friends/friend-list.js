/** The list of friends with their presence, and the open requests. */

import { announce } from '../announce.js';
import { toast } from '../dialogs.js';
import { avatar, button, h, icon, nameOf } from '../dom.js';
import { t } from '../i18n.js';
import { since } from '../time.js';
import { face, nameFor } from './faces.js';
import { callFriend, showFriend } from './friend.js';
import { keep } from './keep.js';

/** @typedef {import('../../people.js').Friend} Friend */

export class FriendList {
  #guest;
  #received = h('ul', { class: 'requests', dataset: { test: 'requests' } });
  #asking;
  #rows = h('ul', { class: 'rows', dataset: { test: 'friends' } });
  #count = h('h2');
  #empty;
  #sent = h('ul', { class: 'rows', dataset: { test: 'sent' } });
  #asked;

  /** @param {import('../app.js').App} app @param {import('../../people.js').People} people */
  constructor(app, people) {
    this.app = app;
    this.people = people;
    this.#guest = h(
      'section',
      { class: 'card friends-guest', hidden: true, dataset: { test: 'friends-guest' } },
      h('h2', {}, t('friends-guest')),
      h('p', {}, t('friends-guest-text')),
      button({ label: t('own-keep'), kind: 'primary', dataset: { test: 'friends-account' }, onclick: () => app.pages.openAccount('own-email') }),
    );
    this.#asking = h('section', { class: 'requests', hidden: true }, h('h2', {}, t('friends-requests')), this.#received, h('p', { class: 'hint' }, t('friends-decline-hint')));
    this.#empty = h('div', { class: 'friends-empty', hidden: true, dataset: { test: 'no-friends' } }, icon('heart'), h('h2', {}, t('friends-none')), h('p', {}, t('friends-none-text')));
    this.#asked = h('details', { class: 'sent-requests', hidden: true }, h('summary', {}, t('friends-sent')), this.#sent);
    this.element = h('div', { class: 'requests' }, this.#guest, this.#asking, this.#count, this.#rows, this.#empty, this.#asked);
    app.rondo?.api.me().then(({ permanent }) => (this.#guest.hidden = permanent), () => {});
  }

  leave() {}

  update() {
    const { friends, received, sent, ready } = this.people.state;
    const now = this.app.rondo?.now() ?? 0;
    this.#asking.hidden = !received.length;
    this.#asked.hidden = !sent.length;
    this.#count.hidden = this.#rows.hidden = !friends.length;
    this.#empty.hidden = !ready || !!friends.length || !!received.length;
    this.#count.textContent = t('friends-count', { count: friends.length });
    const asked = { key: (/** @type {import('../../people.js').FriendRequest} */ { user }) => user.user_id, look: (/** @type {object} */ request) => JSON.stringify(request) };
    keep(this.#received, received, { ...asked, make: (request) => this.#request(request, now) });
    keep(this.#sent, sent, { ...asked, make: (request) => this.#sentRow(request, now) });
    // Who is here comes first; among them, and among the others, the latest friend.
    const here = friends.filter(({ presence }) => presence !== 'offline');
    keep(this.#rows, [...here, ...friends.filter(({ presence }) => presence === 'offline')], { key: ({ user_id }) => user_id, look: (friend) => JSON.stringify(friend), make: (friend) => this.#row(friend) });
  }

  /** @param {Friend} friend */
  #row(friend) {
    const { app, people } = this;
    const name = nameFor(people, friend);
    return h(
      'li',
      { class: 'row', dataset: { test: 'friend' } },
      face(people, friend),
      h(
        'div',
        { class: 'row-about' },
        h('div', { class: 'row-name' }, h('button', { type: 'button', class: 'row-link', dataset: { test: 'friend-name' }, onclick: () => showFriend(app, people, friend.user_id) }, h('strong', { dir: 'auto' }, name))),
        h('span', { class: 'row-text', dir: 'auto' }, friend.status_text || t('friends-presence', { presence: friend.presence }), friend.status_text && h('span', { class: 'unseen' }, t('friends-presence', { presence: friend.presence }))),
      ),
      button({ icon: 'chat', label: t('friends-write-to', { name }), quiet: true, kind: 'ghost', dataset: { test: 'write' }, onclick: () => void app.pages.openTalk(friend.user_id) }),
      button({ icon: 'camera', label: t('friends-call-to', { name }), quiet: true, kind: 'ghost', disabled: friend.presence !== 'online', dataset: { test: 'call-friend' }, onclick: () => void callFriend(app, people, friend) }),
    );
  }

  /** @param {import('../../people.js').FriendRequest} request @param {number} now */
  #request({ user, note, asked_at }, now) {
    const { app, people } = this;
    const name = user.display_name;
    /** @param {Promise<unknown>} deed @param {string} words */
    const answer = async (deed, words) => {
      if (!(await app.attempt(deed))) return;
      toast(words);
      announce(words);
    };
    const yes = async () => {
      const status = await people.ask(user.user_id);
      if (status === 'needs_account') throw Object.assign(new Error(), { code: 'account_required' });
    };
    return h(
      'li',
      { class: 'request', dataset: { test: 'request' } },
      avatar(user),
      h('div', { class: 'row-about' }, nameOf(name), h('span', { class: 'row-text' }, since(now - asked_at))),
      note && h('blockquote', { dir: 'auto' }, note),
      h(
        'div',
        { class: 'actions' },
        button({ icon: 'check', label: t('friends-accept'), kind: 'primary subtle', dataset: { test: 'accept-friend' }, onclick: () => void answer(yes(), t('friends-accepted', { name })) }),
        button({ label: t('friends-decline'), kind: 'subtle', dataset: { test: 'decline-friend' }, onclick: () => void answer(people.decline(user.user_id), t('friends-declined', { name })) }),
      ),
    );
  }

  /** @param {import('../../people.js').FriendRequest} request @param {number} now */
  #sentRow({ user, quiet, asked_at }, now) {
    return h(
      'li',
      { class: 'row' },
      avatar(user),
      h('div', { class: 'row-about' }, nameOf(user.display_name), h('span', { class: 'row-text' }, quiet ? t('friends-sent-quiet') : since(now - asked_at))),
      button({ icon: 'close', label: t('friends-withdraw-from', { name: user.display_name }), quiet: true, kind: 'ghost', onclick: () => void this.app.attempt(this.people.unfriend(user.user_id)) }),
    );
  }
}
