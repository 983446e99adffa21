/** Whose page it is, before or after they came in. @typedef {import('./app.js').App | import('./start.js').Start} Visited */

/**
 * Single keys do things, unless someone is typing, or turned them off (WCAG 2.1.4).
 * @param {Visited} app
 * @param {() => Record<string, () => void>} current what the keys mean just now
 * @param {AbortSignal} [signal] ends it
 */
export function listen(app, current, signal) {
  document.addEventListener('keydown', (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
    const target = /** @type {HTMLElement} */ (event.target);
    const typing = target.closest('input:not([type=checkbox], [type=radio], [type=range]), textarea, select, [contenteditable]');
    const key = event.key.toLowerCase();
    if (key === 'escape' ? typing && /** @type {HTMLTextAreaElement} */ (typing).value : typing) return;
    if (key !== 'escape' && !app.prefs.get('shortcuts')) return;
    const asking = document.querySelector('dialog[open]:not(.invite)');
    if (asking) return;
    if (key === '?') {
      event.preventDefault();
      return app.help();
    }
    if (key === ' ' && target.closest('button, a, summary, label, input')) return;
    const action = current()[key];
    if (!action) return;
    event.preventDefault();
    action();
  }, { signal });
}
