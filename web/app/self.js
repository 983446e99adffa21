import { button, dress, h, say, withKey } from './dom.js';
import { t } from './i18n.js';
import { trouble } from './words.js';

/** The picture of oneself, mirrored as one is used to. One stream, as many elements as there are screens. */
export class SelfView {
  #video = h('video', { class: 'self-video', muted: true, playsInline: true, autoplay: true, 'aria-hidden': 'true' });

  /** @param {import('./app.js').App} app */
  constructor(app) {
    this.app = app;
    this.#video.srcObject = app.media.preview;
    this.element = h('div', { class: 'self' }, this.#video);
  }

  update() {
    const { video, preview } = this.app.media;
    this.element.classList.toggle('empty', !video);
    // A track that was replaced leaves the element standing still in some browsers.
    if (video && this.#video.dataset.track !== video.id) {
      this.#video.dataset.track = video.id;
      this.#video.srcObject = preview;
      this.#video.play().catch(() => {});
    }
  }
}

/** Microphone and camera, on and off. */
export class Switches {
  /** @param {import('./app.js').App} app @param {string} [kind] */
  constructor(app, kind = 'round') {
    this.app = app;
    this.mic = button({ icon: 'mic', label: t('mic-mute'), quiet: true, kind, keys: 'M', 'aria-pressed': 'false', dataset: { test: 'mic' }, onclick: () => app.media.toggleMic() });
    this.camera = button({ icon: 'camera', label: t('camera-off'), quiet: true, kind, keys: 'V', 'aria-pressed': 'false', dataset: { test: 'camera' }, onclick: () => void app.media.toggleCamera() });
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

/** Which camera, which microphone. */
export class Devices {
  #camera = h('select', { id: 'camera-choice', onchange: () => void this.app.media.choose('camera', this.#camera.value) });
  #microphone = h('select', { id: 'microphone-choice', onchange: () => void this.app.media.choose('microphone', this.#microphone.value) });
  #trouble = h('p', { class: 'trouble', role: 'status' });

  /** @param {import('./app.js').App} app */
  constructor(app) {
    this.app = app;
    this.element = h(
      'div',
      { class: 'devices' },
      h('div', { class: 'field' }, h('label', { for: 'camera-choice' }, t('camera')), this.#camera),
      h('div', { class: 'field' }, h('label', { for: 'microphone-choice' }, t('microphone')), this.#microphone),
      this.#trouble,
    );
  }

  async update() {
    const { media, prefs } = this.app;
    const words = [trouble(media.cameraTrouble, 'camera'), trouble(media.micTrouble, 'microphone')].filter(Boolean).join(' ');
    say(this.#trouble, media.opening ? '' : words);
    const { camera, microphone } = await media.devices();
    this.#fill(this.#camera, camera, media.video?.getSettings().deviceId ?? prefs.get('camera'));
    this.#fill(this.#microphone, microphone, media.audio?.getSettings().deviceId ?? prefs.get('microphone'));
  }

  /** @param {HTMLSelectElement} select @param {MediaDeviceInfo[]} devices @param {string} chosen */
  #fill(select, devices, chosen) {
    const key = devices.map((device) => device.deviceId).join();
    if (select.dataset.key !== key) {
      select.dataset.key = key;
      select.replaceChildren(...devices.map((device, i) => new Option(device.label || `${device.kind === 'videoinput' ? t('camera') : t('microphone')} ${i + 1}`, device.deviceId)));
    }
    /** @type {HTMLElement} */ (select.parentElement).hidden = !devices.length;
    if (chosen && select.value !== chosen) select.value = chosen;
  }
}
