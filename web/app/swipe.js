/** From the edge of the screen a browser itself goes back or forward. */
const EDGE_PX = 24;
const AT_LEAST_PX = 90;
/** What a finger may want to press, mark or move instead. */
const OTHERS = ['button', 'a', 'input', 'textarea', 'select', '.self', '.controls', '.call-panel', '.composer'].join();

/**
 * Call *done* when a finger draws across *element* against the direction of reading, and show the progress: `--swiped`, 0 to 1.
 * @param {HTMLElement} element
 * @param {() => void} done
 */
export function onSwipe(element, done) {
  /** @type {{id: number, x: number, y: number} | null} */
  let start = null;
  let swiped = 0;
  const show = (/** @type {number} */ share) => {
    swiped = share;
    element.style.setProperty('--swiped', share.toFixed(3));
    element.classList.toggle('swiping', share > 0);
  };
  element.addEventListener('pointerdown', ({ pointerType, pointerId, isPrimary, clientX, clientY, target }) => {
    if (pointerType !== 'touch' || !isPrimary || /** @type {Element} */ (target).closest(OTHERS)) return;
    if (clientX > EDGE_PX && clientX < innerWidth - EDGE_PX) start = { id: pointerId, x: clientX, y: clientY };
  });
  element.addEventListener('pointermove', ({ pointerId, clientX, clientY }) => {
    if (start?.id !== pointerId) return;
    const on = document.documentElement.dir === 'rtl' ? clientX - start.x : start.x - clientX;
    if (Math.abs(clientY - start.y) > Math.max(40, Math.abs(on))) return stop();
    show(Math.min(1, Math.max(0, on / Math.max(AT_LEAST_PX, innerWidth * 0.3))));
  });
  const stop = () => {
    start = null;
    show(0);
  };
  element.addEventListener('pointercancel', stop);
  element.addEventListener('pointerup', ({ pointerId }) => {
    if (start?.id !== pointerId) return;
    const far = swiped === 1;
    stop();
    if (far) done();
  });
}
