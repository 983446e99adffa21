import { open } from './dialogs.js';
import { h } from './dom.js';
import { rich, t } from './i18n.js';
import { languageChoice } from './language.js';

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

/** @param {import('./shortcuts.js').Visited} app */
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
