import { announce } from './announce.js';
import { open, toast } from './dialogs.js';
import { avatar, button, h } from './dom.js';
import { t } from './i18n.js';

/**
 * "Introduce a friend to this person": a button that makes the link and shows how to pass it on.
 * @param {import('./app.js').App} app
 * @param {import('../rondo.js').Profile} peer
 * @param {{label?: string, kind?: string}} [look]
 */
export function introduceButton(app, peer, { label = t('introduce', { name: peer.display_name }), kind = 'subtle' } = {}) {
  return button({
    icon: 'introduce',
    label,
    kind,
    'aria-label': t('introduce', { name: peer.display_name }),
    dataset: { test: 'introduce' },
    onclick: async (event) => {
      const pressed = /** @type {HTMLButtonElement} */ (event.currentTarget);
      pressed.disabled = true;
      await app.attempt(app.rondo?.api.introduce(peer.user_id).then(({ url }) => show(peer, url)));
      pressed.disabled = false;
    },
  });
}

/** @param {import('../rondo.js').Profile} peer @param {string} url */
function show(peer, url) {
  const name = peer.display_name;
  open({
    title: t('introduce', { name }),
    kind: 'light introduce',
    content: [
      h('div', { class: 'introduce-face' }, avatar(peer, 'large')),
      h('p', {}, t('introduce-text', { name })),
      passOn(url, { title: t('introduce-pass-on-title', { name }), text: t('introduce-pass-on', { name }) }),
      h('p', { class: 'hint' }, t('introduce-hint', { name })),
    ],
  });
}

/**
 * Something to copy, or to share where the browser can.
 * @param {string} text to be copied
 * @param {{title: string, text: string}} words that go with it
 */
export function passOn(text, words) {
  const field = h('input', { class: 'pass-on-text', readonly: true, value: text, 'aria-label': t('pass-on-link'), dataset: { test: 'link' }, onfocus: () => field.select() });
  const copy = button({
    icon: 'copy',
    label: t('pass-on-copy'),
    kind: 'primary',
    dataset: { test: 'copy' },
    onclick: async () => {
      try {
        await navigator.clipboard.writeText(text);
        toast(t('pass-on-copied'));
        announce(t('pass-on-copied'));
      } catch {
        // No permission, or no secure page: what is selected can be copied by hand.
        field.select();
        toast(t('pass-on-by-hand'));
      }
    },
  });
  const share = 'share' in navigator && button({ icon: 'share', label: t('pass-on-share'), dataset: { test: 'share' }, onclick: () => void navigator.share({ ...words, url: text }).catch(() => {}) });
  return h('div', { class: 'pass-on' }, field, copy, share);
}
