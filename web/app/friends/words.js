/** What messages, calls and files are called. */

import { isolated, locale, t } from '../i18n.js';
import { duration } from '../time.js';
import { memberName } from './faces.js';

/** @typedef {import('../../people.js').People} People */

const DAY_MS = 86_400_000;
export const PICTURES = ['image/jpeg', 'image/png', 'image/webp', 'image/gif'];
const MENTION = /<@([0-9a-f-]{36})>/g;

/** @param {number} at @param {number} now */
export function stamp(at, now) {
  const date = new Date(at);
  if (date.toDateString() === new Date(now).toDateString()) return time(at);
  return new Intl.DateTimeFormat(locale(), now - at < 6 * DAY_MS ? { weekday: 'short' } : { day: 'numeric', month: 'short' }).format(date);
}

/** @param {number} at */
export function time(at) {
  return new Date(at).toLocaleTimeString(locale(), { hour: 'numeric', minute: '2-digit' });
}

/** @param {number} at @param {number} now */
export function day(at, now) {
  const ago = Math.round((new Date(now).setHours(0, 0, 0, 0) - new Date(at).setHours(0, 0, 0, 0)) / DAY_MS);
  if (ago === 0 || ago === 1) return new Intl.RelativeTimeFormat(locale(), { numeric: 'auto' }).format(-ago, 'day');
  return new Intl.DateTimeFormat(locale(), { weekday: 'long', day: 'numeric', month: 'long' }).format(at);
}

/** @param {number} bytes */
export function size(bytes) {
  const [amount, unit] = bytes < 1_000 ? [bytes, 'byte'] : bytes < 1_000_000 ? [bytes / 1_000, 'kilobyte'] : [bytes / 1_000_000, 'megabyte'];
  return new Intl.NumberFormat(locale(), { style: 'unit', unit, unitDisplay: unit === 'byte' ? 'long' : 'short', maximumFractionDigits: amount < 10 ? 1 : 0 }).format(amount);
}

/** In how many hours. @param {number} ms */
export function ahead(ms) {
  return new Intl.RelativeTimeFormat(locale()).format(Math.max(1, Math.ceil(ms / 3_600_000)), 'hour');
}

/** @param {string[]} names */
export function listed(names) {
  return new Intl.ListFormat(locale(), { type: 'conjunction' }).format(names.map(isolated));
}

/** A text with the names of those it mentions. @param {People} people @param {import('../../people.js').Channel | null} channel @param {string} body */
export function mentionsNamed(people, channel, body) {
  return body.replace(MENTION, (_, id) => `@${memberName(people, channel, id)}`);
}

/** Whether a message may still be changed. @param {import('../app.js').App} app @param {import('../../people.js').ShownMessage} message */
export function isYoung({ rondo, people }, { sent_at }) {
  return (rondo?.now() ?? 0) - sent_at < (people?.state.limits.edit_s ?? 0) * 1_000;
}

/** A call between friends, in the conversation. @param {{outcome?: string, live_s?: number | null}} details */
export function callWords({ outcome = '', live_s }) {
  return t('talk-call', { outcome: live_s ? 'ended' : outcome, duration: duration(live_s ?? 0) });
}

/** What the service says in a conversation. @param {People} people @param {import('../../people.js').Channel | null} channel @param {Record<string, any>} details @param {string} me */
export function noticeWords(people, channel, { notice, by, user_id, name }, me) {
  const named = (/** @type {string | undefined} */ id) => memberName(people, channel, id);
  const mine = by === me ? 'by' : user_id === me ? 'name' : 'other';
  switch (notice) {
    case 'created':
      return t('notice-created', { by: named(by), mine });
    case 'added':
      return t('notice-added', { by: named(by), name: named(user_id), mine });
    case 'left':
      return t('notice-left', { name: named(user_id ?? by) });
    case 'removed':
      return t('notice-removed', { by: named(by), name: named(user_id), mine });
    case 'renamed':
      return t('notice-renamed', { by: named(by), title: name ?? '', mine });
    case 'owner_changed':
      return t('notice-owner', { name: named(user_id), mine });
    case 'reopened':
      return t('notice-reopened');
    default:
      return t('notice-closed');
  }
}

/** A message in a line. @param {People} people @param {import('../../people.js').Channel | null} channel @param {import('../../people.js').ChannelMessage} message @param {string} me */
export function said(people, channel, message, me) {
  if (message.hidden) return t('messages-hidden');
  if (message.deleted_at) return t('messages-deleted');
  if (message.kind === 'call') return callWords(message.details ?? {});
  if (message.kind === 'notice') return noticeWords(people, channel, message.details ?? {}, me);
  const file = message.attachments?.[0];
  return mentionsNamed(people, channel, message.body ?? '') || (file && PICTURES.includes(file.media_type) ? t('messages-picture') : t('messages-file'));
}
