/** The addresses of friends and messages: `#friends`, `#messages`, `#messages/CHANNEL`. */

const ROUTE = /^#(friends|messages)(?:\/([0-9a-f-]{36}))?$/;

/** @typedef {{tab: 'friends' | 'messages', channel: string | null}} Route */

/** @param {string} [hash] @returns {Route | null} null: elsewhere */
export function route(hash = location.hash) {
  const [, tab, channel = null] = ROUTE.exec(hash) ?? [];
  return tab ? { tab: /** @type {Route['tab']} */ (tab), channel } : null;
}

/** @param {string} channelId */
export function talkAddress(channelId) {
  return `#messages/${channelId}`;
}

/** Whether the page is so wide that the list stands beside the conversation. */
export function isWide() {
  return matchMedia('(min-width: 900px)').matches;
}

/** Whether the list of conversations is on the screen of a visible page. */
export function isListed() {
  const at = isShown() ? route() : null;
  return at?.tab === 'messages' && (isWide() || !at.channel);
}

/** Whether this conversation is on the screen of a visible page. @param {string} channelId */
export function isRead(channelId) {
  return isShown() && route()?.channel === channelId;
}

function isShown() {
  return document.visibilityState === 'visible' && document.body.dataset.screen === 'friends';
}
