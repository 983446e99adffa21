/** What this browser remembers: the token, and how its owner likes things. */

const DEFAULTS = {
  token: /** @type {string | null} */ (null),
  mode: /** @type {'video' | 'text'} */ ('video'),
  minutes: 5,
  interests: /** @type {string[]} */ ([]),
  want: /** @type {import('../rondo.js').Gender[]} */ ([]),
  autoAccept: false,
  autoNext: false,
  manual: false,
  microphone: '',
  camera: '',
  speaker: '',
  fit: /** @type {'auto' | 'cover' | 'contain'} */ ('auto'),
  corner: /** @type {import('./call/corner.js').Corner | ''} */ (''),
  shortcuts: true,
  sounds: true,
  notify: false,
};

/** What the storage refused holds until the page is closed, for every `Prefs` of it. @type {Partial<typeof DEFAULTS>} */
const unsaved = {};

export class Prefs {
  #values = { ...DEFAULTS };

  constructor(key = 'rondo') {
    this.key = key;
    try {
      Object.assign(this.#values, JSON.parse(localStorage.getItem(key) ?? '{}'));
    } catch {
      // Private windows may refuse storage, and anyone may have written nonsense: begin with the defaults.
    }
    Object.assign(this.#values, unsaved);
  }

  /** @template {keyof typeof DEFAULTS} K @param {K} name @returns {(typeof DEFAULTS)[K]} */
  get(name) {
    return this.#values[name];
  }

  /** @param {Partial<typeof DEFAULTS>} values */
  set(values) {
    Object.assign(this.#values, values);
    try {
      localStorage.setItem(this.key, JSON.stringify(this.#values));
    } catch {
      Object.assign(unsaved, values);
    }
  }

  /** What the queue is asked for. @returns {import('../rondo.js').Wishes} */
  wishes() {
    const { mode, minutes, interests, want, autoAccept, autoNext, manual } = this.#values;
    return {
      mode,
      ...(mode === 'video' && { duration_s: minutes * 60 }),
      ...(interests.length && { interests }),
      ...(want.length && { want: { gender: want } }),
      ...(manual && { pairing: /** @type {const} */ ('manual') }),
      auto_accept: autoAccept,
      auto_next: autoNext,
    };
  }
}
