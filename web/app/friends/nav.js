/** The way to friends and messages, in the top bar, with what is new; it is not there where there are no friends. */

import { button, h, layIcons } from '../dom.js';
import { t } from '../i18n.js';
import { said } from './words.js';
import { nameFor, titleOf } from './faces.js';
import { isListed, isRead, talkAddress } from './route.js';

/** For so long the message of a notification is waited for: it has a stream of its own. */
const ARRIVAL_MS = 1_000;
const ICONS = '/app/friends/icons.svg';
let hasIcons = false;

export class FriendsNav {
  #badge = h('span', { class: 'bell-count', 'aria-hidden': 'true', hidden: true, dataset: { test: 'friends-badge' } });
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

/** Whether a notification is of a message in a conversation; no list holds these. @param {import('../../rondo.js').Notification} notification */
export function isOfMessage({ kind }) {
  return kind === 'message' || kind === 'mention';
}

/**
 * Return what to tell about a notification of a message; null when its conversation is on the screen, or it is of something else.
 * @param {import('../app.js').App} app
 * @param {import('../../rondo.js').Notification} notification
 * @returns {Promise<{title: string, text: string, address: string, isListed: boolean} | null>} `isListed`: the list of conversations is on the screen
 */
export async function news(app, notification) {
  const { people, state } = app;
  const { channel_id, n } = /** @type {{channel_id: string, n: number}} */ (notification.details);
  if (!people || !isOfMessage(notification)) return null;
  const channel = await arrival(people, channel_id, n);
  if (isRead(channel_id)) return null;
  const name = nameFor(people, notification.person);
  const title = channel?.kind === 'group' ? t('notify-message-group', { name: titleOf(people, channel) }) : t('notify-message', { name });
  const last = channel?.last_message;
  const text = last?.n === n && !last.hidden ? t('messages-by', { name, text: said(people, channel, last, state.me?.user_id ?? '') }) : title;
  return { title, text, address: talkAddress(channel_id), isListed: isListed() };
}

/**
 * Return the channel, with the message if it comes in time.
 * @param {import('../../people.js').People} people @param {string} channelId @param {number} n
 * @returns {Promise<import('../../people.js').Channel | null>}
 */
function arrival(people, channelId, n) {
  const look = () => people.state.channels.find(({ channel_id }) => channel_id === channelId) ?? null;
  return new Promise((resolve) => {
    const end = () => (clearTimeout(timer), stop(), resolve(look()));
    const timer = setTimeout(end, ARRIVAL_MS);
    const stop = people.on('state', () => (look()?.last_n ?? 0) >= n && end());
    if ((look()?.last_n ?? 0) >= n) end();
  });
}
