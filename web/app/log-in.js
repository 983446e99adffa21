/** The way back for whoever has an account: password, or a new one by letter. */

import { Api } from '../rondo.js';
import { open } from './dialogs.js';
import { h } from './dom.js';
import { field, form } from './own.js';

/** @param {import('./app.js').App} app */
export function showLogIn(app) {
  const api = new Api(location.origin);
  const email = field('login-email', 'E-mail', 'email', 'username');
  const password = field('login-password', 'Password', 'password', 'current-password');
  const enter = form({
    label: 'Sign in',
    test: 'login',
    fields: [email, password],
    send: async () => {
      const { token, user } = await api.logIn(email.value.trim(), password.value);
      dialog.close('');
      app.enter(token);
      return `Welcome back, ${user.display_name}`;
    },
  });
  const code = field('reset-code', 'Code from the letter', 'text', 'one-time-code');
  const fresh = field('reset-password', 'New password', 'password', 'new-password');
  const reset = form({
    label: 'Set password',
    test: 'reset',
    fields: [code, fresh],
    send: async () => {
      await api.reset(code.value.trim(), fresh.value);
      forgotten.open = false;
      password.value = '';
      return 'Sign in with your new password';
    },
  });
  reset.hidden = true;
  const address = field('forgotten-email', 'E-mail', 'email', 'username');
  const ask = form({
    label: 'Send me a letter',
    test: 'ask-reset',
    fields: [address],
    send: async () => {
      await api.askToReset(address.value.trim());
      reset.hidden = false;
      return 'If there is such an account, a letter is on its way';
    },
  });
  const forgotten = h('details', { class: 'forgotten' }, h('summary', {}, 'Forgot your password?'), ask, reset);
  const dialog = open({ title: 'Sign in', kind: 'light small', content: [enter, forgotten] });
  email.focus();
}
