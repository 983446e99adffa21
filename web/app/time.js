/** Durations and times as a person reads them. */

import { locale, t } from './i18n.js';

/** @param {number} ms */
export function clock(ms) {
  const s = Math.ceil(ms / 1000);
  return `${Math.floor(s / 60)}:${String(s % 60).padStart(2, '0')}`;
}

/** @param {number} ms */
export function elapsed(ms) {
  return clock(Math.floor(Math.max(0, ms) / 1000) * 1000);
}

/** @param {number} seconds */
export function duration(seconds) {
  const [amount, unit] = seconds < 60 ? [Math.round(seconds), 'second'] : [Math.round(seconds / 60), 'minute'];
  return new Intl.NumberFormat(locale(), { style: 'unit', unit, unitDisplay: 'long' }).format(amount);
}

/** How long ago. @param {number} ms */
export function since(ms) {
  const minutes = Math.floor(ms / 60_000);
  if (minutes < 1) return t('just-now');
  const ago = new Intl.RelativeTimeFormat(locale());
  if (minutes < 60) return ago.format(-minutes, 'minute');
  if (minutes < 24 * 60) return ago.format(-Math.floor(minutes / 60), 'hour');
  return ago.format(-Math.floor(minutes / 60 / 24), 'day');
}
