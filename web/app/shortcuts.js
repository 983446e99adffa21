import { open } from './dialogs.js';
import { h } from './dom.js';
import { rich, t } from './i18n.js';
import { languageChoice } from './language.js';

/** Whose page it is, before or after they came in. @typedef {import('./app.js').App | import('./start.js').Start} Visited */

/** @returns {[string, string][]} */
const keys = () => [
  ['A', t('key-accept')],
  ['D', t('key-decline')],
  ['M', t('key-microphone')],
  ['V', t('key-camera')],
  ['C', t('key-chat')],
  ['S', t('key-share')],
  ['F', t('key-full')],
  [t('key-next-keys'), t('key-next')],
  ['Esc', t('key-escape')],
  ['?', t('key-help')],
];

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
      return showHelp(app);
    }
    if (key === ' ' && target.closest('button, a, summary, label, input')) return;
    const action = current()[key];
    if (!action) return;
    event.preventDefault();
    action();
  }, { signal });
}

/** @param {Visited} app */
export function showHelp(app) {
  const toggle = h('input', { type: 'checkbox', checked: app.prefs.get('shortcuts'), onchange: () => app.prefs.set({ shortcuts: toggle.checked }) });
  const dialog = open({
    title: t('help'),
    kind: 'light',
    content: [
      h('p', {}, t('help-pairing')),
      h('p', {}, t('help-media')),
      h('h3', {}, t('help-keys')),
      h('dl', { class: 'keys' }, ...keys().flatMap(([key, meaning]) => [h('dt', {}, h('kbd', {}, key)), h('dd', {}, meaning)])),
      h('label', { class: 'check' }, toggle, h('span', {}, t('help-single-keys'))),
      h('p', { class: 'muted' }, ...rich('help-developers', { link: h('a', { href: '/docs' }, t('help-contract')) })),
      languageChoice(app),
      h('div', { class: 'actions' }, h('button', { type: 'button', class: 'button primary', onclick: () => dialog.close('') }, t('help-close'))),
    ],
  });
}
