/** Friends and messages: a list beside a conversation; below 900 px one of the two. */

import { button, h, icon, say } from '../dom.js';
import { t } from '../i18n.js';
import { FriendList } from './friend-list.js';
import { newGroup } from './group.js';
import { Inbox } from './inbox.js';
import { isWide, route, talkAddress } from './route.js';
import { Talk } from './talk.js';

export class FriendsPage {
  #title = h('h1', { tabindex: '-1' });
  #counts = { messages: h('span', { class: 'count-dot', hidden: true }), friends: h('span', { class: 'count-dot', hidden: true }) };
  #links;
  #side = h('div', { class: 'friends-list' });
  #wait = h('p', { class: 'friends-empty', role: 'status' }, t('friends-loading'));
  #main = h('div', { class: 'friends-main' });
  /** @type {Inbox | FriendList | null} */ #list = null;
  #tab = '';
  /** @type {Talk | null} */ #talk = null;
  #stop;
  /** Where the next conversation begins: a message that was searched for. */ #at = 0;

  /** @param {import('../app.js').App} app @param {import('../../people.js').People} people */
  constructor(app, people) {
    this.app = app;
    this.people = people;
    const link = (/** @type {'messages' | 'friends'} */ tab, /** @type {string} */ words) =>
      h('a', { class: 'tab', href: `#${tab}`, dataset: { test: `tab-${tab}` } }, words, this.#counts[tab]);
    this.#links = { messages: link('messages', t('messages')), friends: link('friends', t('friends')) };
    this.element = h(
      'div',
      { class: 'friends' },
      h(
        'div',
        { class: 'friends-side' },
        h(
          'div',
          { class: 'friends-bar' },
          h('div', { class: 'friends-title' }, this.#title, button({ icon: 'close', label: t('close'), quiet: true, kind: 'round', keys: 'Escape', dataset: { test: 'friends-close' }, onclick: () => app.pages.close() })),
          h('nav', { class: 'segments', 'aria-label': t('friends-nav') }, this.#links.messages, this.#links.friends),
        ),
        this.#wait,
        this.#side,
      ),
      this.#main,
    );
    this.#stop = people.on('state', () => this.update());
    this.#showTalk(null);
    this.update();
  }

  get title() {
    return `${this.#talk?.name || (this.#tab === 'friends' ? t('friends') : t('messages'))} · Rondo`;
  }

  get keys() {
    return { escape: () => (this.#talk && !isWide() ? (location.hash = '#messages') : this.app.pages.close()) };
  }

  update() {
    const at = route();
    if (!at) return;
    if (at.tab !== this.#tab) this.#showTab(at.tab);
    if (at.channel !== (this.#talk?.channelId ?? null)) this.#showTalk(at.channel);
    const { unreadChannels, received, ready } = this.people.state;
    this.#wait.hidden = ready;
    for (const [tab, count] of /** @type {['messages' | 'friends', number][]} */ ([['messages', unreadChannels], ['friends', received.length]])) {
      this.#counts[tab].hidden = !count;
      say(this.#counts[tab], String(count));
    }
    this.#list?.update(at.channel);
    this.#talk?.update();
  }

  tick() {
    this.#talk?.tick();
  }

  leave() {
    this.#stop();
    this.#list?.leave();
    this.#talk?.leave();
  }

  /** Show a conversation at one of its messages. @param {string} channelId @param {number} n */
  jump(channelId, n) {
    if (this.#talk?.channelId === channelId) return void this.#talk.jump(n);
    this.#at = n;
    location.hash = talkAddress(channelId);
  }

  /** @param {'friends' | 'messages'} tab */
  #showTab(tab) {
    const first = !this.#tab;
    this.#tab = tab;
    this.#list?.leave();
    this.#list = tab === 'friends' ? new FriendList(this.app, this.people) : new Inbox(this.app, this.people, (channelId, n) => this.jump(channelId, n), () => newGroup(this.app, this.people));
    this.#side.replaceChildren(this.#list.element);
    say(this.#title, tab === 'friends' ? t('friends') : t('messages'));
    for (const [name, link] of Object.entries(this.#links)) link[name === tab ? 'setAttribute' : 'removeAttribute']('aria-current', 'page');
    if (!first && !this.#links[tab].contains(document.activeElement)) this.#title.focus({ preventScroll: true });
  }

  /** @param {string | null} channelId */
  #showTalk(channelId) {
    const before = this.#talk;
    before?.leave();
    this.#talk = channelId ? new Talk(this.app, this.people, channelId, this.#at) : null;
    this.#at = 0;
    this.element.classList.toggle('talking', !!this.#talk);
    this.#main.replaceChildren(this.#talk?.element ?? h('div', { class: 'friends-empty' }, icon('chat'), h('p', {}, t('messages-choose'))));
    if (this.#talk) this.#talk.focus();
    else if (before) (/** @type {HTMLElement | null} */ (this.#side.querySelector(`[href="${talkAddress(before.channelId)}"]`)) ?? this.#title).focus({ preventScroll: true });
    document.title = this.title;
  }
}
