import { avatar, button, h, icon, say } from '../dom.js';
import { t } from '../i18n.js';
import { People } from '../people.js';
import { Devices, SelfView, Switches, Trouble } from '../self.js';
import { duration } from '../time.js';
import { genders, tags } from './sign-up.js';

const MINUTES = [1, 2, 5, 10, 20, 30];

/** The place one starts from: how do I look, whom would I like to meet, go. */
export class Lobby {
  title = 'Rondo';
  switches = true;
  #self;
  #switches;
  #devices;
  #people;
  #modes;
  #go;
  #hint = h('p', { class: 'hint', role: 'status' });
  #prompt;
  #trouble;

  /** @param {import('../app.js').App} app */
  constructor(app) {
    this.app = app;
    this.#self = new SelfView(app);
    this.#switches = new Switches(app);
    this.#devices = new Devices(app);
    this.#people = new People(app);
    this.#trouble = new Trouble(app);
    this.#modes = modes(app, () => this.#changeMode());
    this.#go = button({ label: t('lobby-find'), kind: 'primary big grow', dataset: { test: 'find' }, onclick: () => void this.#find() });
    this.#prompt = h('div', { class: 'self-prompt' }, avatar(app.state.me, 'large'), button({ icon: 'camera', label: t('lobby-camera'), dataset: { test: 'open-camera' }, onclick: () => void app.media.open() }));
    this.#self.element.append(this.#prompt, h('div', { class: 'self-tools' }, this.#switches.mic, this.#switches.camera));
    this.keys = { m: () => void app.toggleMic(), v: () => void app.toggleCamera() };
    this.element = h(
      'div',
      { class: 'lobby' },
      h('div', { class: 'lobby-self' }, this.#self.element, this.#trouble.element, this.#devices.element),
      h(
        'div',
        { class: 'lobby-side' },
        h('h1', {}, t('lobby-hello', { name: app.state.me?.display_name ?? '' })),
        h('section', { class: 'card find', 'aria-label': t('lobby-find') }, this.#modes, startAtOnce(app), this.#go, this.#hint, wishes(app)),
        this.#people.element,
      ),
    );
    this.#changeMode();
  }

  update() {
    const { media } = this.app;
    this.#self.update();
    this.#switches.update();
    void this.#devices.update();
    this.#prompt.hidden = !!media.video;
    this.#trouble.update();
    if (this.app.prefs.get('mode') === 'text') this.#trouble.element.hidden = true;
    this.#switches.mic.hidden = this.#switches.camera.hidden = !media.isOpen;
    say(this.#hint, this.app.state.link === 'online' ? '' : t('lobby-connecting'));
  }

  leave() {
    this.#people.leave();
  }

  async #changeMode() {
    const { media, prefs } = this.app;
    const video = prefs.get('mode') === 'video';
    this.element.classList.toggle('text-mode', !video);
    if (!video) media.close();
    else if (!media.isOpen && (await media.isWelcome()) && this.element.isConnected && prefs.get('mode') === 'video') await media.open();
    this.update();
  }

  async #find() {
    const mode = this.app.prefs.get('mode');
    this.#go.disabled = true;
    await this.app.find(mode);
    this.#go.disabled = false;
  }
}

/** Video or text. @param {import('../app.js').App} app @param {() => void} changed */
function modes(app, changed) {
  const choice = (/** @type {'video' | 'text'} */ mode, /** @type {string} */ label) =>
    h(
      'label',
      { class: 'segment' },
      h('input', { type: 'radio', name: 'mode', value: mode, checked: app.prefs.get('mode') === mode, dataset: { test: `mode-${mode}` }, onchange: () => (app.prefs.set({ mode }), changed()) }),
      h('span', {}, icon(mode === 'video' ? 'camera' : 'text'), label),
    );
  return h('fieldset', { class: 'segments' }, h('legend', { class: 'unseen' }, t('mode')), choice('video', t('mode-video')), choice('text', t('mode-text')));
}

/**
 * @param {import('../prefs.js').Prefs} prefs
 * @param {'autoAccept' | 'autoNext' | 'manual'} name
 * @param {string} label
 * @param {string} hint
 */
function check(prefs, name, label, hint) {
  const box = h('input', { type: 'checkbox', checked: prefs.get(name), dataset: { test: name }, onchange: () => prefs.set({ [name]: box.checked }) });
  return h('label', { class: 'check' }, box, h('span', {}, label, h('small', {}, hint)));
}

/** Offered before the first search, and remembered: no question between being matched and talking. @param {import('../app.js').App} app */
function startAtOnce({ prefs }) {
  return check(prefs, 'autoAccept', t('wishes-at-once'), t('wishes-at-once-hint'));
}

/** The optional wishes. @param {import('../app.js').App} app */
function wishes(app) {
  const { prefs } = app;
  const interests = h('input', { id: 'wish-interests', dir: 'auto', value: prefs.get('interests').join(', '), autocomplete: 'off', onchange: () => prefs.set({ interests: tags(interests.value) }) });
  const minutes = h('select', { id: 'minutes', onchange: () => prefs.set({ minutes: Number(minutes.value) }) }, ...MINUTES.map((n) => new Option(duration(n * 60), String(n), false, n === prefs.get('minutes'))));
  const wants = genders().slice(1).map(([value, label]) => {
    const box = h('input', { type: 'checkbox', checked: prefs.get('want').includes(value), onchange: () => prefs.set({ want: box.checked ? [...prefs.get('want'), value] : prefs.get('want').filter((other) => other !== value) }) });
    return h('label', { class: 'pill' }, box, h('span', {}, label));
  });
  return h(
    'details',
    { class: 'wishes' },
    h('summary', {}, icon('settings'), t('wishes')),
    h('div', { class: 'field' }, h('label', { for: 'wish-interests' }, t('wishes-interests')), interests),
    h('fieldset', { class: 'field pills' }, h('legend', {}, t('wishes-want'), ' ', h('span', { class: 'muted' }, t('wishes-want-none'))), ...wants),
    h('div', { class: 'field video-only' }, h('label', { for: 'minutes' }, t('wishes-minutes')), minutes, h('p', { class: 'hint' }, t('wishes-minutes-hint'))),
    check(prefs, 'autoNext', t('wishes-go-on'), t('wishes-go-on-hint')),
    check(prefs, 'manual', t('wishes-listed'), t('wishes-listed-hint')),
  );
}
