import { canShareScreen } from '../../client/screen.js';
import { button, dress, h } from '../dom.js';
import { t } from '../i18n.js';
import { Devices } from '../self.js';

/** What one rarely needs in a call, in one place: screen, camera, picture, devices, and how well it travels. */
export class CallPanel {
  #devices;
  #share;
  #flip;
  #fit;
  #float;
  #full;
  /** @type {(event: Event) => void} */ #onOutside;

  /**
   * @param {import('../app.js').App} app
   * @param {import('./stage.js').Stage} stage
   * @param {Node} qualityLine
   */
  constructor(app, stage, qualityLine) {
    this.app = app;
    this.stage = stage;
    this.#devices = new Devices(app);
    const tile = (/** @type {string} */ icon, /** @type {string} */ label, /** @type {string} */ test, /** @type {() => void} */ act, /** @type {boolean} */ stays = false) =>
      button({ icon, label, kind: 'tile', dataset: { test }, onclick: () => (act(), stays || this.close()) });
    this.#share = tile('screen', t('screen-share'), 'share-screen', () => void toggleShare(app));
    this.#flip = tile('flip', t('camera-flip'), 'flip', () => void app.media.flip(), true);
    this.#fit = tile('whole', t('fit-whole'), 'fit', () => stage.toggleFit());
    this.#float = tile('float', t('picture-in-picture'), 'float', () => void stage.toggleFloat());
    this.#full = tile('full', t('full-screen'), 'full', () => void toggleFullScreen());
    this.element = h(
      'div',
      { class: 'call-panel', id: 'call-panel', role: 'dialog', 'aria-label': t('call-panel'), hidden: true, dataset: { test: 'panel' } },
      h('div', { class: 'panel-head' }, qualityLine, button({ icon: 'close', label: t('call-panel-close'), quiet: true, kind: 'ghost', onclick: () => this.close(true) })),
      h('div', { class: 'tiles' }, this.#share, this.#flip, this.#fit, this.#float, this.#full),
      this.#devices.element,
    );
    this.element.addEventListener('keydown', (/** @type {KeyboardEvent} */ event) => {
      if (event.key !== 'Escape') return;
      event.preventDefault();
      this.close(true);
    });
    this.opener = button({ icon: 'more', label: t('call-panel'), quiet: true, kind: 'round more video-only', 'aria-expanded': 'false', 'aria-controls': 'call-panel', dataset: { test: 'more' }, onclick: () => (this.isOpen ? this.close() : this.open()) });
    this.#onOutside = (event) => {
      const target = /** @type {Node} */ (event.target);
      if (!this.element.contains(target) && !this.opener.contains(target)) this.close();
    };
  }

  get isOpen() {
    return !this.element.hidden;
  }

  open() {
    this.element.hidden = false;
    this.opener.setAttribute('aria-expanded', 'true');
    document.addEventListener('pointerdown', this.#onOutside);
    this.update();
    this.element.querySelector('.tile:not([hidden])')?.focus();
  }

  /** @param {boolean} [focus] go back to the button that opened it */
  close(focus = this.element.contains(document.activeElement)) {
    if (!this.isOpen) return;
    this.element.hidden = true;
    this.opener.setAttribute('aria-expanded', 'false');
    document.removeEventListener('pointerdown', this.#onOutside);
    if (focus) this.opener.focus();
  }

  update() {
    if (!this.isOpen) return;
    const { media, share } = this.app;
    void this.#devices.update();
    this.#flip.hidden = !canFlip(media);
    this.#share.hidden = !canShareScreen();
    dress(this.#share, 'screen', share.track ? t('screen-stop') : t('screen-share'));
    this.#share.classList.toggle('on', !!share.track);
    dress(this.#fit, this.stage.isWhole ? 'fill' : 'whole', this.stage.isWhole ? t('fit-fill') : t('fit-whole'));
    this.#fit.hidden = !this.stage.isSeeing;
    this.#float.hidden = !this.stage.canFloat || !this.stage.isSeeing;
    this.#full.hidden = !document.fullscreenEnabled;
    dress(this.#full, 'full', document.fullscreenElement ? t('full-screen-leave') : t('full-screen'));
  }

  leave() {
    document.removeEventListener('pointerdown', this.#onOutside);
  }
}

/** On a phone, with more than one camera; elsewhere one chooses from the list. @param {import('../media.js').Media} media */
export function canFlip({ video, cameraCount }) {
  return !!video && cameraCount > 1 && matchMedia('(pointer: coarse)').matches;
}

/** The whole page rather than the room: what is laid over it, a question or a word, has to be seen as well. */
export async function toggleFullScreen() {
  if (document.fullscreenElement) return document.exitFullscreen();
  await document.documentElement.requestFullscreen().catch(() => {});
}

/** @param {import('../app.js').App} app */
export async function toggleShare({ share }) {
  if (share.track) share.stop();
  else await share.start();
}
