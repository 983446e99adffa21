import { svg } from './dom.js';

const RADIUS = 46;
const ROUND = 2 * Math.PI * RADIUS;

/** The ring of Rondo: the time that is left, or, where that is unknown, a rotating dot. */
export class Ring {
  /** @param {string} [kind] class names */
  constructor(kind = '') {
    this.arc = svg('circle', { class: 'ring-arc', cx: 50, cy: 50, r: RADIUS, 'stroke-dasharray': ROUND, transform: 'rotate(-90 50 50)' });
    this.element = svg(
      'svg',
      { class: `ring ${kind}`, viewBox: '0 0 100 100', 'aria-hidden': 'true' },
      svg('circle', { class: 'ring-track', cx: 50, cy: 50, r: RADIUS }),
      this.arc,
      svg('g', { class: 'ring-orbit' }, svg('circle', { class: 'ring-dot', cx: 50, cy: 4, r: 3.4 }), svg('circle', { class: 'ring-dot second', cx: 50, cy: 96, r: 3.4 })),
    );
  }

  /** @param {number} fraction what is left, 1 to 0 */
  set(fraction) {
    this.arc.style.strokeDashoffset = String(ROUND * (1 - Math.max(0, Math.min(1, fraction))));
  }
}
