import { announce } from '../announce.js';
import { h, icon } from '../dom.js';
import { t } from '../i18n.js';
import { refusal } from '../refusal.js';

/** A question that a signed-in user has to answer before they can meet others. */
class Gate {
  #problem = h('p', { class: 'problem', role: 'alert' });
  #submit;

  /**
   * @param {import('../app.js').App} app
   * @param {{ title: string, sign: string, heading: string, lead: string, label: string, answer: HTMLInputElement, submit: string, test: string, welcome: string,
   *   send: (answer: string) => Promise<unknown> | undefined, why?: (error: unknown) => string }} words `send` tells the server; `why` says why that refused
   */
  constructor(app, words) {
    this.app = app;
    this.title = `${words.title} · Rondo`;
    this.words = words;
    this.#submit = h('button', { class: 'button primary big', dataset: { test: words.test } }, words.submit);
    this.element = h(
      'div',
      { class: 'centre gate' },
      h('span', { class: 'gate-sign' }, icon(words.sign)),
      h('h1', {}, words.heading),
      h('p', { class: 'lead' }, words.lead),
      h(
        'form',
        { class: 'card gate-form', onsubmit: (/** @type {Event} */ event) => void this.#send(event) },
        h('div', { class: 'field' }, h('label', { for: words.answer.id }, words.label), words.answer),
        this.#problem,
        this.#submit,
      ),
    );
  }

  /** @param {Event} event */
  async #send(event) {
    const { answer, send, welcome, why = refusal } = this.words;
    event.preventDefault();
    this.#submit.disabled = true;
    this.#problem.textContent = '';
    try {
      await send(answer.value);
      announce(welcome);
      this.app.open();
    } catch (error) {
      this.#problem.textContent = why(error);
      this.#submit.disabled = false;
      answer.select();
    }
  }
}

/** The service is invite-only, and this person has no code yet. */
export class CodeGate extends Gate {
  /** @param {import('../app.js').App} app */
  constructor(app) {
    super(app, {
      title: t('code-gate-title'),
      sign: 'ticket',
      heading: t('code-gate'),
      lead: t('code-gate-text'),
      label: t('invite-code'),
      answer: h('input', {
        id: 'gate-code', class: 'code', required: true, maxlength: '40', autocomplete: 'off', autocapitalize: 'characters', spellcheck: 'false',
        placeholder: 'ABCD-EFGH-JKMN-PQRS', value: app.letter.code, dataset: { test: 'gate-code', focus: '' },
      }),
      submit: t('code-gate-open'),
      test: 'gate-open',
      welcome: t('code-gate-welcome'),
      send: async (code) => {
        await app.rondo?.api.redeem(code);
        app.letter.burn();
      },
    });
  }
}

/** Here people meet by age, and this person has not said when they were born. */
export class AgeGate extends Gate {
  /** @param {import('../app.js').App} app */
  constructor(app) {
    super(app, {
      title: t('age-gate-title'),
      sign: 'people',
      heading: t('age-gate'),
      lead: t('age-gate-text'),
      label: t('birth-date'),
      answer: h('input', { id: 'age-born', type: 'date', required: true, autocomplete: 'bday', dataset: { test: 'age-born', focus: '' } }),
      submit: t('age-gate-save'),
      test: 'age-save',
      welcome: t('age-gate-welcome'),
      send: (born) => app.rondo?.api.update({ birth_date: born }),
      why: (error) => (/** @type {any} */ (error)?.details?.field === 'birth_date' ? t('birth-date-wrong') : refusal(error)),
    });
  }
}
