/** How things stand: live figures, and what waits for a moderator. */

import { h } from '../app/dom.js';
import { get } from './api.js';
import { heading } from './parts.js';
import { plot } from './plots.js';
import { lasting } from './words.js';

const EVERY_MS = 5_000;

/** @param {HTMLElement} place @param {import('../admin.js').Desk} desk */
export async function overview(place, desk) {
  const tiles = h('div', { class: 'tiles' });
  const work = h('div', { class: 'work' });
  place.append(heading('How things stand', 'On this node, every five seconds.'), work, tiles);
  await refresh();
  const timer = setInterval(() => refresh().catch(() => {}), EVERY_MS);
  return () => clearInterval(timer);

  async function refresh() {
    if (document.hidden && tiles.childElementCount) return;
    const figures = await get('/v1/admin/stats');
    desk.count(figures.work);
    work.replaceChildren(...waiting(figures.work, desk));
    // The pointer of a reader stays where it is: what is being looked at is not redrawn.
    if (tiles.matches(':hover') && tiles.childElementCount) return;
    tiles.replaceChildren(...plots(figures));
  }
}

/** @param {any} work @param {import('../admin.js').Desk} desk */
function waiting(work, desk) {
  /** @type {[string, number, string][]} */
  const counts = [
    ['Open reports', work.open_reports, 'reports'],
    ['Open appeals', work.open_appeals, 'appeals'],
    ['Bans in force', work.standing_bans, 'bans'],
    ['Banned networks', work.ip_bans, 'addresses'],
  ];
  const tiles = counts.map(([label, count, part]) =>
    h('button', { type: 'button', class: `count ${count && part !== 'bans' && part !== 'addresses' ? 'due' : ''}`, onclick: () => desk.show(part) }, h('strong', {}, String(count)), h('span', {}, label)),
  );
  const erasures = work.message_erasures;
  if (!erasures) return tiles;
  return [...tiles, h('p', { class: 'hint', dataset: { test: 'erasures' } }, erasures === 1 ? 'Messages of one deleted account are being emptied.' : `Messages of ${erasures} deleted accounts are being emptied.`)];
}

/** @param {any} figures */
function plots({ now, points, server_at }) {
  const all = thin([...points, { ...now, at: server_at }]);
  const at = all.map((point) => point.at);
  const both = (/** @type {string} */ what) => ['video', 'text'].map((mode) => ({ name: mode, values: all.map((point) => point[what][mode]) }));
  const recent = (/** @type {string} */ what) => all.filter((point) => point.at > server_at - 60_000).reduce((sum, point) => sum + point[what], 0);
  const median = all.map((point) => point.time_to_pair_ms).filter((ms) => ms !== null).at(-1);
  return [
    plot({ title: 'Waiting', now: String(now.waiting.video + now.waiting.text), at, series: both('waiting') }),
    plot({ title: 'Pairs per minute', now: String(recent('pairs')), at, series: [{ name: 'pairs', values: perMinute(all, 'pairs') }] }),
    plot({ title: 'Time to pair', now: median === undefined ? '–' : lasting(median), unit: (ms) => lasting(Math.round(ms)), kind: 'dots', at, series: [{ name: 'median', values: all.map((point) => point.time_to_pair_ms) }] }),
    plot({ title: 'Rooms', now: String(now.rooms.video + now.rooms.text), at, series: both('rooms') }),
    plot({ title: 'Resumes per minute', now: String(recent('resumed')), at, series: [{ name: 'resumed', values: perMinute(all, 'resumed') }, { name: 'started anew', values: perMinute(all, 'fresh') }] }),
    plot({ title: 'People connected', now: String(now.connected), at, series: [{ name: 'people', values: all.map((point) => point.connected) }] }),
  ];
}

const PLACES = 180;

/** As many points as can be told apart: counts added up, the rest as it stood. @param {any[]} points */
function thin(points) {
  const size = Math.ceil(points.length / PLACES);
  if (size === 1) return points;
  const thinned = [];
  for (let end = points.length; end > 0; end -= size) {
    const group = points.slice(Math.max(0, end - size), end);
    const last = group[group.length - 1];
    const sum = (/** @type {string} */ what) => group.reduce((total, point) => total + point[what], 0);
    const mean = (/** @type {string} */ what, /** @type {string} */ mode) => Math.round(group.reduce((total, point) => total + point[what][mode], 0) / group.length);
    const waits = group.map((point) => point.time_to_pair_ms).filter((ms) => ms !== null);
    thinned.unshift({
      ...last,
      waiting: { video: mean('waiting', 'video'), text: mean('waiting', 'text') },
      rooms: { video: mean('rooms', 'video'), text: mean('rooms', 'text') },
      pairs: sum('pairs'),
      resumed: sum('resumed'),
      fresh: sum('fresh'),
      time_to_pair_ms: waits.length ? waits[Math.floor(waits.length / 2)] : null,
    });
  }
  return thinned;
}

/** What happened in the minute before each point. @param {any[]} points @param {string} what */
function perMinute(points, what) {
  let from = 0;
  let sum = 0;
  return points.map((point) => {
    sum += point[what];
    while (points[from].at <= point.at - 60_000) sum -= points[from++][what];
    return sum;
  });
}
