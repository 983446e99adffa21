import { alertSwitches } from '../alerts.js';
import { avatar, button, chips, h, icon, say } from '../dom.js';
import { t } from '../i18n.js';
import { People } from '../people.js';
import { Ring } from '../ring.js';
import { SelfView, Switches, Trouble } from '../self.js';
import { elapsed } from '../time.js';

/** The user's own picture in the middle of the ring. */
export class Waiting {
  switches = true;
  #self;
  #switches;
  #people;
  /** Whether it is video that we wait for. */ #video;
  #trouble;
  #time = h('p', { class: 'waiting-time', role: 'timer', 'aria-live': 'off' });
  #link = h('p', { class: 'muted', role: 'status' });

  /** @param {import('../app.js').App} app */
  constructor(app) {
    this.app = app;
    const video = (app.state.queue?.mode ?? app.prefs.get('mode')) === 'video';
    this.#video = video;
    this.#trouble = new Trouble(app);
    this.#self = new SelfView(app);
    this.#switches = new Switches(app);
    this.#people = new People(app);
    this.since = app.rondo?.now() ?? 0;
    this.keys = { escape: () => this.#stop(), m: () => void app.toggleMic(), v: () => void app.toggleCamera() };
    const listed = app.prefs.get('manual');
    this.element = h(
      'div',
      { class: 'waiting' },
      h(
        'div',
        { class: 'waiting-main' },
        h('div', { class: 'waiting-ring' }, new Ring('searching').element, h('div', { class: 'waiting-face' }, avatar(app.state.me, 'large'), video && this.#self.element)),
        h('h1', {}, listed ? t('waiting-listed') : t('waiting')),
        this.#time,
        h('p', { class: 'waiting-what' }, icon(video ? 'camera' : 'text'), video ? t('waiting-video', { minutes: app.prefs.get('minutes') }) : t('mode-text')),
        chips(app.prefs.get('interests')),
        this.#link,
        this.#trouble.element,
        h(
          'div',
          { class: 'actions' },
          video && this.#switches.mic,
          video && this.#switches.camera,
          button({ label: t('waiting-stop'), kind: 'big', keys: 'Escape', dataset: { test: 'stop' }, onclick: () => this.#stop() }),
        ),
      ),
      h('details', { class: 'card wishes waiting-alerts', dataset: { test: 'alerts' } }, h('summary', {}, icon('bell'), t('alerts')), alertSwitches(app.prefs)),
      this.#people.element,
    );
  }

  get title() {
    return `${t('waiting')} · Rondo`;
  }

  update() {
    this.#self.update();
    this.#switches.update();
    this.#trouble.update();
    if (!this.#video) this.#trouble.element.hidden = true;
    const { link } = this.app.state;
    say(this.#link, link === 'online' ? '' : t('waiting-reconnecting'));
    this.tick();
  }

  tick() {
    const { rondo, state } = this.app;
    say(this.#time, elapsed((rondo?.now() ?? 0) - (state.queue?.joined_at ?? this.since)));
  }

  leave() {
    this.#people.leave();
  }

  #stop() {
    void this.app.attempt(this.app.rondo?.leaveQueue());
  }
}
