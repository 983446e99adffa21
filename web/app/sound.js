/** Chimes, made on the spot: no file to load. A browser allows them after the first click or key on the page. */

/** Each note: frequency in Hz, start in seconds. @type {Record<string, [number, number][]>} */
const CHIMES = {
  invite: [[659.3, 0], [880, 0.13], [1318.5, 0.26]],
  message: [[987.8, 0], [1318.5, 0.09]],
  ending: [[784, 0], [587.3, 0.22]],
};
const NOTE_S = 0.55;
const VOLUME = 0.16;

export class Sound {
  /** Everything that sounds goes through here. @type {GainNode | null} */
  output = null;

  /** @param {import('./prefs.js').Prefs} prefs */
  constructor(prefs) {
    this.prefs = prefs;
    for (const event of ['pointerdown', 'keydown']) addEventListener(event, () => this.#unlock(), { capture: true, passive: true });
  }

  /** @param {keyof typeof CHIMES} name */
  play(name) {
    const { output } = this;
    if (!output || !this.prefs.get('sounds') || output.context.state !== 'running') return;
    const { context } = output;
    for (const [frequency, after] of CHIMES[name]) {
      const at = context.currentTime + after;
      const note = new OscillatorNode(context, { type: 'sine', frequency });
      const loudness = new GainNode(context, { gain: 0 });
      loudness.gain.setValueAtTime(0, at);
      loudness.gain.linearRampToValueAtTime(VOLUME, at + 0.015);
      loudness.gain.exponentialRampToValueAtTime(0.0001, at + NOTE_S);
      note.connect(loudness).connect(output);
      note.start(at);
      note.stop(at + NOTE_S);
    }
  }

  #unlock() {
    if (!this.prefs.get('sounds') || !('AudioContext' in window)) return;
    if (!this.output) {
      const context = new AudioContext({ latencyHint: 'interactive' });
      this.output = new GainNode(context);
      this.output.connect(context.destination);
    }
    const context = /** @type {AudioContext} */ (this.output.context);
    if (context.state === 'suspended') context.resume().catch(() => {});
  }
}
