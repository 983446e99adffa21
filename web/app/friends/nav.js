/** The way to friends and messages, in the top bar, with what is new; it is not there where there are no friends. */

import { button, h, layIcons } from '../dom.js';
import { t } from '../i18n.js';
import { said } from './words.js';
import { memberName, titleOf } from './faces.js';
import { isRead } from './route.js';

const ICONS = '/app/friends/icons.svg';
let hasIcons = false;

export class FriendsNav {
  #badge = h('span', { class: 'bell-count', hidden: true, dataset: { test: 'friends-badge' } });
  element;

  /** @param {import('../app.js').App} app */
  constructor(app) {
    this.app = app;
    this.element = button({ icon: 'chat', label: t('friends-nav'), quiet: true, kind: 'ghost bell friends-nav', hidden: true, dataset: { test: 'friends-nav' }, onclick: () => app.pages.openFriends() });
    this.element.append(this.#badge);
  }

  update() {
    const { people } = this.app;
    const { available = null, unreadChannels = 0, received = [] } = people?.state ?? {};
    this.element.hidden = !available;
    if (available && !hasIcons) {
      hasIcons = true;
      layIcons(ICONS).catch(() => (hasIcons = false));
    }
    const count = unreadChannels + received.length;
    this.#badge.hidden = !count;
    this.#badge.textContent = count > 99 ? '99+' : String(count);
    const words = count ? t('friends-nav-new', { count }) : t('friends-nav');
    this.element.title = words;
    const label = this.element.querySelector('.label');
    if (label) label.textContent = words;
  }
}

/**
 * Return what to tell about a new message; null when its conversation is on the screen, or muted.
 * @param {import('../app.js').App} app
 * @param {import('../../people.js').ChannelMessage} message
 * @returns {{title: string, text: string} | null}
 */
export function news(app, message) {
  const { people, state } = app;
  const me = state.me?.user_id ?? '';
  if (!people || message.hidden || message.kind !== 'text' || message.from === me || isRead(message.channel_id)) return null;
  const channel = people.state.channels.find(({ channel_id }) => channel_id === message.channel_id) ?? null;
  if (channel?.notify === 'none' || (channel?.notify === 'mentions' && !message.body?.includes(`<@${me}>`))) return null;
  const name = memberName(people, channel, message.from);
  const title = channel?.kind === 'group' ? t('notify-message-group', { name: titleOf(people, channel) }) : t('notify-message', { name });
  return { title, text: t('messages-by', { name, text: said(people, channel, message, me) }) };
}
