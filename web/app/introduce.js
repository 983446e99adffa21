import { announce } from './announce.js';
import { open, toast } from './dialogs.js';
import { avatar, button, h } from './dom.js';

/**
 * "Introduce a friend to this person": a button that makes the link and shows how to pass it on.
 * @param {import('./app.js').App} app
 * @param {import('../rondo.js').Profile} peer
 * @param {{label?: string, kind?: string}} [look]
 */
export function introduceButton(app, peer, { label = `Introduce a friend to ${peer.display_name}`, kind = 'subtle' } = {}) {
  return button({
    icon: 'introduce',
    label,
    kind,
    'aria-label': `Introduce a friend to ${peer.display_name}`,
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
  const title = `Meet ${peer.display_name}`;
  open({
    title: `Introduce a friend to ${peer.display_name}`,
    kind: 'light introduce',
    content: [
      h('div', { class: 'introduce-face' }, avatar(peer, 'large')),
      h('p', {}, `Give this link to somebody who should meet ${peer.display_name}. ${peer.display_name} is asked first. After a yes the two see each other first, and the queue pairs them as soon as both wait.`),
      passOn(url, { title, text: `I met ${peer.display_name} on Rondo. I think you two should meet.` }),
      h('p', { class: 'hint' }, `The link works for 90 days and a few friends a day. ${peer.display_name} is told who made it and who followed it.`),
    ],
  });
}

/**
 * Something to copy, or to share where the browser can.
 * @param {string} text to be copied
 * @param {{title: string, text: string}} words that go with it
 */
export function passOn(text, words) {
  const field = h('input', { class: 'pass-on-text', readonly: true, value: text, 'aria-label': 'Link', dataset: { test: 'link' }, onfocus: () => field.select() });
  const copy = button({
    icon: 'copy',
    label: 'Copy',
    kind: 'primary',
    dataset: { test: 'copy' },
    onclick: async () => {
      try {
        await navigator.clipboard.writeText(text);
        toast('Copied');
        announce('Copied');
      } catch {
        // No permission, or no secure page: what is selected can be copied by hand.
        field.select();
        toast('Press Ctrl+C to copy');
      }
    },
  });
  const share = 'share' in navigator && button({ icon: 'share', label: 'Share', dataset: { test: 'share' }, onclick: () => void navigator.share({ ...words, url: text }).catch(() => {}) });
  return h('div', { class: 'pass-on' }, field, copy, share);
}
