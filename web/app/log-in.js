/** Log in to an account: by password, or with a new one by e-mail. */

import { Api } from '../rondo.js';
import { open } from './dialogs.js';
import { h } from './dom.js';
import { t } from './i18n.js';
import { field, form } from './own.js';

/** @param {import('./app.js').App | import('./start.js').Start} app */
export function showLogIn(app) {
  const api = new Api(location.origin);
  const email = field('login-email', t('email'), 'email', 'username');
  const password = field('login-password', t('password'), 'password', 'current-password');
  const enter = form({
    label: t('sign-in'),
    test: 'login',
    fields: [email, password],
    send: async () => {
      const { token, user } = await api.logIn(email.value.trim(), password.value);
      dialog.close('');
      await app.enter(token);
      return t('sign-in-welcome', { name: user.display_name });
    },
  });
  const code = field('reset-code', t('letter-code'), 'text', 'one-time-code');
  const fresh = field('reset-password', t('password-new'), 'password', 'new-password');
  const reset = form({
    label: t('reset-set'),
    test: 'reset',
    fields: [code, fresh],
    send: async () => {
      await api.reset(code.value.trim(), fresh.value);
      forgotten.open = false;
      password.value = '';
      return t('reset-done');
    },
  });
  reset.hidden = true;
  const address = field('forgotten-email', t('email'), 'email', 'username');
  const ask = form({
    label: t('reset-send'),
    test: 'ask-reset',
    fields: [address],
    send: async () => {
      await api.askToReset(address.value.trim());
      reset.hidden = false;
      return t('reset-sent');
    },
  });
  const forgotten = h('details', { class: 'forgotten' }, h('summary', {}, t('reset')), ask, reset);
  const dialog = open({ title: t('sign-in'), kind: 'light small', content: [enter, forgotten] });
  email.focus();
}
