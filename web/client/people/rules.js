/**
 * Friends, requests and inbox as pure functions of (state, event, own id). No socket, no clock.
 * @typedef {import('../../people.js').PeopleState} State
 * @typedef {import('../../people.js').Channel} Channel
 * @typedef {import('../../people.js').ChannelMessage} ChannelMessage
 */

/** Kinds of notifications that are in no list: what is unread is theirs. */
const UNLISTED = new Set(['message', 'mention']);

/** @type {State} */
export const NOTHING = Object.freeze({
  available: null,
  ready: false,
  friends: [],
  received: [],
  sent: [],
  channels: [],
  former: {},
  hasMoreChannels: false,
  unreadChannels: 0,
  unreadNotifications: 0,
  limits: Object.freeze({
    message_chars: 2_000,
    mentions_max: 10,
    reactions_max: 20,
    edit_s: 900,
    typing_every_s: 3,
    attachments_per_message: 4,
    attachment_bytes: 10_485_760,
    group_members_max: 10,
    unread_max: 100,
  }),
});

/**
 * Apply an event. One that was applied before, or that the lists hold already, changes nothing.
 * @param {State} state
 * @param {any} frame
 * @param {string} me own user id
 * @returns {State}
 */
export function reduce(state, frame, me) {
  switch (frame.type) {
    case 'friend.requested':
      return { ...state, received: [frame.request, ...withoutUser(state.received, frame.request.user.user_id)] };
    case 'friend.added':
      return befriended(state, frame.friend);
    case 'friend.presence': {
      const { user_id, presence } = frame;
      return { ...state, friends: state.friends.map((friend) => (friend.user_id === user_id ? { ...friend, presence } : friend)) };
    }
    case 'notification': {
      const { kind, read_at } = frame.notification;
      return read_at || UNLISTED.has(kind) ? state : { ...state, unreadNotifications: state.unreadNotifications + 1 };
    }
    case 'channel.gone':
      return replaced(state, frame.channel_id, null);
    case 'channel.changed': {
      const known = state.channels.find(({ channel_id }) => channel_id === frame.channel.channel_id);
      const shown = seen(known, frame.channel);
      const { kind, writable, peer, channel_id, members } = shown;
      const isSmaller = known?.members.some(({ user_id }) => !members.some((member) => member.user_id === user_id));
      // Who has left is a former member, who has deleted the account is none: the server knows.
      const next = replaced(isSmaller ? { ...state, former: { ...state.former, [channel_id]: undefined } } : state, channel_id, shown);
      if (kind !== 'dm' || !peer) return next;
      // The only sign of an unfriend is that the DM is closed.
      if (!writable) return withoutFriend(next, peer.user_id);
      return { ...next, friends: next.friends.map((friend) => (friend.user_id === peer.user_id ? { ...friend, channel_id } : friend)) };
    }
    default: {
      const id = channelOf(frame);
      const channel = state.channels.find(({ channel_id }) => channel_id === id);
      const next = channel && changed(channel, frame, me);
      return next && next !== channel ? replaced(state, channel.channel_id, next) : state;
    }
  }
}

/** The channel that an event is about. @param {any} frame @returns {string | undefined} */
export function channelOf({ message, channel, channel_id }) {
  return message?.channel_id ?? channel?.channel_id ?? channel_id;
}

/**
 * A channel after an event of it.
 * @param {Channel} channel
 * @param {any} frame
 * @param {string} me
 * @returns {Channel}
 */
export function changed(channel, frame, me) {
  if (frame.type === 'channel.message') return withMessage(channel, frame.message, me);
  if (frame.type === 'channel.message_changed') return withChange(channel, frame.message, me);
  if (frame.type === 'channel.marked' && frame.user_id === me && frame.read) return withRead(channel, frame.read);
  return channel;
}

/** @param {Channel} channel @param {ChannelMessage} message @param {string} me @returns {Channel} */
function withMessage(channel, message, me) {
  const { n } = message;
  // What `channel.changed` has told already comes as an event too.
  if (n <= channel.last_n) return channel;
  const counts = n > channel.read_n && isUnread(message, me);
  return {
    ...channel,
    last_n: n,
    last_message: message,
    last_at: message.hidden ? channel.last_at : Math.max(channel.last_at, message.sent_at),
    unread: channel.unread + (counts ? 1 : 0),
    mentions: channel.mentions + (counts && !message.hidden && message.body.includes(`<@${me}>`) ? 1 : 0),
  };
}

/** @param {Channel} channel @param {ChannelMessage} message @param {string} me @returns {Channel} */
function withChange(channel, message, me) {
  const last = channel.last_message;
  if (message.rev <= channel.rev) return channel;
  const isLess = !message.hidden && message.deleted_at && message.from !== me && message.n > channel.read_n;
  const unread = Math.max(0, channel.unread - (isLess ? 1 : 0));
  return {
    ...channel,
    rev: message.rev,
    unread,
    mentions: Math.min(channel.mentions, unread),
    last_message: last?.n === message.n && last.rev <= message.rev ? message : last,
  };
}

/** Everything up to *n* was read. @param {Channel} channel @param {number} n @returns {Channel} */
export function withRead(channel, n) {
  if (n <= channel.read_n) return channel;
  const unread = Math.min(channel.unread, Math.max(0, channel.last_n - n));
  return { ...channel, read_n: n, unread, mentions: Math.min(channel.mentions, unread) };
}

/** @param {State} state @param {string} channelId @param {number} n @returns {State} */
export function read(state, channelId, n) {
  const channel = state.channels.find(({ channel_id }) => channel_id === channelId);
  return channel ? replaced(state, channelId, withRead(channel, n)) : state;
}

/**
 * The channel as the server has just told it; what we know of later messages stays.
 * @param {Channel | undefined | null} known
 * @param {Channel} told
 * @returns {Channel}
 */
export function seen(known, told) {
  if (!known) return told;
  const { last_n, rev, last_at, last_message, unread, mentions } = known;
  const later = known.last_n > told.last_n || (known.last_n === told.last_n && known.rev > told.rev);
  const now = later ? { ...told, last_n, rev, last_at, last_message, unread, mentions } : told;
  return withRead(now, known.read_n);
}

/** Present friends as `welcome` tells them. @param {State} state @param {{user_id: string, presence: any}[]} present */
export function withPresence(state, present) {
  const found = new Map(present.map(({ user_id, presence }) => [user_id, presence]));
  return { ...state, friends: state.friends.map((friend) => ({ ...friend, presence: found.get(friend.user_id) ?? 'offline' })) };
}

/** @param {State} state @param {import('../../people.js').Friend} friend @returns {State} */
export function befriended(state, friend) {
  const next = withoutFriend(state, friend.user_id);
  return { ...next, friends: [friend, ...next.friends] };
}

/** Neither a friend nor asked. @param {State} state @param {string} userId @returns {State} */
export function withoutFriend(state, userId) {
  const friends = state.friends.filter(({ user_id }) => user_id !== userId);
  return { ...state, friends, received: withoutUser(state.received, userId), sent: withoutUser(state.sent, userId) };
}

/** Channels that were listed after those that are here. @param {State} state @param {Channel[]} more @returns {State} */
export function withMore(state, more) {
  const known = new Set(state.channels.map(({ channel_id }) => channel_id));
  return { ...state, channels: sorted([...state.channels, ...more.filter(({ channel_id }) => !known.has(channel_id))]) };
}

/** @param {ChannelMessage} message @param {string} me */
function isUnread(message, me) {
  return !message.hidden && message.from !== me && message.kind !== 'notice' && !message.deleted_at;
}

/**
 * Put a channel into its place in the inbox; null takes it out.
 * @param {State} state
 * @param {string} channelId
 * @param {Channel | null} channel
 * @returns {State}
 */
function replaced(state, channelId, channel) {
  const known = state.channels.find(({ channel_id }) => channel_id === channelId);
  const others = state.channels.filter((other) => other !== known);
  // How many are unread is counted by the server, over all pages; here it only follows channels that are known.
  const difference = known ? Number(Boolean(channel?.unread)) - Number(known.unread > 0) : 0;
  return {
    ...state,
    channels: channel ? sorted([...others, channel]) : others,
    unreadChannels: Math.max(0, state.unreadChannels + difference),
  };
}

/** @param {Channel[]} channels */
function sorted(channels) {
  return channels.sort((a, b) => b.last_at - a.last_at || (a.channel_id < b.channel_id ? 1 : -1));
}

/** @param {import('../../people.js').FriendRequest[]} requests @param {string} userId */
function withoutUser(requests, userId) {
  return requests.filter(({ user }) => user.user_id !== userId);
}
