import { Api } from '../../client/api.js';
import { button, h, say } from '../dom.js';
import { t } from '../i18n.js';
import { introduced } from '../letter.js';
import { askTurnstile } from '../turnstile.js';
import { refusal } from '../refusal.js';

/** At most so many tags, and so long (product rules, section 1). */
const INTERESTS = 10;

/** The first screen: who are you, and are you an adult? */
export class SignUp {
  title = 'Rondo';
  #name = h('input', { id: 'name', dir: 'auto', name: 'display_name', autocomplete: 'nickname', maxlength: '40', required: true, dataset: { test: 'name' } });
  #adult = h('input', { type: 'checkbox', id: 'adult', required: true, dataset: { test: 'adult' } });
  #gender = h('select', { id: 'gender' }, ...genders().map(([value, label]) => new Option(label, value)));
  #interests = h('input', { id: 'interests', dir: 'auto', autocomplete: 'off', placeholder: t('interests-placeholder'), 'aria-describedby': 'interests-hint', dataset: { test: 'interests' } });
  #code = h('input', { id: 'invite-code', class: 'code', maxlength: '40', autocomplete: 'off', autocapitalize: 'characters', spellcheck: 'false', dataset: { test: 'invite-code' } });
  /** Only where one needs it. */
  #codeField = h('div', { class: 'field', hidden: true }, h('label', { for: 'invite-code' }, t('invite-code'), ' ', h('span', { class: 'muted' }, t('invite-code-later'))), this.#code);
  #born = h('input', { id: 'birth-date', type: 'date', autocomplete: 'bday', dataset: { test: 'birth-date' } });
  /** Only where the operator asks for it. */
  #bornField = h('div', { class: 'field', hidden: true }, h('label', { for: 'birth-date' }, t('birth-date')), this.#born);
  #old = h('span', {}, t('sign-up-adult', { age: 18 }));
  #here = h('p', { class: 'here', hidden: true, dataset: { test: 'here' } });
  #letter = h('div', { hidden: true });
  #problem = h('p', { class: 'problem', role: 'alert' });
  /** Only while the gate asks for something. */
  #progress = h('progress', { id: 'gate-progress', max: '1', value: '0', dataset: { test: 'gate-progress' } });
  #widget = h('div', { class: 'gate-widget', hidden: true });
  #work = h('div', { class: 'gate-work', role: 'status', hidden: true, dataset: { test: 'gate-work' } }, h('label', { for: 'gate-progress' }, ''), this.#progress);
  #submit = h('button', { class: 'button primary big', dataset: { test: 'sign-up' } }, t('sign-up'));

  /** @param {import('../app.js').App | import('../start.js').Start} app */
  constructor(app) {
    this.app = app;
    this.#interests.value = app.prefs.get('interests').join(', ');
    this.element = h(
      'div',
      { class: 'landing' },
      h('img', { class: 'art', src: '/art.svg', alt: '', width: 560, height: 460 }),
      h(
        'div',
        { class: 'pitch' },
        this.#here,
        h('h1', {}, t('landing')),
        h('p', { class: 'lead' }, t('landing-lead')),
        h('ul', { class: 'promises' }, h('li', {}, t('landing-direct')), h('li', {}, t('landing-once')), h('li', {}, t('landing-leave'))),
      ),
      h(
        'form',
        { class: 'card sign-up', onsubmit: (/** @type {Event} */ event) => void this.#send(event) },
        this.#letter,
        h('h2', {}, t('sign-up-title')),
        h('div', { class: 'field' }, h('label', { for: 'name' }, t('name')), this.#name),
        h('div', { class: 'field' }, h('label', { for: 'interests' }, t('interests'), ' ', h('span', { class: 'muted' }, t('optional'))), this.#interests, h('p', { class: 'hint', id: 'interests-hint' }, t('interests-hint'))),
        h('div', { class: 'field' }, h('label', { for: 'gender' }, t('gender'), ' ', h('span', { class: 'muted' }, t('optional'))), this.#gender),
        this.#codeField,
        this.#bornField,
        h('label', { class: 'check' }, this.#adult, this.#old),
        this.#problem,
        this.#work,
        this.#widget,
        this.#submit,
        h('p', { class: 'log-in-line' }, button({ label: t('sign-up-have-account'), kind: 'subtle', dataset: { test: 'have-account' }, onclick: () => void this.#logIn() })),
        h('p', { class: 'hint' }, t('sign-up-hint')),
      ),
    );
    void this.#read();
    void this.#count();
  }

  async #logIn() {
    try {
      (await this.app.load()).showLogIn(this.app);
    } catch (error) {
      this.#problem.textContent = refusal(error);
    }
  }

  /** Say that one is not alone here, once that is true. */
  async #count() {
    const { people } = await new Api(location.origin).online().catch(() => ({ people: 0 }));
    this.#here.hidden = !people;
    say(this.#here, t('landing-here', { count: people }));
  }

  /** Show what was brought along, once it is known. */
  async #read() {
    const { letter } = this.app;
    await letter.ready;
    const card = letter.card();
    if (card) this.#letter.replaceWith(card);
    this.#code.value = letter.code;
    this.#codeField.hidden = !letter.inviteOnly;
    this.#bornField.hidden = !letter.asksBirthDate;
    this.#born.required = letter.asksBirthDate;
    this.#old.textContent = t('sign-up-adult', { age: letter.minAge });
  }

  /** @param {Event} event */
  async #send(event) {
    event.preventDefault();
    const { letter } = this.app;
    const code = this.#codeField.hidden ? '' : this.#code.value.trim();
    const interests = tags(this.#interests.value);
    this.#submit.disabled = true;
    this.#problem.textContent = '';
    try {
      const { Rondo } = await this.app.load();
      const { token } = await Rondo.signUp({
        display_name: this.#name.value.trim(),
        adult: true,
        gender: this.#gender.value,
        ...(interests.length && { interests }),
        ...(letter.intro && { referral_code: letter.intro }),
        ...(this.#born.value && { birth_date: this.#born.value }),
        ...(code && { invite_code: code }),
      }, undefined, {
        onProgress: (done) => this.#onWork(done),
        turnstile: (siteKey) => askTurnstile(this.#widget, siteKey),
      });
      if (letter.preview) introduced(letter.preview.target);
      letter.burn();
      this.app.prefs.set({ interests });
      await this.app.enter(token);
    } catch (error) {
      const field = /** @type {any} */ (error)?.details?.field;
      this.#problem.textContent = field === 'invite_code' ? t('invite-code-wrong') : field === 'birth_date' ? t('birth-date-wrong') : refusal(error);
      this.#submit.disabled = false;
      this.#work.hidden = true;
    }
  }

  /** Many have come in from this network: the browser does some work first. @param {number} done from 0 to 1 */
  #onWork(done) {
    if (this.#work.hidden) {
      this.#work.firstElementChild.textContent = t('gate-working');
      this.#work.hidden = false;
    }
    this.#progress.value = done;
  }
}

/** @returns {[import('../../rondo.js').Gender, string][]} */
export function genders() {
  return [['unspecified', t('gender-unspecified')], ['female', t('gender-female')], ['male', t('gender-male')], ['nonbinary', t('gender-nonbinary')]];
}

/** @param {string} text */
export function tags(text) {
  const all = text.split(/[,;\n]/).map((tag) => tag.trim().toLowerCase().slice(0, 30)).filter(Boolean);
  return [...new Set(all)].slice(0, INTERESTS);
}
