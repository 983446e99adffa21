/** Instants, durations and ids, as a moderator reads them. */

const DAY = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' });

/** @param {number | null} at */
export function when(at) {
  return at === null ? '' : DAY.format(at);
}

/** @param {number} at @param {number} [now] */
export function ago(at, now = Date.now()) {
  const s = Math.max(0, (now - at) / 1000);
  if (s < 60) return 'just now';
  if (s < 3600) return `${Math.floor(s / 60)} min ago`;
  if (s < 86400) return `${Math.floor(s / 3600)} h ago`;
  return `${Math.floor(s / 86400)} d ago`;
}

/** @param {number} ms */
export function lasting(ms) {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  const s = ms / 1000;
  if (s < 60) return `${s < 10 ? s.toFixed(1) : Math.round(s)} s`;
  if (s < 3600) return `${Math.floor(s / 60)} min ${Math.round(s % 60)} s`;
  return `${Math.floor(s / 3600)} h ${Math.round((s % 3600) / 60)} min`;
}

/** How long two people talked. @param {number} ms */
export function talk(ms) {
  return ms < 1000 ? 'less than a second' : lasting(ms);
}

/** @param {string | null} id */
export function short(id) {
  return id === null ? '' : `…${id.slice(-8)}`;
}

/** @param {string | null} name */
export function named(name) {
  return name ?? 'Deleted person';
}
