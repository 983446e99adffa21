/** The choice of a language: the page changes immediately, and the browser stores it. */

import { toast } from './dialogs.js';
import { h, icon } from './dom.js';
import { LANGUAGES, choose, language, t } from './i18n.js';
import { refusal } from './refusal.js';

/** @param {import('./app.js').App | import('./start.js').Start} app */
export function languageChoice(app) {
  const options = Object.entries(LANGUAGES).map(([code, { name }]) => h('option', { value: code, lang: code, selected: code === language() }, name));
  const select = h('select', { dataset: { test: 'language' }, onchange: () => void change() }, ...options);

  async function change() {
    try {
      await choose(select.value);
    } catch {
      select.value = language();
      toast(refusal({ code: 'offline' }), 'bad');
      return;
    }
    app.redraw();
  }
  return h('label', { class: 'language' }, icon('language'), h('span', { class: 'unseen' }, t('language')), select);
}
