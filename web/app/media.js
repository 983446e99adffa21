import { Emitter } from '../client/emitter.js';

/** @typedef {'denied' | 'none' | 'busy' | 'insecure'} Trouble */

/**
 * Our own camera and microphone. Whatever cannot be had is left out: one can talk without a camera, and watch without both.
 * @extends {Emitter<{change: []}>}
 */
export class Media extends Emitter {
  /** For previews; holds only the camera. */
  preview = new MediaStream();
  /** @type {MediaStreamTrack | null} */ audio = null;
  /** @type {MediaStreamTrack | null} */ video = null;
  /** @type {Trouble | null} */ micTrouble = null;
  /** @type {Trouble | null} */ cameraTrouble = null;
  micOn = true;
  cameraOn = true;
  /** @type {Promise<void> | null} */ #opening = null;
  /** Closed while the browser was still asking: what it gives after all is given back. */
  #wanted = false;

  /** @param {import('./prefs.js').Prefs} prefs */
  constructor(prefs) {
    super();
    this.prefs = prefs;
    navigator.mediaDevices?.addEventListener('devicechange', () => this.emit('change'));
  }

  get tracks() {
    return { audio: this.audio, video: this.video };
  }

  get isOpen() {
    return !!(this.audio || this.video);
  }

  /** Whether the browser would give us the camera without asking. */
  async isWelcome() {
    try {
      const status = await navigator.permissions.query({ name: /** @type {PermissionName} */ ('camera') });
      return status.state === 'granted';
    } catch {
      return false;
    }
  }

  /** Whether the browser has yet to give us something, or is asking. */
  get opening() {
    return this.#opening !== null;
  }

  /** Turn on what is wanted and not on yet; whoever wants it meanwhile waits for the same answer. */
  open() {
    this.#wanted = true;
    if (!this.#opening) {
      this.#opening = this.#open().finally(() => {
        this.#opening = null;
        this.emit('change');
      });
      this.emit('change');
    }
    return this.#opening;
  }

  close() {
    this.#wanted = false;
    this.#drop('audio');
    this.#drop('video');
    this.emit('change');
  }

  toggleMic() {
    this.micOn = !this.micOn;
    if (this.audio) this.audio.enabled = this.micOn;
    else if (this.micOn) void this.open();
    this.emit('change');
  }

  /** Off is off: the light beside the lens goes out. */
  async toggleCamera() {
    this.cameraOn = !this.cameraOn;
    if (this.cameraOn) return this.open();
    this.#drop('video');
    this.emit('change');
  }

  /** @param {'microphone' | 'camera'} what @param {string} deviceId */
  async choose(what, deviceId) {
    this.prefs.set({ [what]: deviceId });
    this.#drop(what === 'camera' ? 'video' : 'audio');
    if (what === 'camera') this.cameraOn = true;
    await this.open();
  }

  /** @returns {Promise<{microphone: MediaDeviceInfo[], camera: MediaDeviceInfo[]}>} */
  async devices() {
    const all = (await navigator.mediaDevices?.enumerateDevices()) ?? [];
    const named = all.filter((device) => device.deviceId);
    return { microphone: named.filter((device) => device.kind === 'audioinput'), camera: named.filter((device) => device.kind === 'videoinput') };
  }

  #camera() {
    const id = this.prefs.get('camera');
    const size = { width: { ideal: 1280 }, height: { ideal: 720 }, frameRate: { ideal: 30 } };
    return id ? { ...size, deviceId: { ideal: id } } : { ...size, facingMode: 'user' };
  }

  #microphone() {
    const id = this.prefs.get('microphone');
    return { echoCancellation: true, noiseSuppression: true, ...(id && { deviceId: { ideal: id } }) };
  }

  /** One question for both where possible. */
  async #open() {
    if (this.cameraOn && !this.video && !this.audio) {
      const stream = await this.#ask({ video: this.#camera(), audio: this.#microphone() });
      if (stream instanceof MediaStream) this.#take(stream);
    }
    if (this.#wanted && this.cameraOn && !this.video) this.cameraTrouble = await this.#one({ video: this.#camera() });
    if (this.#wanted && !this.audio) this.micTrouble = await this.#one({ audio: this.#microphone() });
  }

  /** @param {MediaStreamConstraints} constraints @returns {Promise<Trouble | null>} */
  async #one(constraints) {
    const answer = await this.#ask(constraints);
    if (!(answer instanceof MediaStream)) return answer;
    this.#take(answer);
    return null;
  }

  /** @param {MediaStreamConstraints} constraints @returns {Promise<MediaStream | Trouble>} */
  async #ask(constraints) {
    if (!navigator.mediaDevices) return 'insecure';
    try {
      return await navigator.mediaDevices.getUserMedia(constraints);
    } catch (error) {
      const { name } = /** @type {DOMException} */ (error);
      if (name === 'NotAllowedError' || name === 'SecurityError') return 'denied';
      return name === 'NotReadableError' || name === 'AbortError' ? 'busy' : 'none';
    }
  }

  /** @param {MediaStream} stream */
  #take(stream) {
    for (const track of stream.getTracks()) {
      if (!this.#wanted) {
        track.stop();
        continue;
      }
      if (track.kind === 'audio') {
        this.#drop('audio');
        this.audio = track;
        this.micTrouble = null;
        track.enabled = this.micOn;
      } else {
        this.#drop('video');
        this.video = track;
        this.cameraTrouble = null;
        this.preview.addTrack(track);
      }
      // Pulled out of its socket, or taken back in the browser's settings.
      track.onended = () => {
        this.#drop(track.kind === 'audio' ? 'audio' : 'video', track);
        this.emit('change');
      };
    }
  }

  /** @param {'audio' | 'video'} kind @param {MediaStreamTrack} [only] */
  #drop(kind, only) {
    const track = this[kind];
    if (!track || (only && only !== track)) return;
    track.onended = null;
    track.stop();
    if (kind === 'video') this.preview.removeTrack(track);
    this[kind] = null;
  }
}
