import { announce } from '../announce.js';
import { h } from '../dom.js';
import { t } from '../i18n.js';

/** @typedef {'top-left' | 'top-right' | 'bottom-right' | 'bottom-left'} Corner */

/** Clockwise. @type {Corner[]} */
const CORNERS = ['top-left', 'top-right', 'bottom-right', 'bottom-left'];
/** A shorter way is a click. */
const DRAG_PX = 6;

/** Moves our own picture from corner to corner: by drag, by arrow keys, and by a click to the next one. */
export class CornerMover {
  #drag = /** @type {{x: number, y: number, moved: boolean} | null} */ (null);
  #ignoreClick = false;

  /**
   * @param {HTMLElement} element what moves; style.css and its kin know `data-corner`
   * @param {import('../prefs.js').Prefs} prefs
   */
  constructor(element, prefs) {
    this.element = element;
    this.prefs = prefs;
    this.handle = h('button', { type: 'button', class: 'self-handle', dataset: { test: 'self-handle' } });
    this.handle.addEventListener('pointerdown', (/** @type {PointerEvent} */ event) => this.#begin(event));
    this.handle.addEventListener('pointermove', (/** @type {PointerEvent} */ event) => this.#move(event));
    this.handle.addEventListener('pointerup', (/** @type {PointerEvent} */ event) => this.#end(event));
    this.handle.addEventListener('pointercancel', () => this.#drop());
    this.handle.addEventListener('keydown', (/** @type {KeyboardEvent} */ event) => this.#key(event));
    this.handle.addEventListener('click', () => this.#click());
    element.append(this.handle);
    const corner = prefs.get('corner');
    if (corner) element.dataset.corner = corner;
    this.#name();
  }

  /** Where it is: by choice, or where the layout put it. @returns {Corner} */
  get corner() {
    const chosen = /** @type {Corner | undefined} */ (this.element.dataset.corner);
    return chosen ?? this.#cornerAt(centre(this.element));
  }

  /** @param {Corner} corner */
  moveTo(corner) {
    const before = this.element.getBoundingClientRect();
    this.element.style.translate = '';
    this.element.dataset.corner = corner;
    this.prefs.set({ corner });
    const after = this.element.getBoundingClientRect();
    if (!matchMedia('(prefers-reduced-motion: reduce)').matches) {
      const translate = [`${before.x - after.x}px ${before.y - after.y}px`, '0 0'];
      this.element.animate({ translate }, { duration: 320, easing: 'cubic-bezier(.2, .9, .25, 1.08)' });
    }
    this.#name();
  }

  /** @param {PointerEvent} event */
  #begin(event) {
    if (event.button) return;
    this.handle.setPointerCapture(event.pointerId);
    this.#drag = { x: event.clientX, y: event.clientY, moved: false };
    this.#ignoreClick = false;
  }

  /** @param {PointerEvent} event */
  #move(event) {
    const drag = this.#drag;
    if (!drag) return;
    const [x, y] = [event.clientX - drag.x, event.clientY - drag.y];
    drag.moved ||= Math.hypot(x, y) >= DRAG_PX;
    if (drag.moved) this.element.style.translate = `${x}px ${y}px`;
  }

  /** @param {PointerEvent} event */
  #end(event) {
    const drag = this.#drag;
    this.#drag = null;
    if (!drag?.moved) return;
    this.#ignoreClick = true;
    event.preventDefault();
    this.moveTo(this.#cornerAt(centre(this.element)));
  }

  #drop() {
    this.#drag = null;
    this.element.style.translate = '';
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const [row, column] = this.corner.split('-');
    const to = { ArrowUp: `top-${column}`, ArrowDown: `bottom-${column}`, ArrowLeft: `${row}-left`, ArrowRight: `${row}-right` }[event.key];
    if (!to) return;
    event.preventDefault();
    this.#moveAloud(/** @type {Corner} */ (to));
  }

  #click() {
    if (this.#ignoreClick) return void (this.#ignoreClick = false);
    this.#moveAloud(CORNERS[(CORNERS.indexOf(this.corner) + 1) % CORNERS.length]);
  }

  /** @param {Corner} corner */
  #moveAloud(corner) {
    this.moveTo(corner);
    announce(t('self-at', { corner }));
  }

  #name() {
    const label = this.element.dataset.corner ? t('self-move-from', { corner: this.corner }) : t('self-move');
    this.handle.setAttribute('aria-label', label);
    this.handle.title = label;
  }

  /** @param {{x: number, y: number}} point @returns {Corner} */
  #cornerAt({ x, y }) {
    const middle = centre(this.element.parentElement ?? document.body);
    return /** @type {Corner} */ (`${y < middle.y ? 'top' : 'bottom'}-${x < middle.x ? 'left' : 'right'}`);
  }
}

/** @param {Element} element */
function centre(element) {
  const { x, y, width, height } = element.getBoundingClientRect();
  return { x: x + width / 2, y: y + height / 2 };
}
