import { canChooseSpeaker } from '../client/devices.js';
import { button, dress, h, icon, say, withKey } from './dom.js';
import { t } from './i18n.js';
import { trouble } from './words.js';

/** What is wrong with our devices and what to do about it; empty when all is well. @param {import('./media.js').Media} media */
export function deviceTrouble(media) {
  if (media.opening) return '';
  const { cameraTrouble, micTrouble } = media;
  if (cameraTrouble && cameraTrouble === micTrouble) return trouble(cameraTrouble, 'both') ?? '';
  return [trouble(cameraTrouble, 'camera'), trouble(micTrouble, 'microphone')].filter(Boolean).join(' ');
}

/** The user's own picture, mirrored; while a screen is shared, the screen. One stream, as many elements as there are screens. */
export class SelfView {
  #video = h('video', { class: 'self-video', muted: true, playsInline: true, autoplay: true, 'aria-hidden': 'true' });

  /** @param {import('./app.js').App} app */
  constructor(app) {
    this.app = app;
    this.#video.srcObject = app.media.preview;
    this.element = h('div', { class: 'self' }, this.#video);
  }

  update() {
    const { media, share } = this.app;
    const track = share.track ?? media.video;
    this.element.classList.toggle('empty', !track);
    this.element.classList.toggle('sharing', !!share.track);
    this.#video.classList.toggle('mirrored', !share.track && media.isMirrored);
    // A track that was replaced leaves the element standing still in some browsers.
    if (track && this.#video.dataset.track !== track.id) {
      this.#video.dataset.track = track.id;
      this.#video.srcObject = share.track ? new MediaStream([share.track]) : media.preview;
      this.#video.play().catch(() => {});
    }
  }
}

/** Microphone and camera, on and off. */
export class Switches {
  /**
   * @param {import('./app.js').App} app
   * @param {string} [kind] of buttons
   * @param {string} [place] tells these from others on the same screen
   */
  constructor(app, kind = 'round', place = '') {
    this.app = app;
    this.mic = button({ icon: 'mic', label: t('mic-mute'), quiet: true, kind, keys: 'M', 'aria-pressed': 'false', dataset: { test: `${place}mic` }, onclick: () => void app.toggleMic() });
    this.camera = button({ icon: 'camera', label: t('camera-off'), quiet: true, kind, keys: 'V', 'aria-pressed': 'false', dataset: { test: `${place}camera` }, onclick: () => void app.toggleCamera() });
  }

  update() {
    const { audio, video, micOn, cameraOn } = this.app.media;
    const heard = !!audio && micOn;
    const seen = !!video && cameraOn;
    dress(this.mic, heard ? 'mic' : 'mic-off', withKey(heard ? t('mic-mute') : t('mic-unmute'), 'M'));
    dress(this.camera, seen ? 'camera' : 'camera-off', withKey(seen ? t('camera-off') : t('camera-on'), 'V'));
    this.mic.classList.toggle('off', !heard);
    this.camera.classList.toggle('off', !seen);
  }
}

/** A missing, denied or busy device, and a way to try again. */
export class Trouble {
  #words = h('span');

  /** @param {import('./app.js').App} app */
  constructor(app) {
    this.app = app;
    this.element = h(
      'div',
      { class: 'device-trouble', role: 'status', hidden: true, dataset: { test: 'device-trouble' } },
      icon('alert'),
      this.#words,
      button({ label: t('trouble-again'), kind: 'subtle', onclick: () => void app.media.open() }),
    );
  }

  update() {
    const words = deviceTrouble(this.app.media);
    this.element.hidden = !words;
    say(this.#words, words);
  }
}

/** Which camera, which microphone, which speaker. */
export class Devices {
  #camera = h('select', { id: 'camera-choice', onchange: () => void this.app.media.choose('camera', this.#camera.value) });
  #microphone = h('select', { id: 'microphone-choice', onchange: () => void this.app.media.choose('microphone', this.#microphone.value) });
  #speaker = h('select', { id: 'speaker-choice', onchange: () => this.app.media.chooseSpeaker(this.#speaker.value) });

  /** @param {import('./app.js').App} app */
  constructor(app) {
    this.app = app;
    this.element = h(
      'div',
      { class: 'devices' },
      h('div', { class: 'field' }, h('label', { for: 'camera-choice' }, t('camera')), this.#camera),
      h('div', { class: 'field' }, h('label', { for: 'microphone-choice' }, t('microphone')), this.#microphone),
      h('div', { class: 'field' }, h('label', { for: 'speaker-choice' }, t('speaker')), this.#speaker),
    );
  }

  async update() {
    const { media, prefs } = this.app;
    const { camera, microphone, speaker } = await media.devices();
    this.#fill(this.#camera, camera, media.video?.getSettings().deviceId ?? prefs.get('camera'));
    this.#fill(this.#microphone, microphone, media.audio?.getSettings().deviceId ?? prefs.get('microphone'));
    this.#fill(this.#speaker, canChooseSpeaker() ? speaker : [], prefs.get('speaker'));
  }

  /** @param {HTMLSelectElement} select @param {MediaDeviceInfo[]} devices @param {string} chosen */
  #fill(select, devices, chosen) {
    const key = devices.map((device) => device.deviceId).join();
    if (select.dataset.key !== key) {
      select.dataset.key = key;
      select.replaceChildren(...devices.map((device, i) => new Option(device.label || `${device.kind === 'videoinput' ? t('camera') : device.kind === 'audioinput' ? t('microphone') : t('speaker')} ${i + 1}`, device.deviceId)));
    }
    /** @type {HTMLElement} */ (select.parentElement).hidden = !devices.length;
    if (chosen && select.value !== chosen) select.value = chosen;
  }
}
