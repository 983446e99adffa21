import { setSpeaker } from '../../client/devices.js';
import { announce } from '../announce.js';
import { avatar, button, h, say } from '../dom.js';
import { t } from '../i18n.js';

/** A picture fills the frame, but an upright one on a wide screen is shown whole when less than so much of it would be left. */
const KEPT_MIN = 0.42;

/** The picture of the other person: it fills the frame, or is shown whole. */
export class Stage {
  #video = h('video', { class: 'remote', autoplay: true, playsInline: true, dataset: { test: 'remote' } });
  #status = h('p', { class: 'stage-status', role: 'status' });
  #sound;
  #observer;
  #speaker = '';
  #isScreen = false;
  /** Whether sound and picture can come. */ isLinked = false;

  /** @param {import('../app.js').App} app @param {import('../../rondo.js').Profile} peer */
  constructor(app, peer) {
    this.app = app;
    this.peer = peer;
    this.#sound = button({ icon: 'sound', label: t('room-sound'), kind: 'primary', hidden: true, onclick: () => this.#play(false) });
    this.element = h('div', { class: 'stage' }, this.#video, h('div', { class: 'stage-cover' }, avatar(peer, 'huge'), this.#status), this.#sound);
    this.#video.addEventListener('resize', () => this.#fit());
    this.#observer = new ResizeObserver(() => this.#fit());
    this.#observer.observe(this.element);
  }

  /** Whether the other person's picture is there to be seen. */
  get isSeeing() {
    return this.#video.classList.contains('shown');
  }

  /** Whether all of the picture is shown, with margins if need be. */
  get isWhole() {
    return this.#video.dataset.fit === 'contain';
  }

  /** @param {import('../../rondo.js').Room} room @param {string | null} leaving */
  update(room, leaving) {
    const { call } = this.app.rondo ?? {};
    const stream = call?.stream ?? null;
    if (this.#video.srcObject !== stream) {
      this.#video.srcObject = stream;
      if (stream) this.#play(true);
    }
    const { status, peer } = call?.state ?? { status: 'connecting', peer: { mic: true, camera: true, screen: false } };
    this.isLinked = status === 'live' || status === 'interrupted' || status === 'connected';
    const visible = this.isLinked && peer.camera && !leaving && !!call?.flowing;
    this.#video.classList.toggle('shown', visible);
    // A mirror sends back what we send: our own picture, so it stands as in a mirror.
    this.#video.classList.toggle('mirrored', !!this.peer.mirror && this.app.media.isMirrored && !this.app.share.track);
    const { display_name: name } = room.peer;
    say(this.#status, leaving ? t('room-leaving') : !call?.flowing ? t('room-connecting', { name }) : status === 'interrupted' ? t('room-interrupted') : peer.camera ? '' : t('room-camera-off', { name }));
    if (peer.screen !== this.#isScreen) {
      this.#isScreen = peer.screen;
      announce(peer.screen ? t('screen-theirs', { name }) : t('screen-theirs-over', { name }));
    }
    const speaker = this.app.prefs.get('speaker');
    if (speaker !== this.#speaker) {
      this.#speaker = speaker;
      void setSpeaker(this.#video, speaker);
    }
    this.#fit();
  }

  toggleFit() {
    this.app.prefs.set({ fit: this.isWhole ? 'cover' : 'contain' });
    this.#fit();
  }

  get canFloat() {
    return document.pictureInPictureEnabled && !this.#video.disablePictureInPicture;
  }

  /** Picture in picture: the call stays visible above other windows. */
  async toggleFloat() {
    if (document.pictureInPictureElement) return document.exitPictureInPicture();
    await this.#video.requestPictureInPicture().catch(() => {});
  }

  leave() {
    this.#observer.disconnect();
    if (document.pictureInPictureElement === this.#video) void document.exitPictureInPicture();
    this.#video.srcObject = null;
  }

  /** A screen is always whole at first: what stands at its edge is read too. */
  #fit() {
    const wish = this.app.prefs.get('fit');
    const picture = this.#video.videoWidth / this.#video.videoHeight;
    const frame = this.element.clientWidth / this.element.clientHeight;
    const isSliver = picture < 1 && picture / frame < KEPT_MIN;
    const fit = this.#isScreen ? 'contain' : wish === 'auto' ? (isSliver ? 'contain' : 'cover') : wish;
    if (this.#video.dataset.fit !== fit) this.#video.dataset.fit = fit;
  }

  /** @param {boolean} maySilently without a click the browser may allow the picture only */
  #play(maySilently) {
    this.#video.muted = false;
    this.#sound.hidden = true;
    this.#video.play().catch((/** @type {DOMException} */ { name }) => {
      if (name !== 'NotAllowedError' || !maySilently) return;
      this.#video.muted = true;
      this.#sound.hidden = false;
      this.#video.play().catch(() => {});
    });
  }
}
