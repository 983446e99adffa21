/** Reading the lists of friends, requests and channels, as far as they are shown. */

const PAGE = 50;
const MOST = 100;
const REQUEST_PAGES = 10;

/**
 * @typedef {import('../../rondo.js').Api} Api
 * @typedef {import('../../rondo.js').Http.Inbox} Inbox
 * @typedef {import('../../people.js').Channel} Channel
 */

/** A page of the inbox. @param {Api} api @param {string | null} cursor */
export async function readInboxPage(api, cursor) {
  const page = await api.request('GET /v1/inbox', { query: { cursor, limit: PAGE } });
  return /** @type {Omit<Inbox, 'channels'> & {channels: Channel[]}} */ (page);
}

/** The inbox: at least so many channels, if there are. @param {Api} api @param {number} wanted */
export async function readInbox(api, wanted) {
  let { channels, unread_channels, cursor } = await readInboxPage(api, null);
  while (cursor && channels.length < wanted) {
    const page = await readInboxPage(api, cursor);
    const known = new Set(channels.map(({ channel_id }) => channel_id));
    channels = [...channels, ...page.channels.filter(({ channel_id }) => !known.has(channel_id))];
    ({ unread_channels, cursor } = page);
  }
  return { channels, unreadChannels: unread_channels, cursor };
}

/** All friends. @param {Api} api */
export async function readFriends(api) {
  let { friends, cursor } = await api.request('GET /v1/friends', { query: { limit: MOST } });
  while (cursor) {
    const page = await api.request('GET /v1/friends', { query: { cursor, limit: MOST } });
    friends = [...friends, ...page.friends];
    ({ cursor } = page);
  }
  return friends;
}

/** Requests to us and from us: the latest thousand. @param {Api} api */
export async function readRequests(api) {
  let { received, sent, cursor } = await api.request('GET /v1/friends/requests', { query: { limit: MOST } });
  for (let pages = 1; cursor && pages < REQUEST_PAGES; pages++) {
    const page = await api.request('GET /v1/friends/requests', { query: { cursor, limit: MOST } });
    received = [...received, ...page.received];
    sent = [...sent, ...page.sent];
    ({ cursor } = page);
  }
  return { received, sent };
}

/** How many notifications are unread. @param {Api} api */
export async function countNotifications(api) {
  return { unreadNotifications: (await api.request('GET /v1/notifications', { query: { limit: 1 } })).unread };
}
