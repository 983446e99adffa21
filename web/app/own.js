/** What is one's own: how to come back, where one is signed in, everything that is held, and the way out for good. */

import { announce } from './announce.js';
import { confirm, toast } from './dialogs.js';
import { button, h } from './dom.js';
import { refusal, since } from './words.js';

/** @typedef {import('../rondo.js').Account} Account */

/**
 * Sections for the account dialog.
 * @param {import('./app.js').App} app
 * @param {Account} me
 * @returns {Node[]}
 */
export function ownSections(app, me) {
  return [
    h('h3', {}, me.permanent ? 'Coming back' : 'Stay'),
    me.permanent ? settled(app, me) : stay(app),
    h('h3', {}, 'Where you are signed in'),
    devices(app),
    h('h3', {}, 'Your data'),
    h(
      'div',
      { class: 'actions own-data' },
      button({ label: 'Download everything', dataset: { test: 'export' }, onclick: () => void download(app) }),
      button({ label: 'Delete account', kind: 'danger', dataset: { test: 'delete' }, onclick: () => void leave(app) }),
    ),
  ];
}

/**
 * A small form; what is refused stands below it.
 * @param {{label: string, test: string, fields: HTMLInputElement[], send: () => Promise<string>}} options `send` returns what to say
 */
export function form({ label, test, fields, send }) {
  const problem = h('p', { class: 'problem', role: 'alert', dataset: { test: `${test}-problem` } });
  const submit = h('button', { class: 'button primary', dataset: { test } }, label);
  const element = h(
    'form',
    {
      class: 'own-form',
      onsubmit: async (/** @type {Event} */ event) => {
        event.preventDefault();
        submit.disabled = true;
        problem.textContent = '';
        try {
          const words = await send();
          toast(words);
          announce(words);
        } catch (error) {
          problem.textContent = wrong(/** @type {any} */ (error));
        }
        submit.disabled = false;
      },
    },
    ...fields.map((field) => h('div', { class: 'field' }, h('label', { for: field.id }, field.getAttribute('aria-label') ?? ''), field)),
    problem,
    submit,
  );
  return element;
}

/** What a refusal means in these forms. @param {{code?: string, message?: string, details?: Record<string, unknown>}} error */
function wrong(error) {
  const { code, message = '', details } = error;
  if (code === 'unauthenticated') return 'E-mail address or password is wrong.';
  if (code === 'invalid' && details?.field === 'password' && message.includes('not your')) return 'This is not your password.';
  if (code === 'conflict') return 'This e-mail address belongs to an account already.';
  if (code === 'not_found') return 'This code is too old, or it was used already.';
  if (code === 'unavailable' && message.includes('e-mail')) return 'This service sends no letters.';
  return refusal(error);
}

/** @param {string} id @param {string} label @param {'email' | 'password' | 'text'} type @param {string} autocomplete @returns {HTMLInputElement} */
export function field(id, label, type, autocomplete) {
  const bounds = type === 'password' ? { minlength: '8', maxlength: '1024' } : { maxlength: '254' };
  return h('input', { id, type, 'aria-label': label, autocomplete, required: true, dataset: { test: id }, ...bounds });
}

/** A guest becomes permanent. @param {import('./app.js').App} app */
function stay(app) {
  const email = field('own-email', 'E-mail', 'email', 'email');
  const password = field('own-password', 'Password', 'password', 'new-password');
  const element = h('div', {}, h('p', { class: 'muted' }, 'You are a guest in this browser only. With an e-mail address and a password you can come back from anywhere, as the same person.'));
  element.append(
    form({
      label: 'Keep my account',
      test: 'upgrade',
      fields: [email, password],
      send: async () => {
        const { user } = await api(app).upgrade(email.value.trim(), password.value);
        element.replaceWith(settled(app, user));
        return 'You can come back with your e-mail address now';
      },
    }),
  );
  return element;
}

/** @param {import('./app.js').App} app @param {Account} me */
function settled(app, me) {
  const old = field('old-password', 'Password now', 'password', 'current-password');
  const fresh = field('new-password', 'New password', 'password', 'new-password');
  const change = form({
    label: 'Change password',
    test: 'change-password',
    fields: [old, fresh],
    send: async () => {
      await api(app).changePassword(old.value, fresh.value);
      old.value = fresh.value = '';
      return 'Changed. Everywhere else you are signed out';
    },
  });
  return h(
    'div',
    { class: 'settled' },
    h('p', { dataset: { test: 'address' } }, h('strong', {}, me.email ?? ''), h('span', { class: 'muted' }, me.email_verified ? ' verified' : ' not verified')),
    me.email_verified ? null : verifying(app),
    h('details', {}, h('summary', {}, 'Change password'), change),
  );
}

/** @param {import('./app.js').App} app */
function verifying(app) {
  const code = field('verify-code', 'Code from the letter', 'text', 'one-time-code');
  const enter = form({
    label: 'Verify',
    test: 'verify',
    fields: [code],
    send: async () => {
      await api(app).verify(code.value.trim());
      element.remove();
      return 'Verified';
    },
  });
  enter.hidden = true;
  const ask = button({ label: 'Verify it by letter', kind: 'subtle', onclick: async () => (enter.hidden = !(await app.attempt(api(app).askToVerify()))) });
  const element = h('div', {}, ask, enter);
  return element;
}

/** @param {import('./app.js').App} app */
function devices(app) {
  const list = h('ul', { class: 'people devices-list', dataset: { test: 'devices' } });
  void app.attempt(
    api(app).sessions().then(({ sessions }) => {
      const now = app.rondo?.now() ?? Date.now();
      list.replaceChildren(...sessions.map((one) => device(app, one, now)));
    }),
  );
  return list;
}

/** @param {import('./app.js').App} app @param {import('../rondo.js').Device} one @param {number} now */
function device(app, one, now) {
  const about = one.current ? 'this browser' : since(now - one.last_seen_at);
  const row = h(
    'li',
    { class: 'person' },
    h('div', { class: 'person-about' }, h('strong', {}, named(one.device)), h('span', { class: 'muted' }, [about, one.address].filter(Boolean).join(', '))),
    !one.current && button({
      label: 'Sign out',
      kind: 'subtle',
      dataset: { test: 'revoke' },
      onclick: async () => {
        if (await app.attempt(api(app).endSession(one.session_id))) row.remove();
      },
    }),
  );
  return row;
}

/** What a person calls the thing that sent this User-Agent. @param {string} agent */
function named(agent) {
  const first = (/** @type {[RegExp, string][]} */ kinds) => kinds.find(([kind]) => kind.test(agent))?.[1];
  const browser = first([[/Edg\//, 'Edge'], [/Firefox\//, 'Firefox'], [/Chrome\//, 'Chrome'], [/Safari\//, 'Safari']]);
  const system = first([[/Android/, 'Android'], [/iPhone|iPad/, 'iOS'], [/Windows/, 'Windows'], [/Mac OS/, 'macOS'], [/Linux/, 'Linux']]);
  return [browser, system].filter(Boolean).join(' on ') || agent.slice(0, 40) || 'Unknown device';
}

/** @param {import('./app.js').App} app */
async function download(app) {
  await app.attempt(
    api(app).exportAll().then((everything) => {
      const url = URL.createObjectURL(new Blob([JSON.stringify(everything, null, 2)], { type: 'application/json' }));
      h('a', { href: url, download: 'rondo.json' }).click();
      setTimeout(() => URL.revokeObjectURL(url), 60_000);
    }),
  );
}

/** @param {import('./app.js').App} app */
async function leave(app) {
  const text = 'Your name, your history and everything you made go at once, and nobody can bring them back. In the history of the people you met stands "Deleted person".';
  if (!(await confirm({ title: 'Delete your account?', text, yes: 'Delete', no: 'Keep it' }))) return;
  if (!(await app.attempt(api(app).deleteAccount()))) return;
  for (const dialog of document.querySelectorAll('dialog')) dialog.close();
  app.forget();
}

/** @param {import('./app.js').App} app */
function api(app) {
  return /** @type {import('../rondo.js').Rondo} */ (app.rondo).api;
}
