/** "Stay in touch": a quiet friend request, which the other user never sees unless they ask too, or a loud one with a note. */

import { announce } from '../announce.js';
import { toast } from '../dialogs.js';
import { button, dress, h } from '../dom.js';
import { t } from '../i18n.js';

/**
 * @typedef {import('../../people.js').People} People
 * @typedef {{user_id: string, display_name: string}} Person
 */

const NOTE_CHARACTERS = 150;

/** What stands between the two. @param {People} people @param {string} userId @returns {'none' | 'liked' | 'asked' | 'received' | 'both' | 'friends'} `both`: the friendship waits for an account of one of them */
function standing(people, userId) {
  if (people.friend(userId)) return 'friends';
  const sent = people.state.sent.find(({ user }) => user.user_id === userId);
  if (people.state.received.some(({ user }) => user.user_id === userId)) return sent ? 'both' : 'received';
  return !sent ? 'none' : sent.quiet ? 'liked' : 'asked';
}

/**
 * Ask, and say what came of it.
 * @param {import('../app.js').App} app
 * @param {Person} peer
 * @param {{quiet?: boolean, note?: string}} how
 * @param {boolean} [isShown] whether the card shows it
 */
async function ask(app, { user_id, display_name: name }, how, isShown = false) {
  return app.attempt(
    /** @type {People} */ (app.people).ask(user_id, how).then(
      (status) => {
        const words = status === 'friends' ? t('touch-friends', { name }) : status === 'needs_account' ? t('touch-needs-account', { name }) : '';
        if (!words || isShown) return;
        toast(words);
        announce(words);
      },
      (error) => {
        if (error.code !== 'not_found') throw error;
        const words = t('touch-refused', { name });
        toast(words, 'bad');
        announce(words, 'urgent');
      },
    ),
  );
}

/**
 * Call *show* now and on every change, until *element* has left the page.
 * @param {People} people
 * @param {HTMLElement} element
 * @param {() => void} show
 */
function follow(people, element, show) {
  let wasShown = false;
  const stop = people.on('state', () => {
    wasShown ||= element.isConnected;
    if (wasShown && !element.isConnected) stop();
    else show();
  });
  show();
}

/**
 * A heart beside a name. @param {import('../app.js').App} app @param {Person} peer @param {string} [kind]
 * @returns {HTMLButtonElement | null} null where there are no friends
 */
export function heart(app, peer, kind = 'ghost') {
  const { people } = app;
  if (!people?.state.available) return null;
  const name = peer.display_name;
  const element = button({ icon: 'heart', label: t('touch-like', { name }), quiet: true, kind: `${kind} heart`, 'aria-pressed': 'false', dataset: { test: 'heart' }, onclick: () => void press() });
  const press = async () => {
    element.disabled = true;
    const now = standing(people, peer.user_id);
    if (now === 'none' || now === 'received') await ask(app, peer, { quiet: true });
    else await app.attempt(people.unfriend(peer.user_id));
    element.disabled = false;
  };
  follow(people, element, () => {
    const now = standing(people, peer.user_id);
    const pressed = now === 'liked' || now === 'asked' || now === 'both';
    element.hidden = now === 'friends';
    element.classList.toggle('liked', pressed);
    element.setAttribute('aria-pressed', String(pressed));
    dress(element, pressed ? 'heart-full' : 'heart', pressed ? t('touch-unlike', { name }) : t('touch-like', { name }));
  });
  return element;
}

/**
 * After a call: the heart with words, and the way to ask openly.
 * @param {import('../app.js').App} app
 * @param {Person} peer
 * @returns {HTMLElement | null}
 */
export function stayInTouch(app, peer) {
  const { people } = app;
  if (!people?.state.available) return null;
  const name = peer.display_name;
  const element = h('section', { class: 'touch', 'aria-label': t('touch'), dataset: { test: 'touch' } });
  const parts = {
    none: () => [
      button({ icon: 'heart', label: t('touch'), kind: 'heart', dataset: { test: 'like' }, onclick: () => void ask(app, peer, { quiet: true }, true) }),
      h('p', {}, t('touch-hint', { name })),
    ],
    liked: () => [
      h('p', { class: 'said', role: 'status', tabindex: '-1' }, t('touch-done')),
      h('p', {}, t('touch-done-hint', { name })),
      button({ label: t('touch-undo'), kind: 'subtle', dataset: { test: 'unlike' }, onclick: () => void app.attempt(people.unfriend(peer.user_id)) }),
    ],
    asked: () => [
      h('p', { class: 'said', role: 'status', tabindex: '-1' }, t('touch-asked', { name })),
      h('p', {}, t('touch-asked-hint')),
      button({ label: t('touch-undo'), kind: 'subtle', dataset: { test: 'unlike' }, onclick: () => void app.attempt(people.unfriend(peer.user_id)) }),
    ],
    received: () => [
      h('p', { class: 'said', role: 'status', tabindex: '-1' }, t('notice-friend-request', { name })),
      note() && h('blockquote', { dir: 'auto' }, note()),
      h(
        'div',
        { class: 'actions' },
        button({ icon: 'heart', label: t('question-yes'), kind: 'primary subtle', dataset: { test: 'touch-yes' }, onclick: () => void ask(app, peer, { quiet: true }, true) }),
        button({ label: t('question-no'), kind: 'subtle', dataset: { test: 'touch-no' }, onclick: () => void app.attempt(people.decline(peer.user_id)) }),
      ),
      h('p', {}, t('question-hint')),
    ],
    both: () => [
      h('p', { class: 'said', role: 'status', tabindex: '-1' }, isPermanent ? t('touch-waits', { name }) : t('touch-needs-account', { name })),
      !isPermanent && button({ label: t('own-keep'), kind: 'primary subtle', dataset: { test: 'touch-account' }, onclick: () => app.pages.openAccount('own-email') }),
    ],
    friends: () => [
      h('p', { class: 'said', role: 'status', tabindex: '-1' }, t('touch-friends', { name })),
      h('p', {}, t('touch-friends-hint')),
      button({ icon: 'chat', label: t('friends-write-to', { name }), kind: 'subtle', dataset: { test: 'touch-write' }, onclick: () => void app.pages.openTalk(peer.user_id) }),
    ],
  };
  const form = openly();
  element.append(form);
  let shown = '';
  let isPermanent = false;
  app.rondo?.api.me().then((me) => (isPermanent = me.permanent), () => {});
  follow(people, element, () => {
    const now = standing(people, peer.user_id);
    if (now === shown) return;
    // The form is not made again: they may be writing in it when the answer to the heart arrives.
    form.hidden = now !== 'none' && now !== 'liked';
    const focused = document.activeElement;
    const losesFocus = element.contains(focused) && (form.hidden || !form.contains(focused));
    if (form.hidden) {
      form.open = false;
      form.querySelector('form').reset();
    }
    shown = now;
    element.dataset.standing = now;
    for (const part of [...element.children]) if (part !== form) part.remove();
    element.prepend(...parts[now]().filter((part) => !!part));
    if (losesFocus) /** @type {HTMLElement | null} */ (element.querySelector('.said, button'))?.focus();
  });
  return element;

  function note() {
    return people?.state.received.find(({ user }) => user.user_id === peer.user_id)?.note ?? '';
  }

  function openly() {
    const words = h('textarea', { id: 'touch-note', dir: 'auto', rows: 2, maxlength: String(NOTE_CHARACTERS), dataset: { test: 'touch-note' } });
    return h(
      'details',
      {},
      h('summary', { dataset: { test: 'touch-aloud' } }, t('touch-aloud', { name })),
      h(
        'form',
        { onsubmit: (/** @type {Event} */ event) => (event.preventDefault(), void ask(app, peer, { note: words.value.trim() }, true)) },
        h('label', { for: 'touch-note' }, t('touch-note', { name }), ' ', h('span', { class: 'muted' }, t('optional'))),
        words,
        h('p', {}, t('touch-aloud-hint', { name })),
        h('button', { class: 'button primary', dataset: { test: 'touch-send' } }, t('touch-send')),
      ),
    );
  }
}
