import { Emitter } from './emitter.js';

/** Whether this browser can share a screen; those of phones cannot. */
export function canShareScreen() {
  return !!navigator.mediaDevices?.getDisplayMedia;
}

/**
 * Ask for a screen, a window or a tab; null when the person thinks better of it.
 * @returns {Promise<MediaStreamTrack | null>}
 */
export async function captureScreen() {
  try {
    const stream = await navigator.mediaDevices.getDisplayMedia({ video: { frameRate: { ideal: 15, max: 30 } }, audio: false });
    const [track] = stream.getVideoTracks();
    // Letters have to stay readable: rather fewer pictures than blurred ones.
    track.contentHint = 'detail';
    return track;
  } catch (error) {
    const { name } = /** @type {DOMException} */ (error);
    if (name === 'NotAllowedError' || name === 'AbortError') return null;
    throw error;
  }
}

/**
 * A shared screen, from the question to its end by whatever side: ours, or the browser's own "stop sharing".
 *
 *     const share = new ScreenShare();
 *     share.on('change', () => rondo.setScreen(share.track));
 *     await share.start();
 *
 * @extends {Emitter<{change: []}>}
 */
export class ScreenShare extends Emitter {
  /** @type {MediaStreamTrack | null} */ track = null;
  /** @type {Promise<boolean> | null} */ #asking = null;
  /** Stopped while the browser was still asking. */ #wanted = false;

  /** Whether the screen is shared afterwards. */
  start() {
    this.#wanted = true;
    this.#asking ??= this.#start().finally(() => (this.#asking = null));
    return this.#asking;
  }

  stop() {
    this.#wanted = false;
    const { track } = this;
    if (!track) return;
    this.track = null;
    track.onended = null;
    track.stop();
    this.emit('change');
  }

  async #start() {
    if (this.track) return true;
    const track = await captureScreen();
    if (!track) return false;
    if (!this.#wanted) {
      track.stop();
      return false;
    }
    track.onended = () => this.stop();
    this.track = track;
    this.emit('change');
    return true;
  }
}
