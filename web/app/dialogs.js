import { button, h } from './dom.js';
import { t } from './i18n.js';

/**
 * Open a modal dialog; it is removed when it closes. The browser keeps the focus inside and restores it afterwards.
 * @param {{title: string, kind?: string, content: (Node | string | null)[], onclose?: (value: string) => void}} options
 * @returns {HTMLDialogElement}
 */
export function open({ title, kind = '', content, onclose }) {
  const heading = h('h2', { id: `dialog-${crypto.randomUUID()}`, tabindex: '-1', autofocus: true }, title);
  const close = kind.includes('list') && button({ icon: 'close', label: t('close'), quiet: true, kind: 'ghost dialog-close', dataset: { test: 'dialog-close' }, onclick: () => dialog.close('') });
  /** @type {HTMLDialogElement} */
  const dialog = h('dialog', { class: `dialog ${kind}`, 'aria-labelledby': heading.id }, heading, close, ...content);
  dialog.addEventListener('close', () => {
    dialog.remove();
    onclose?.(dialog.returnValue);
  });
  dialog.addEventListener('click', (/** @type {MouseEvent} */ event) => {
    if (event.target === dialog && kind.includes('light')) dialog.close('');
  });
  document.getElementById('dialogs')?.append(dialog);
  dialog.showModal();
  return dialog;
}

/**
 * Ask before something that cannot be undone.
 * @param {{title: string, text: string, yes: string, no?: string, more?: Node}} options `more`: what is to be chosen beside
 * @returns {Promise<boolean>}
 */
export function confirm({ title, text, yes, no = t('dialog-stay'), more }) {
  return new Promise((resolve) => {
    const dialog = open({
      title,
      kind: 'light small',
      content: [
        h('p', {}, text),
        more ?? null,
        h(
          'div',
          { class: 'actions' },
          button({ label: no, onclick: () => dialog.close('') }),
          button({ label: yes, kind: 'danger', dataset: { test: 'confirm' }, onclick: () => dialog.close('yes') }),
        ),
      ],
      onclose: (value) => resolve(value === 'yes'),
    });
  });
}

const TOAST_MS = 5_000;

/**
 * Say something in passing, above dialogs too, below the top bar.
 * @param {string} text
 * @param {'plain' | 'bad'} [kind]
 * @param {string} [href] where it leads
 */
export function toast(text, kind = 'plain', href = '') {
  const place = toasts();
  // One at a time, so that they do not pile up over the page; what went wrong stays beside the next.
  place.querySelector('.toast:not(.bad)')?.remove();
  const element = href ? h('a', { class: 'toast', dir: 'auto', href, onclick: () => element.remove() }, text) : h('p', { class: `toast ${kind}`, dir: 'auto' }, text);
  place.append(element);
  // Shown again it is the last in the top layer, above a dialog that was opened since.
  place.hidePopover?.();
  place.showPopover?.();
  setTimeout(() => element.remove(), TOAST_MS);
}

/** Take back what was said. @param {string} [selector] */
export function dismissToasts(selector = '.toast') {
  for (const toast of document.querySelectorAll(`#toasts ${selector}`)) toast.remove();
}

/** Messages here are announced by the caller. @returns {HTMLElement} */
function toasts() {
  const known = document.getElementById('toasts');
  if (known) return known;
  const place = h('div', { id: 'toasts', class: 'toasts', popover: 'manual', role: 'status', 'aria-live': 'off' });
  document.body.append(place);
  return place;
}
