import { inviteCode, past } from '../account.js';
import { alertSwitches } from '../alerts.js';
import { avatar, button, h } from '../dom.js';
import { loadMessages, t } from '../i18n.js';
import { languageChoice } from '../language.js';
import { ownSections } from '../own.js';
import { profileForm } from '../profile.js';

/** The account as a page; its button, Escape and the browser's back button leave it. */
export class AccountPage {
  title = `${t('account')} · Rondo`;
  #isRead = false;
  #content = h('div', { class: 'account-cards' });

  /** @param {import('../app.js').App} app */
  constructor(app) {
    this.app = app;
    const close = () => app.pages.close();
    this.keys = { escape: close };
    this.element = h(
      'div',
      { class: 'account' },
      h('div', { class: 'account-bar' }, h('h1', {}, t('account')), button({ icon: 'close', label: t('close'), quiet: true, kind: 'round', keys: 'Escape', dataset: { test: 'account-close' }, onclick: close })),
      this.#content,
    );
  }

  /** @param {import('../../rondo.js').State} state */
  update({ link }) {
    if (link !== 'online' || this.#isRead) return;
    this.#isRead = true;
    void this.#read();
  }

  async #read() {
    const { app } = this;
    const { api } = app.rondo ?? {};
    if (!api) return;
    await app.attempt(
      Promise.all([api.me(), api.history()]).then(async ([user, history]) => {
        const me = /** @type {import('../../rondo.js').Account} */ (user);
        const [code, friendly] = await Promise.all([inviteCode(app, me), this.#friendly(me)]);
        this.#content.replaceChildren(
          card(
            t('account-profile'),
            h('div', { class: 'account-head' }, avatar(me), h('p', { class: 'muted' }, t('account-completions', { count: me.completions }))),
            profileForm(app, me),
          ),
          ...friendly.slice(0, 1),
          card(t('alerts'), alertSwitches(app.prefs)),
          card(t('language'), languageChoice(app)),
          ...friendly.slice(1),
          ...(code ? [card(t('account-code'), code)] : []),
          card(t('account-past'), past(app, history)),
          ...ownSections(app, me).map(([title, ...parts]) => card(title, ...parts)),
        );
        const field = document.getElementById(app.pages.accountField);
        field?.scrollIntoView({ block: 'center' });
        field?.focus({ preventScroll: true });
      }),
    );
  }

  /** What there is to choose because of friends, where there are any. @param {import('../../rondo.js').Account} me */
  async #friendly(me) {
    const { people } = this.app;
    if (!people?.state.available) return [];
    const [{ friendCards }] = await Promise.all([import('../friends/cards.js'), loadMessages('friends')]);
    return (await friendCards(this.app, people, me)).map(([title, ...parts]) => card(title, ...parts));
  }
}

/** @param {string} title @param {...Node} parts */
function card(title, ...parts) {
  return h('section', { class: 'card' }, h('h2', {}, title), ...parts);
}
