import { cameraConstraints, facingOf, listDevices, microphoneConstraints, nextCamera, onDevicesChange, openDevices, permissionOf } from '../client/devices.js';
import { Emitter } from '../client/emitter.js';

/** @typedef {import('../client/devices.js').Trouble} Trouble */

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
  /** How many there are; 0 until the browser says so. */ cameraCount = 0;
  /** @type {import('../client/devices.js').Facing} */ #facing = 'user';
  /** @type {Promise<void> | null} */ #opening = null;
  /** Closed while the browser was still asking: what it gives after all is given back. */
  #wanted = false;

  /** @param {import('./prefs.js').Prefs} prefs */
  constructor(prefs) {
    super();
    this.prefs = prefs;
    onDevicesChange(() => void this.#count());
  }

  get tracks() {
    return { audio: this.audio, video: this.video };
  }

  get isOpen() {
    return !!(this.audio || this.video);
  }

  /** Whether the browser would give us the camera without asking. */
  async isWelcome() {
    return (await permissionOf('camera')) === 'granted';
  }

  /** Whether our picture is shown to us as in a mirror: not that of a camera that looks away from us. */
  get isMirrored() {
    return !this.video || facingOf(this.video) !== 'environment';
  }

  /** Whether the browser has yet to give us something, or is asking. */
  get opening() {
    return this.#opening !== null;
  }

  /** Open the wanted devices that are not open yet; concurrent callers wait for the same result. */
  open() {
    this.#wanted = true;
    if (!this.#opening) {
      this.#opening = this.#open().finally(() => {
        this.#opening = null;
        void this.#count();
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

  /** Where there is no microphone, look for one again. */
  async toggleMic() {
    this.micOn = !this.audio || !this.micOn;
    if (!this.audio) return this.open();
    this.audio.enabled = this.micOn;
    this.emit('change');
  }

  /** Off is off: the light beside the lens goes out. Where there is no camera, look for one again. */
  async toggleCamera() {
    this.cameraOn = !this.video || !this.cameraOn;
    if (this.cameraOn) return this.open();
    this.#drop('video');
    this.emit('change');
  }

  /** @param {'microphone' | 'camera'} what @param {string} deviceId */
  async choose(what, deviceId) {
    this.prefs.set({ [what]: deviceId });
    if (what === 'camera' && this.video) return this.#changeCamera();
    this.#drop(what === 'camera' ? 'video' : 'audio');
    if (what === 'camera') this.cameraOn = true;
    await this.open();
  }

  /** Where the other person sounds. @param {string} deviceId */
  chooseSpeaker(deviceId) {
    this.prefs.set({ speaker: deviceId });
    this.emit('change');
  }

  /** The camera at the other side of the phone, or the next one where they do not say how they look. */
  async flip() {
    const { video } = this;
    if (!video) return;
    const facing = facingOf(video);
    const next = facing ? null : nextCamera((await this.devices()).camera, video.getSettings().deviceId);
    if (facing) this.#facing = facing === 'user' ? 'environment' : 'user';
    this.prefs.set({ camera: next?.deviceId ?? '' });
    await this.#changeCamera();
  }

  /** @returns {Promise<{microphone: MediaDeviceInfo[], camera: MediaDeviceInfo[], speaker: MediaDeviceInfo[]}>} */
  async devices() {
    const { cameras, microphones, speakers } = await listDevices();
    return { microphone: microphones, camera: cameras, speaker: speakers };
  }

  async #count() {
    this.cameraCount = (await this.devices()).camera.length;
    this.emit('change');
  }

  #camera() {
    return cameraConstraints({ deviceId: this.prefs.get('camera'), facing: this.#facing });
  }

  #microphone() {
    return microphoneConstraints({ deviceId: this.prefs.get('microphone') });
  }

  /** A phone opens one camera at a time: the old one ends first, and its last frame is shown until then. */
  async #changeCamera() {
    this.video?.stop();
    this.cameraTrouble = await this.#one({ video: this.#camera() });
    if (this.cameraTrouble) this.#drop('video');
    this.emit('change');
  }

  /** One question for both where possible. */
  async #open() {
    if (this.cameraOn && !this.video && !this.audio) {
      const stream = await openDevices({ video: this.#camera(), audio: this.#microphone() });
      if (stream instanceof MediaStream) this.#take(stream);
    }
    if (this.#wanted && this.cameraOn && !this.video) this.cameraTrouble = await this.#one({ video: this.#camera() });
    if (this.#wanted && !this.audio) this.micTrouble = await this.#one({ audio: this.#microphone() });
  }

  /** @param {MediaStreamConstraints} constraints @returns {Promise<Trouble | null>} */
  async #one(constraints) {
    const answer = await openDevices(constraints);
    if (!(answer instanceof MediaStream)) return answer;
    this.#take(answer);
    return null;
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
