import { announce } from './announce.js';
import { toast } from './dialogs.js';
import { h } from './dom.js';
import { t } from './i18n.js';
import { genders, tags } from './screens/sign-up.js';
import { refusal } from './refusal.js';

/** Name, gender and interests, to be changed. @param {import('./app.js').App} app @param {import('../rondo.js').Account} me */
export function profileForm(app, me) {
  const name = h('input', { id: 'own-name', dir: 'auto', required: true, maxlength: '40', autocomplete: 'nickname', value: me.display_name, dataset: { test: 'own-name' } });
  const gender = h('select', { id: 'own-gender', dataset: { test: 'own-gender' } }, ...genders().map(([value, label]) => new Option(label, value, false, value === me.gender)));
  const interests = h('input', { id: 'own-interests', dir: 'auto', autocomplete: 'off', value: (me.interests ?? []).join(', '), placeholder: t('interests-placeholder'), dataset: { test: 'own-interests' } });
  const problem = h('p', { class: 'problem', role: 'alert', dataset: { test: 'profile-problem' } });
  const save = h('button', { class: 'button primary', dataset: { test: 'save-profile' } }, t('profile-save'));
  return h(
    'form',
    {
      class: 'own-form',
      onsubmit: async (/** @type {Event} */ event) => {
        event.preventDefault();
        save.disabled = true;
        problem.textContent = '';
        try {
          const wished = tags(interests.value);
          await app.rondo?.revise({ display_name: name.value.trim(), gender: gender.value, interests: wished });
          app.prefs.set({ interests: wished });
          toast(t('profile-saved'));
          announce(t('profile-saved'));
        } catch (error) {
          problem.textContent = refusal(error);
        }
        save.disabled = false;
      },
    },
    h('div', { class: 'field' }, h('label', { for: 'own-name' }, t('name')), name),
    h('div', { class: 'field' }, h('label', { for: 'own-interests' }, t('interests')), interests, h('p', { class: 'hint' }, t('interests-hint'))),
    h('div', { class: 'field' }, h('label', { for: 'own-gender' }, t('gender')), gender),
    problem,
    save,
  );
}
