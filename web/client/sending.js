import { report } from './emitter.js';

/**
 * What goes to the peer: the microphone, and the shared screen or else the camera, after an effect if there is one.
 */
export class Sending {
  /** @type {import('../rondo.js').Sent} */
  sent = { audio: null, video: null, source: null, screen: false };

  /** @type {import('../rondo.js').Tracks} */ #tracks = { audio: null, video: null };
  /** @type {MediaStreamTrack | null} */ #screen = null;
  /** @type {import('../rondo.js').VideoEffect | null} */ #effect = null;
  /** What the effect made of the camera; null while it is at work, or when it failed. @type {MediaStreamTrack | null} */ #made = null;

  /** @param {(sent: import('../rondo.js').Sent) => void} onChange */
  constructor(onChange) {
    this.onChange = onChange;
  }

  /** @param {import('../rondo.js').Tracks} tracks */
  setTracks(tracks) {
    const isOther = tracks.video !== this.#tracks.video;
    this.#tracks = { ...tracks };
    if (isOther && this.#effect) void this.#make();
    this.#update();
  }

  /** @param {MediaStreamTrack | null} track */
  setScreen(track) {
    this.#screen = track;
    // The browser's own "stop sharing".
    track?.addEventListener('ended', () => this.#screen === track && this.setScreen(null), { once: true });
    this.#update();
  }

  /** @param {import('../rondo.js').VideoEffect | null} effect */
  async setEffect(effect) {
    this.#effect = effect;
    const made = this.#make();
    this.#update();
    await made;
  }

  /** Until the effect is ready the peer sees nothing, rather than what was to be hidden. */
  async #make() {
    if (this.#made && this.#made !== this.#tracks.video) this.#made.stop();
    this.#made = null;
    const { video } = this.#tracks;
    const effect = this.#effect;
    if (!video || !effect) return;
    try {
      const made = await effect(video);
      if (video === this.#tracks.video && effect === this.#effect) {
        this.#made = made;
        this.#update();
      } else if (made !== video) {
        made.stop();
      }
    } catch (error) {
      report(error);
    }
  }

  #update() {
    const { audio, video: source } = this.#tracks;
    const camera = this.#effect ? this.#made : source;
    const screen = this.#screen;
    this.sent = screen ? { audio, video: screen, source: screen, screen: true } : { audio, video: camera, source, screen: false };
    this.onChange(this.sent);
  }
}
