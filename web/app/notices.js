import { announce } from './announce.js';
import { isOfMessage } from './friends/nav.js';
import { open, toast } from './dialogs.js';
import { avatar, button, h } from './dom.js';
import { t } from './i18n.js';
import { refusal } from './refusal.js';
import { since } from './time.js';

const QUESTION = 'introduction_request';
/** Kinds that this page has words for; a server may have more. */
const KNOWN = new Set(['introduction', QUESTION, 'friend_request', 'friend_added', 'group_added', 'missed_call', 'report_decided', 'ban', 'ban_lifted', 'appeal_answered', 'security']);
/** Where one goes from a notification of a kind. @type {Record<string, '#friends' | '#messages'>} */
const PLACES = { friend_request: '#friends', friend_added: '#friends', group_added: '#messages', missed_call: '#messages' };

/** Notifications: a bell with a number, a list, and a toast for each new one. */
export class Notices {
  #unread = 0;
  #badge = h('span', { class: 'bell-count', 'aria-hidden': 'true', hidden: true });
  #bell;

  /** @param {import('./app.js').App} app */
  constructor(app) {
    this.app = app;
    this.#bell = button({ icon: 'bell', label: t('notices'), quiet: true, kind: 'ghost bell', dataset: { test: 'bell' }, onclick: () => void this.#show() });
    this.#bell.append(this.#badge);
  }

  get element() {
    return this.#bell;
  }

  /** Ask what came while we were away. */
  async look() {
    const answer = await this.app.rondo?.api.notifications().catch(() => null);
    if (answer) this.#count(answer.notifications.filter(({ kind, read_at }) => KNOWN.has(kind) && !read_at).length);
  }

  /** Something new came. @param {import('../rondo.js').Notification} notification */
  hear(notification) {
    // Of a message, its conversation tells.
    if (isOfMessage(notification)) return;
    const words = told(notification, this.app.rondo?.now() ?? 0);
    toast(words);
    announce(words);
    this.#count(this.#unread + 1);
  }

  /** The account has signed out. */
  forget() {
    this.#count(0);
  }

  /** @param {number} unread */
  #count(unread) {
    this.#unread = unread;
    this.#badge.hidden = !unread;
    this.#badge.textContent = unread > 9 ? '9+' : String(unread);
    const label = this.#bell.querySelector('.label');
    if (label) label.textContent = unread ? t('notices-new', { count: unread }) : t('notices');
  }

  async #show() {
    const { rondo } = this.app;
    if (!rondo) return;
    await this.app.attempt(
      rondo.api.notifications().then((answer) => {
        const notifications = answer.notifications.filter(({ kind }) => KNOWN.has(kind));
        const now = rondo.now();
        const dialog = open({
          title: t('notices'),
          kind: 'light list',
          content: [
            notifications.length
              ? h('ul', { class: 'people', dataset: { test: 'notices' } }, ...notifications.map((one) => row(one, now, this.app, () => dialog.close(''))))
              : h('p', { class: 'muted' }, t('notices-none')),
          ],
        });
        this.#count(0);
        for (const { notification_id, read_at } of notifications) if (!read_at) rondo.api.readNotification(notification_id).catch(() => {});
      }),
    );
  }
}

/**
 * @param {import('../rondo.js').Notification} notification
 * @param {number} now
 * @param {import('./app.js').App} app
 * @param {() => void} close
 */
function row(notification, now, app, close) {
  const isOpen = notification.kind === QUESTION && notification.accepted === null && notification.until_at !== null && notification.until_at > now;
  const place = PLACES[notification.kind];
  return h(
    'li',
    { class: notification.read_at && !isOpen ? 'person' : 'person new' },
    avatar(notification.person),
    h(
      'div',
      { class: 'person-about' },
      h('span', {}, told(notification, now)),
      isOpen && question(notification, app),
      notification.person && (notification.kind === 'introduction' || notification.accepted) && find(app),
      place && app.people?.state.available && h('div', { class: 'actions' }, button({ label: place === '#friends' ? t('notice-open-friends') : t('notice-open-messages'), kind: 'subtle', dataset: { test: 'notice-open' }, onclick: () => (close(), (location.hash = place)) })),
      h('span', { class: 'muted' }, since(now - notification.created_at)),
    ),
  );
}

/** What an introduction is good for: the two go first with each other, once both look for someone. @param {import('./app.js').App} app */
function find(app) {
  const { phase } = app.state;
  return phase === 'idle' && h('div', { class: 'actions' }, button({ label: t('notice-find'), icon: 'people', kind: 'subtle', dataset: { test: 'notice-find' }, onclick: () => void app.find() }));
}

/**
 * Yes or no to an introduction.
 * @param {import('../rondo.js').Notification} notification
 * @param {import('./app.js').App} app
 */
function question(notification, app) {
  const { person, introduced_by: by } = notification;
  const problem = h('p', { class: 'problem', role: 'alert', hidden: true });
  const yes = button({ icon: 'check', label: t('question-yes'), kind: 'primary', dataset: { test: 'agree' }, onclick: () => void answer(true) });
  const no = button({ label: t('question-no'), dataset: { test: 'refuse' }, onclick: () => void answer(false) });
  const element = h(
    'div',
    { class: 'question' },
    h('div', { class: 'actions' }, yes, no),
    h('p', { class: 'hint' }, by ? t('question-hint-by', { by: by.display_name }) : t('question-hint')),
    problem,
  );

  /** @param {boolean} accept */
  async function answer(accept) {
    yes.disabled = no.disabled = true;
    try {
      await app.rondo?.api.answerNotification(notification.notification_id, accept);
      const words = h('p', { class: 'answered', role: 'status', tabindex: -1 }, answered(accept, person));
      element.replaceChildren(words, (accept && find(app)) || '');
      words.focus();
    } catch (error) {
      problem.textContent = /** @type {any} */ (error).code === 'conflict' ? t('question-over') : refusal(error);
      problem.hidden = false;
      yes.disabled = no.disabled = false;
    }
  }
  return element;
}

/** @param {boolean} accept @param {import('../rondo.js').Profile | null} person */
function answered(accept, person) {
  return accept ? t('question-agreed', { name: person?.display_name ?? t('question-guest') }) : t('question-refused');
}

/**
 * @param {import('../rondo.js').Notification} notification
 * @param {number} now
 */
function told({ kind, person, introduced_by: by, accepted, until_at }, now) {
  switch (kind) {
    case 'report_decided':
      return t('notice-report-decided');
    case 'ban':
      return t('notice-ban');
    case 'ban_lifted':
      return t('notice-ban-lifted');
    case 'appeal_answered':
      return t('notice-appeal-answered');
    case 'security':
      return t('notice-security');
  }
  if (!person) return t('notice-other');
  const name = person.display_name;
  if (kind === QUESTION) {
    const asked = by ? t('notice-question-by', { by: by.display_name, name }) : t('notice-question', { name });
    if (accepted !== null) return `${asked} ${accepted ? t('notice-said-yes') : t('notice-said-no')}`;
    return until_at !== null && until_at > now ? `${asked} ${t('notice-ask')}` : `${asked} ${t('notice-missed')}`;
  }
  if (kind === 'friend_request') return t('notice-friend-request', { name });
  if (kind === 'friend_added') return t('notice-friend-added', { name });
  if (kind === 'group_added') return t('notice-group-added', { name });
  if (kind === 'missed_call') return t('notice-missed-call', { name });
  if (kind !== 'introduction') return t('notice-other');
  return by ? t('notice-introduced-by', { by: by.display_name, name }) : t('notice-introduced', { name });
}
