/** What several parts of the desk are made of. */

import { button, h } from '../app/dom.js';
import { open, toast } from '../app/dialogs.js';
import { ago, short, when } from './words.js';

/** Say something in passing, in place of what was said before. @param {string} text @param {'plain' | 'bad'} [kind] */
export function note(text, kind) {
  for (const earlier of document.querySelectorAll('.toast')) earlier.remove();
  toast(text, kind);
  const polite = document.getElementById('polite');
  if (polite) polite.textContent = text;
}

/** @param {unknown} error */
export function complain(error) {
  note(error instanceof Error ? error.message : String(error), 'bad');
}

/**
 * Ask for the reasons of a decision, and decide; the dialog stays until the server has agreed.
 * @param {{title: string, text: string, yes: string, kind?: string, suggestion?: string, more?: HTMLElement, decide: (statement: string) => Promise<unknown>}} options `more`: a field above the reasons
 * @returns {Promise<boolean>}
 */
export function reasons({ title, text, yes, kind = 'primary', suggestion = '', more: above, decide }) {
  return new Promise((resolve) => {
    const input = h('textarea', { id: 'statement', dir: 'auto', rows: 4, maxlength: '2000', required: true, dataset: { test: 'statement' } });
    input.value = suggestion;
    const problem = h('p', { class: 'problem', role: 'alert' });
    const go = button({ label: yes, kind, dataset: { test: 'decide' }, type: 'submit', onclick: () => {} });
    const form = h(
      'form',
      {
        class: 'reasons',
        onsubmit: async (/** @type {SubmitEvent} */ event) => {
          event.preventDefault();
          go.disabled = true;
          try {
            await decide(input.value);
            dialog.close('yes');
          } catch (error) {
            problem.textContent = error instanceof Error ? error.message : String(error);
          } finally {
            go.disabled = false;
          }
        },
      },
      h('p', { class: 'muted' }, text),
      above ?? '',
      h('div', { class: 'field' }, h('label', { for: 'statement' }, 'Statement of reasons'), input, h('p', { class: 'hint' }, 'The person reads this, word for word.')),
      problem,
      h('div', { class: 'actions' }, button({ label: 'Cancel', onclick: () => dialog.close('') }), go),
    );
    const dialog = open({ title, content: [form], onclose: (value) => resolve(value === 'yes') });
    input.focus();
  });
}

/** @param {number | null} at */
export function time(at) {
  return at === null ? h('span', {}, '–') : h('time', { datetime: new Date(at).toISOString(), title: when(at) }, ago(at));
}

/** An id that is copied with a click. @param {string | null} id */
export function identity(id) {
  if (id === null) return h('span', { class: 'muted' }, '–');
  return h(
    'button',
    {
      type: 'button',
      class: 'identity',
      title: `Copy ${id}`,
      onclick: async () => {
        await navigator.clipboard?.writeText(id).catch(() => {});
        note('Copied.');
      },
    },
    short(id),
  );
}

/** @param {string[]} heads @param {(Node | string)[][]} rows @param {string} nothing @param {string} label */
export function table(heads, rows, nothing, label) {
  if (!rows.length) return empty(nothing);
  return h(
    'div',
    { class: 'table-wrap', tabindex: '0', role: 'region', 'aria-label': label },
    h(
      'table',
      {},
      h('thead', {}, h('tr', {}, ...heads.map((head) => (head ? h('th', { scope: 'col' }, head) : h('td'))))),
      h('tbody', {}, ...rows.map((cells) => h('tr', {}, ...cells.map((cell) => h('td', {}, cell))))),
    ),
  );
}

/** @param {string} text */
export function empty(text) {
  return h('p', { class: 'empty' }, text);
}

/** @param {string} title @param {string} text @param {...(Node | null)} tools */
export function heading(title, text, ...tools) {
  return h('div', { class: 'part-head' }, h('div', {}, h('h1', { class: 'modest', tabindex: '-1' }, title), h('p', { class: 'muted' }, text)), h('div', { class: 'tools' }, ...tools.filter(Boolean)));
}

/**
 * @param {string} label
 * @param {[string, string][]} choices
 * @param {(value: string) => void} onchange
 */
export function choice(label, choices, onchange) {
  return h(
    'select',
    { class: 'choice', 'aria-label': label, onchange: (/** @type {any} */ event) => onchange(event.target.value) },
    ...choices.map(([value, text]) => h('option', { value }, text)),
  );
}

/** A button that leads on, as long as there is more. @param {string | number | null} cursor @param {() => void} onclick */
export function more(cursor, onclick) {
  return cursor === null ? null : h('p', { class: 'more' }, button({ label: 'Show more', kind: 'subtle', onclick }));
}

/** @param {string} name @param {string} label @param {any} input @param {string} [hint] */
export function field(name, label, input, hint) {
  input.id = name;
  return h('div', { class: 'field' }, h('label', { for: name }, label), input, hint ? h('p', { class: 'hint' }, hint) : null);
}
