import { announce } from '../announce.js';
import { h, icon } from '../dom.js';
import { refusal } from '../words.js';

/** Here people meet by age, and this person has not said when they were born. */
export class AgeGate {
  title = 'Your age · Rondo';
  #born = h('input', { id: 'age-born', type: 'date', required: true, autocomplete: 'bday', dataset: { test: 'age-born', focus: '' } });
  #problem = h('p', { class: 'problem', role: 'alert' });
  #submit = h('button', { class: 'button primary big', dataset: { test: 'age-save' } }, 'Go on');

  /** @param {import('../app.js').App} app */
  constructor(app) {
    this.app = app;
    this.element = h(
      'div',
      { class: 'centre gate' },
      h('span', { class: 'gate-sign' }, icon('people')),
      h('h1', {}, 'When were you born?'),
      h('p', { class: 'lead' }, 'People meet others of about their own age here. Nobody you meet sees the date, and it cannot be changed later.'),
      h(
        'form',
        { class: 'card gate-form', onsubmit: (/** @type {Event} */ event) => void this.#send(event) },
        h('div', { class: 'field' }, h('label', { for: 'age-born' }, 'Date of birth'), this.#born),
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
      await this.app.rondo?.api.update({ birth_date: this.#born.value });
      announce('Thank you. You may meet people now.');
      this.app.open();
    } catch (error) {
      const field = /** @type {any} */ (error)?.details?.field;
      this.#problem.textContent = field === 'birth_date' ? 'You are too young for this service, or this is no date of birth.' : refusal(error);
      this.#submit.disabled = false;
    }
  }
}
