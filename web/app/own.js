/** The user's account: e-mail and password, sessions, the export of data, and the deletion of the account. */

import { announce } from './announce.js';
import { confirm, open, toast } from './dialogs.js';
import { button, h } from './dom.js';
import { rich, t } from './i18n.js';
import { refusal } from './refusal.js';
import { since } from './time.js';

/** @typedef {import('../rondo.js').Account} Account */

/**
 * Sections of the account page, each a title and what stands below it; what cannot be undone comes last.
 * @param {import('./app.js').App} app
 * @param {Account} me
 * @returns {[string, ...Node[]][]}
 */
export function ownSections(app, me) {
  return [
    [me.permanent ? t('own-return') : t('own-stay'), standing(app, me)],
    [t('own-devices'), devices(app), button({ icon: 'out', label: t('sign-out'), kind: 'subtle', onclick: () => void app.signOut() })],
    [
      t('own-data'),
      h('p', { class: 'muted user-id' }, ...rich('own-id', { id: h('code', { dataset: { test: 'user-id' } }, me.user_id) })),
      h(
        'div',
        { class: 'actions own-data' },
        button({ label: t('own-download'), kind: 'subtle', dataset: { test: 'export' }, onclick: () => void download(app, me) }),
        button({ label: t('own-delete'), kind: 'ghost quiet-danger', dataset: { test: 'delete' }, onclick: () => void leave(app, me) }),
      ),
    ],
  ];
}

/**
 * A small form; what is refused stands below it.
 * @param {{label: string, test: string, kind?: string, fields: HTMLInputElement[], beside?: HTMLElement, send: () => Promise<string>}} options `send` returns what to say
 */
export function form({ label, test, kind = 'primary', fields, beside, send }) {
  const problem = h('p', { class: 'problem', role: 'alert', dataset: { test: `${test}-problem` } });
  const submit = h('button', { class: `button ${kind}`, dataset: { test } }, label);
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
          if (words) {
            toast(words);
            announce(words);
          }
        } catch (error) {
          problem.textContent = wrong(/** @type {any} */ (error));
        }
        submit.disabled = false;
      },
    },
    ...fields.map((field) => h('div', { class: 'field' }, h('label', { for: field.id }, field.getAttribute('aria-label') ?? ''), field)),
    problem,
    beside ? h('div', { class: 'actions' }, beside, submit) : submit,
  );
  return element;
}

/** What a refusal means in these forms. @param {{code?: string, message?: string, details?: Record<string, unknown>}} error */
function wrong(error) {
  const { code, message = '', details } = error;
  if (code === 'unauthenticated') return t('own-wrong-login');
  if (code === 'password_required' || (code === 'invalid' && details?.field === 'password' && message.includes('not your'))) return t('own-wrong-password');
  if (code === 'invalid' && details?.field === 'email') return t('own-wrong-email', { example: 'ada@example.org' });
  if (code === 'conflict') return t('own-email-taken');
  if (code === 'not_found') return t('own-code-old');
  if (code === 'unavailable' && message.includes('e-mail')) return t('own-no-letters');
  return refusal(error);
}

/** @param {string} id @param {string} label @param {'email' | 'password' | 'text'} type @param {string} autocomplete @returns {HTMLInputElement} */
export function field(id, label, type, autocomplete) {
  const bounds = type === 'password' ? { minlength: '8', maxlength: '1024' } : { maxlength: '254' };
  return h('input', { id, type, 'aria-label': label, autocomplete, required: true, dataset: { test: id }, ...bounds });
}

/** How one comes back, or can from now on. @param {import('./app.js').App} app @param {Account} me @returns {HTMLElement} */
function standing(app, me) {
  if (me.pending_email) return waiting(app, me);
  return me.permanent && me.email ? settled(app, me) : stay(app, me);
}

/** Make a guest permanent; or give an account a new address, because another account verified the old one. @param {import('./app.js').App} app @param {Account} me */
function stay(app, me) {
  const email = field('own-email', t('email'), 'email', 'email');
  const password = field('own-password', me.permanent ? t('password-yours') : t('password'), 'password', me.permanent ? 'current-password' : 'new-password');
  const words = me.permanent
    ? t('own-address-lost')
    : t('own-guest');
  const element = h('div', {}, h('p', { class: 'muted' }, words));
  element.append(
    form({
      label: t('own-keep'),
      test: 'upgrade',
      fields: [email, password],
      send: async () => {
        const { user } = await api(app).upgrade(email.value.trim(), password.value);
        element.replaceWith(standing(app, user));
        return user.pending_email ? t('own-letter-sent') : t('own-kept');
      },
    }),
  );
  return element;
}

/** A letter is on its way; its code makes the account permanent. @param {import('./app.js').App} app @param {Account} me */
function waiting(app, me) {
  const code = field('verify-code', t('letter-code'), 'text', 'one-time-code');
  const enter = form({
    label: t('own-keep'),
    test: 'verify',
    fields: [code],
    send: async () => {
      await api(app).verify(code.value.trim());
      element.replaceWith(standing(app, /** @type {Account} */ (await api(app).me())));
      return t('own-kept');
    },
  });
  const other = button({ label: t('own-other-address'), kind: 'subtle', dataset: { test: 'other-address' }, onclick: () => element.replaceWith(stay(app, me)) });
  const again = button({
    label: t('own-letter-again'),
    kind: 'subtle',
    dataset: { test: 'letter-again' },
    onclick: async () => {
      if (await askForLetter(app)) toast(t('own-letter-again-sent'));
    },
  });
  const element = h(
    'div',
    { class: 'settled' },
    h('p', { dataset: { test: 'pending' } }, ...rich('own-pending', { email: h('strong', { dir: 'auto' }, me.pending_email ?? '') })),
    enter,
    h('div', { class: 'actions' }, again, other),
  );
  return element;
}

/** @param {import('./app.js').App} app @param {Account} me */
function settled(app, me) {
  const old = field('old-password', t('password-now'), 'password', 'current-password');
  const fresh = field('new-password', t('password-new'), 'password', 'new-password');
  const change = form({
    label: t('password-change'),
    test: 'change-password',
    fields: [old, fresh],
    send: async () => {
      await api(app).changePassword(old.value, fresh.value);
      old.value = fresh.value = '';
      return t('password-changed');
    },
  });
  return h(
    'div',
    { class: 'settled' },
    h('p', { dataset: { test: 'address' } }, h('strong', { dir: 'auto' }, me.email ?? ''), ' ', h('span', { class: 'muted' }, me.email_verified ? t('own-verified') : t('own-not-verified'))),
    me.email_verified ? null : verifying(app),
    h('details', {}, h('summary', {}, t('password-change')), change),
  );
}

/** @param {import('./app.js').App} app */
function verifying(app) {
  const code = field('verify-code', t('letter-code'), 'text', 'one-time-code');
  const enter = form({
    label: t('own-verify'),
    test: 'verify',
    fields: [code],
    send: async () => {
      await api(app).verify(code.value.trim());
      element.remove();
      return t('own-verify-done');
    },
  });
  enter.hidden = true;
  const ask = button({ label: t('own-verify-ask'), kind: 'subtle', onclick: async () => (enter.hidden = !(await askForLetter(app))) });
  const element = h('div', {}, ask, enter);
  return element;
}

/** Return whether a letter is on its way; if not, say why. @param {import('./app.js').App} app */
async function askForLetter(app) {
  try {
    await api(app).askToVerify();
    return true;
  } catch (error) {
    const words = wrong(/** @type {any} */ (error));
    toast(words, 'bad');
    announce(words, 'urgent');
    return false;
  }
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
  const about = one.current ? t('own-this-browser') : since(now - one.last_seen_at);
  const row = h(
    'li',
    { class: 'person' },
    h('div', { class: 'person-about' }, h('strong', {}, named(one.device)), h('span', { class: 'muted' }, [about, one.address].filter(Boolean).join(', '))),
    !one.current && button({
      label: t('sign-out'),
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
  return browser && system ? t('own-device', { browser, system }) : browser || system || agent.slice(0, 40) || t('own-device-unknown');
}

/** @param {import('./app.js').App} app @param {Account} me */
async function download(app, me) {
  const save = async (/** @type {string | undefined} */ password) => {
    const everything = await api(app).exportAll(password);
    const url = URL.createObjectURL(new Blob([JSON.stringify(everything, null, 2)], { type: 'application/json' }));
    h('a', { href: url, download: 'rondo.json' }).click();
    setTimeout(() => URL.revokeObjectURL(url), 60_000);
  };
  if (await isPermanent(app, me)) await prove({ title: t('own-download'), text: t('own-download-text'), yes: t('own-download-yes'), kind: 'primary', send: save });
  else await app.attempt(save(undefined));
}

/** @param {import('./app.js').App} app @param {Account} me */
async function leave(app, me) {
  const text = t('own-delete-text', { deleted: t('deleted-person') });
  const title = t('own-delete-title');
  const erase = h('input', { type: 'checkbox', dataset: { test: 'erase-messages' } });
  const more = app.people?.state.available ? h('label', { class: 'check' }, erase, h('span', {}, t('own-delete-messages'))) : undefined;
  const erased = () => ({ erase_messages: erase.checked });
  if (await isPermanent(app, me)) {
    if (!(await prove({ title, text, yes: t('own-delete-yes'), no: t('own-delete-no'), kind: 'danger', more, send: (password) => api(app).deleteAccount(password, erased()) }))) return;
  } else if (!(await confirm({ title, text, yes: t('own-delete-yes'), no: t('own-delete-no'), more })) || !(await app.attempt(api(app).deleteAccount(undefined, erased())))) return;
  app.forget();
  if (!erase.checked) return;
  toast(t('own-delete-erasing'));
  announce(t('own-delete-erasing'));
}

/** Whether there is a password; a guest may have got one since the dialog was opened. @param {import('./app.js').App} app @param {Account} me */
async function isPermanent(app, me) {
  return me.permanent || /** @type {Account} */ (await api(app).me().catch(() => me)).permanent;
}

/**
 * Ask for the password, and do what needs it; what is refused stands below it.
 * @param {{title: string, text: string, yes: string, no?: string, kind: 'primary' | 'danger', more?: Node, send: (password: string) => Promise<unknown>}} options
 * @returns {Promise<boolean>} whether it was done
 */
function prove({ title, text, yes, no = t('cancel'), kind, more, send }) {
  return new Promise((resolve) => {
    const password = field('proof-password', t('password-yours'), 'password', 'current-password');
    const element = form({
      label: yes,
      test: 'prove',
      kind,
      fields: [password],
      beside: button({ label: no, onclick: () => dialog.close('') }),
      send: async () => {
        isSending = true;
        try {
          await send(password.value);
          resolve(true);
        } finally {
          isSending = false;
          if (!dialog.open) resolve(false);
        }
        dialog.close('');
        return '';
      },
    });
    // An account that is being deleted ends its connection, and with the screen goes this dialog, before the answer is here.
    let isSending = false;
    const dialog = open({
      title,
      kind: 'light small',
      content: [h('p', {}, text), more ?? null, element],
      onclose: () => isSending || resolve(false),
    });
    password.focus();
  });
}

/** @param {import('./app.js').App} app */
function api(app) {
  return /** @type {import('../rondo.js').Rondo} */ (app.rondo).api;
}
