/** Names, avatars and presence of friends and conversations. */

import { avatar, h, icon } from '../dom.js';
import { t } from '../i18n.js';

/**
 * @typedef {import('../../people.js').People} People
 * @typedef {{user_id: string, display_name: string, deleted?: boolean}} Person
 */

/**
 * What was shown to one account, until it signs out. `pictures`: links live for minutes; the first that worked shows the
 * same picture later. `persons`: members that were shown; they name who has left until the former members are read.
 * @type {WeakMap<People, {pictures: Map<string, string>, persons: Map<string, Person>}>}
 */
const caches = new WeakMap();

/** @param {People} people */
function cacheOf(people) {
  const known = caches.get(people) ?? { pictures: new Map(), persons: new Map() };
  caches.set(people, known);
  return known;
}

/** The nickname that the user keeps for a friend, or else the person's own name. @param {People} people @param {Person | null | undefined} person */
export function nameFor(people, person) {
  if (!person || person.deleted) return t('deleted-person');
  return people.friend(person.user_id)?.nickname || person.display_name;
}

/** A present or former member, as far as it is known. @param {People} people @param {import('../../people.js').Channel | null | undefined} channel @param {string | null | undefined} userId */
export function memberOf(people, channel, userId) {
  const former = (channel && people.state.former[channel.channel_id]) ?? [];
  return [channel?.peer, ...(channel?.members ?? []), ...former].find((person) => person?.user_id === userId);
}

/** The name of a present or former member; it follows when the former members are read. @param {People} people @param {import('../../people.js').Channel | null | undefined} channel @param {string | null | undefined} userId */
export function memberName(people, channel, userId) {
  const { persons } = cacheOf(people);
  for (const person of channel?.members ?? []) persons.set(person.user_id, person);
  const former = channel ? people.state.former[channel.channel_id] : undefined;
  const named = memberOf(people, channel, userId) ?? people.friend(userId ?? '');
  if (named) return nameFor(people, named);
  if (channel?.kind === 'group' && !former) void people.readFormer(channel.channel_id);
  const before = former ? null : persons.get(userId ?? '');
  return before ? nameFor(people, before) : t('talk-former');
}

/** A picture in a round sign; where it cannot be loaded, the letter stays. @param {People} people @param {HTMLElement} sign @param {string} url */
export function picture(people, sign, url) {
  const { pathname } = new URL(url, location.href);
  const working = cacheOf(people).pictures;
  const image = h('img', { alt: '', src: working.get(pathname) ?? url, decoding: 'async' });
  image.addEventListener('load', () => working.set(pathname, image.src));
  image.addEventListener('error', () => (working.delete(pathname), image.remove()));
  sign.append(image);
  return sign;
}

/** The sign of a person, of a friend with picture and presence. @param {People} people @param {Person | null} person @param {string} [kind] */
export function face(people, person, kind = '') {
  const friend = person && people.friend(person.user_id);
  const sign = avatar(person && { ...person, display_name: nameFor(people, person) }, kind);
  if (!friend) return sign;
  if (friend.avatar_url) picture(people, sign, people.resolve(friend.avatar_url));
  return h('span', { class: 'has-presence' }, sign, h('span', { class: 'presence', dataset: { presence: friend.presence } }));
}

/** @param {People} people @param {import('../../people.js').Channel} channel */
export function titleOf(people, channel) {
  return channel.kind === 'group' ? (channel.name ?? '') : nameFor(people, channel.peer);
}

/** @param {People} people @param {import('../../people.js').Channel} channel @param {string} [kind] */
export function channelFace(people, channel, kind = '') {
  if (channel.kind === 'dm') return face(people, channel.peer, kind);
  const sign = avatar({ display_name: channel.name ?? '' }, ['group', kind].join(' '));
  sign.replaceChildren(icon('people'));
  return sign;
}
