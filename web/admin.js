import { button, h, layIcons } from './app/dom.js';
import { Refused, call, get, session } from './admin/api.js';
import { appeals, bans } from './admin/bans.js';
import { overview } from './admin/overview.js';
import { complain } from './admin/parts.js';
import { addresses, codes, log } from './admin/records.js';
import { reports } from './admin/reports.js';

/** @typedef {(place: HTMLElement, desk: Desk) => Promise<(() => void) | void>} Part */

/** @type {Record<string, [string, Part]>} */
const PARTS = {
  overview: ['Overview', overview],
  reports: ['Reports', reports],
  appeals: ['Appeals', appeals],
  bans: ['Bans', bans],
  addresses: ['Addresses', addresses],
  codes: ['Codes', codes],
  log: ['Log', log],
};

/** The moderators' desk: who is in, and which part is shown. */
export class Desk {
  constructor() {
    this.place = /** @type {HTMLElement} */ (document.getElementById('desk'));
    this.who = /** @type {HTMLElement} */ (document.getElementById('who'));
    /** @type {Map<string, HTMLElement>} */
    this.badges = new Map();
    this.role = 'moderator';
    this.leave = () => {};
    addEventListener('hashchange', () => session.token && this.open().catch((error) => this.fail(error)));
  }

  async start() {
    if (!session.token) return this.logIn();
    try {
      const me = await get('/v1/me');
      await get('/v1/admin/stats');
      this.welcome(me);
    } catch (error) {
      this.fail(error);
    }
  }

  /** @param {string} [problem] */
  logIn(problem = '') {
    this.leave();
    this.who.replaceChildren();
    const email = h('input', { id: 'email', type: 'email', required: true, autocomplete: 'username', dataset: { test: 'email' } });
    const password = h('input', { id: 'password', type: 'password', required: true, autocomplete: 'current-password', dataset: { test: 'password' } });
    const trouble = h('p', { class: 'problem', role: 'alert' }, problem);
    const form = h(
      'form',
      {
        class: 'card door',
        onsubmit: async (/** @type {SubmitEvent} */ event) => {
          event.preventDefault();
          trouble.textContent = '';
          try {
            const { token, user } = await call('POST', '/v1/auth/login', { email: email.value, password: password.value });
            session.token = token;
            await get('/v1/admin/stats');
            this.welcome(user);
          } catch (error) {
            if (session.token && error instanceof Refused && error.code === 'forbidden') await call('POST', '/v1/auth/logout').catch(() => {});
            session.token = null;
            trouble.textContent = error instanceof Refused && error.code === 'forbidden' ? 'This account is not a moderator’s.' : error instanceof Error ? error.message : '';
          }
        },
      },
      h('h1', { class: 'modest' }, 'Moderators only'),
      h('p', { class: 'muted' }, 'Log in with your Rondo account. What you do here is in the audit log.'),
      h('div', { class: 'field' }, h('label', { for: 'email' }, 'E-mail'), email),
      h('div', { class: 'field' }, h('label', { for: 'password' }, 'Password'), password),
      trouble,
      button({ label: 'Log in', kind: 'primary big grow', type: 'submit', dataset: { test: 'log-in' }, onclick: () => {} }),
    );
    this.place.replaceChildren(form);
    email.focus();
  }

  /** @param {any} me */
  welcome(me) {
    this.role = me.role ?? 'moderator';
    this.who.replaceChildren(
      h('span', { class: 'me' }, h('span', { class: 'me-name' }, me.display_name), h('span', { class: 'badge' }, this.role)),
      button({
        icon: 'out',
        label: 'Log out',
        kind: 'ghost',
        quiet: true,
        onclick: async () => {
          await call('POST', '/v1/auth/logout').catch(() => {});
          session.token = null;
          this.logIn();
        },
      }),
    );
    this.open().catch((error) => this.fail(error));
  }

  /** @param {string} part */
  show(part) {
    location.hash = part;
  }

  async open() {
    const name = location.hash.slice(1) in PARTS ? location.hash.slice(1) : 'overview';
    this.leave();
    this.leave = () => {};
    const content = h('div', { class: 'part', id: 'part' });
    this.place.replaceChildren(h('div', { class: 'desk' }, this.tabs(name), content));
    document.title = `${PARTS[name][0]} · Rondo moderation`;
    const [leave] = await Promise.all([PARTS[name][1](content, this), name === 'overview' ? null : this.refresh()]);
    // On a phone the tabs are wider than the screen.
    this.place.querySelector('[aria-current]')?.scrollIntoView({ block: 'nearest', inline: 'center' });
    if (!content.isConnected) leave?.();
    else if (leave) this.leave = leave;
  }

  /** @param {string} current */
  tabs(current) {
    this.badges.clear();
    return h(
      'nav',
      { class: 'tabs', 'aria-label': 'Parts of the desk' },
      ...Object.entries(PARTS).filter(([name]) => name !== 'codes' || this.role === 'admin').map(([name, [label]]) => {
        const badge = h('span', { class: 'tab-count', hidden: true });
        this.badges.set(name, badge);
        return h('a', { class: 'tab', href: `/admin#${name}`, 'aria-current': name === current ? 'page' : null, dataset: { test: `tab-${name}` } }, label, badge);
      }),
    );
  }

  /** Show how much waits. @param {any} work */
  count(work) {
    for (const [name, count] of [['reports', work.open_reports], ['appeals', work.open_appeals]]) {
      const badge = this.badges.get(name);
      if (!badge) continue;
      badge.hidden = !count;
      badge.textContent = String(count);
    }
  }

  async refresh() {
    this.count((await get('/v1/admin/stats')).work);
  }

  /** @param {unknown} error */
  fail(error) {
    if (error instanceof Refused && ['unauthenticated', 'forbidden', 'banned'].includes(error.code)) {
      session.token = null;
      this.logIn(error.code === 'unauthenticated' ? 'You were logged out.' : error.message);
    } else {
      complain(error);
    }
  }
}

new Desk().start();
void layIcons();
