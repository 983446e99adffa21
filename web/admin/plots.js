/** Small plots of the last hour: inline SVG, made of numbers. */

import { h, svg } from '../app/dom.js';

const W = 320;
const H = 96;
const HOUR_MS = 3_600_000;
const LEAST_MS = 300_000;

/**
 * @typedef {{name: string, values: (number | null)[]}} Series
 * @typedef {{title: string, now: string, unit?: (value: number) => string, at: number[], series: Series[], kind?: 'line' | 'dots'}} Plot
 */

/** @param {Plot} plot */
export function plot({ title, now, unit = String, at, series, kind = 'line' }) {
  const end = at.length ? at[at.length - 1] : Date.now();
  // A server that has just started shows its few minutes, not an hour of nothing.
  const span = Math.min(HOUR_MS, Math.max(LEAST_MS, end - (at[0] ?? end)));
  const x = (/** @type {number} */ instant) => W - ((end - instant) / span) * W;
  const top = ceiling(highest(series.flatMap((one) => one.values.filter((value) => value !== null)), kind));
  const y = (/** @type {number} */ value) => H - (Math.min(value, top) / top) * (H - 6);
  const shapes = series.flatMap((one, n) => (kind === 'dots' ? dots(one, n, at, x, y) : line(one, n, at, x, y)));
  const cursor = svg('line', { class: 'plot-cursor', y1: 0, y2: H, visibility: 'hidden' });
  const said = h('span', { class: 'plot-said muted' }, '');
  const picture = svg(
    'svg',
    { class: 'plot', viewBox: `0 0 ${W} ${H}`, preserveAspectRatio: 'none', role: 'img', 'aria-label': `${title}, the last ${minutes(span)}: now ${now}, at most ${unit(top)}` },
    svg('line', { class: 'plot-grid', x1: 0, x2: W, y1: y(top / 2), y2: y(top / 2) }),
    svg('line', { class: 'plot-base', x1: 0, x2: W, y1: H, y2: H }),
    ...shapes,
    cursor,
  );
  picture.addEventListener('pointermove', (/** @type {PointerEvent} */ event) => {
    const box = picture.getBoundingClientRect();
    const instant = end - (1 - (event.clientX - box.left) / box.width) * span;
    const n = nearest(at, instant);
    if (n < 0 || Math.abs(at[n] - instant) > 60_000) return leave();
    cursor.setAttribute('x1', x(at[n]));
    cursor.setAttribute('x2', x(at[n]));
    cursor.setAttribute('visibility', 'visible');
    const clock = new Date(at[n]).toLocaleTimeString();
    said.textContent = `${clock}: ${series.map((one) => `${series.length > 1 ? `${one.name} ` : ''}${one.values[n] === null ? '–' : unit(/** @type {number} */ (one.values[n]))}`).join(', ')}`;
  });
  const leave = () => {
    cursor.setAttribute('visibility', 'hidden');
    said.textContent = '';
  };
  picture.addEventListener('pointerleave', leave);
  return h(
    'section',
    { class: 'card tile' },
    h('div', { class: 'tile-head' }, h('h2', {}, title), h('strong', { class: 'tile-now' }, now)),
    h('div', { class: 'plot-box' }, h('span', { class: 'plot-top muted' }, unit(top)), picture),
    h('div', { class: 'plot-foot muted' }, h('span', {}, `${minutes(span)} ago`), said, h('span', {}, 'now')),
    series.length > 1 ? h('ul', { class: 'legend' }, ...series.map((one, n) => h('li', { class: `key key-${n}` }, one.name))) : h('p', { class: 'legend' }, '\u00a0'),
  );
}

/** @param {number} ms */
function minutes(ms) {
  return ms === HOUR_MS ? 'hour' : `${Math.round(ms / 60_000)} min`;
}

/** @param {Series} series @param {number} n @param {number[]} at @param {(at: number) => number} x @param {(value: number) => number} y */
function line(series, n, at, x, y) {
  if (!at.length) return [];
  const d = series.values.map((value, i) => `${i ? 'L' : 'M'}${x(at[i]).toFixed(1)} ${y(value ?? 0).toFixed(1)}`).join('');
  const area = `${d}L${x(at[at.length - 1]).toFixed(1)} ${H}L${x(at[0]).toFixed(1)} ${H}Z`;
  return [svg('path', { class: `plot-area area-${n}`, d: area }), svg('path', { class: `plot-line line-${n}`, d, 'vector-effect': 'non-scaling-stroke' })];
}

/** One for each point that has a value: a median of nothing is no zero. @param {Series} series @param {number} n @param {number[]} at @param {(at: number) => number} x @param {(value: number) => number} y */
function dots(series, n, at, x, y) {
  // A line of no length with round ends is a dot that is round however the picture is stretched.
  const d = series.values.map((value, i) => (value === null ? '' : `M${x(at[i]).toFixed(1)} ${y(value).toFixed(1)}h0`)).join('');
  return d ? [svg('path', { class: `plot-line plot-dots line-${n}`, d, 'vector-effect': 'non-scaling-stroke' })] : [];
}

/** @param {(number | null)[]} values @param {'line' | 'dots'} kind */
function highest(values, kind) {
  const sorted = /** @type {number[]} */ (values).sort((one, other) => one - other);
  // One long wait must not flatten the rest of the plot.
  return kind === 'dots' ? 1.3 * (sorted[Math.floor(sorted.length * 0.95)] ?? 0) : (sorted.at(-1) ?? 0);
}

/** @param {number} value */
function ceiling(value) {
  if (value <= 4) return 4;
  const step = 10 ** Math.floor(Math.log10(value));
  return [1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10].map((factor) => factor * step).find((candidate) => candidate >= value) ?? value;
}

/** @param {number[]} at @param {number} instant */
function nearest(at, instant) {
  let best = -1;
  at.forEach((one, n) => {
    if (best < 0 || Math.abs(one - instant) < Math.abs(at[best] - instant)) best = n;
  });
  return best;
}
