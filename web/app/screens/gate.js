import { announce } from '../announce.js';
import { h, icon } from '../dom.js';
import { refusal } from '../words.js';

/** The service is invite-only, and this person has no code yet. */
export class Gate {
  title = 'By invitation · Rondo';
  #code = h('input', {
    id: 'gate-code', class: 'code', required: true, maxlength: '40', autocomplete: 'off', autocapitalize: 'characters', spellcheck: 'false',
    placeholder: 'ABCD-EFGH-JKMN-PQRS', dataset: { test: 'gate-code', focus: '' },
  });
  #problem = h('p', { class: 'problem', role: 'alert' });
  #submit = h('button', { class: 'button primary big', dataset: { test: 'gate-open' } }, 'Open the door');

  /** @param {import('../app.js').App} app */
  constructor(app) {
    this.app = app;
    this.#code.value = app.letter.code;
    this.element = h(
      'div',
      { class: 'centre gate' },
      h('span', { class: 'gate-sign' }, icon('ticket')),
      h('h1', {}, 'Rondo is by invitation'),
      h('p', { class: 'lead' }, 'You are in, but to meet people you need a code from somebody who is here already. Each person who has had four conversations has one to give away.'),
      h(
        'form',
        { class: 'card gate-form', onsubmit: (/** @type {Event} */ event) => void this.#send(event) },
        h('div', { class: 'field' }, h('label', { for: 'gate-code' }, 'Invite code'), this.#code),
        this.#problem,
        this.#submit,
      ),
    );
  }

  /** @param {Event} event */
  async #send(event) {
    event.preventDefault();
    this.#submit.disabled = true;
    this.#problem.textContent = '';
    try {
      await this.app.rondo?.api.redeem(this.#code.value);
      this.app.letter.burn();
      announce('Welcome. You may meet people now.');
      this.app.open();
    } catch (error) {
      this.#problem.textContent = refusal(error);
      this.#submit.disabled = false;
      this.#code.select();
    }
  }
}
