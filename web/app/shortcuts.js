import { open } from './dialogs.js';
import { h } from './dom.js';

const KEYS = [
  ['A', 'accept an invite'],
  ['D', 'decline an invite'],
  ['M', 'microphone on or off'],
  ['V', 'camera on or off'],
  ['C', 'open the chat, and write'],
  ['N', 'next person'],
  ['Esc', 'hang up (asks first), close a dialog, stop looking'],
  ['?', 'this help'],
];

/**
 * Single keys do things, unless someone is typing, or turned them off (WCAG 2.1.4).
 * @param {import('./app.js').App} app
 * @param {() => Record<string, () => void>} current what the keys mean just now
 */
export function listen(app, current) {
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
      return showHelp(app);
    }
    const action = current()[key];
    if (!action) return;
    event.preventDefault();
    action();
  });
}

/** @param {import('./app.js').App} app */
export function showHelp(app) {
  const toggle = h('input', { type: 'checkbox', checked: app.prefs.get('shortcuts'), onchange: () => app.prefs.set({ shortcuts: toggle.checked }) });
  const dialog = open({
    title: 'How Rondo works',
    kind: 'light',
    content: [
      h('p', {}, 'You wait, someone else waits, and you are introduced. Both have 20 seconds to say yes. In text, keep the torch lit: whoever is silent for two minutes lets it burn down.'),
      h('p', {}, 'Video and sound go from browser to browser. If the server restarts, your call goes on.'),
      h('h3', {}, 'Keys'),
      h('dl', { class: 'keys' }, ...KEYS.flatMap(([key, meaning]) => [h('dt', {}, h('kbd', {}, key)), h('dd', {}, meaning)])),
      h('label', { class: 'check' }, toggle, h('span', {}, 'Single keys do things (Esc always does)')),
      h('p', { class: 'muted' }, 'For developers: ', h('a', { href: '/docs' }, 'the contract'), '.'),
      h('div', { class: 'actions' }, h('button', { type: 'button', class: 'button primary', onclick: () => dialog.close('') }, 'Got it')),
    ],
  });
}
