/** The server writes marks once a second. */
const GATHER_MS = 500;

/** @typedef {{read?: number, delivered?: number}} Mark */

/** How far we are in each channel: gathered, and told soon. A mark only rises, so the next makes up for one that is lost. */
export class Marks {
  /** @type {Map<string, Mark>} */ #waiting = new Map();
  #timer = 0;
  #tell;

  /** @param {(channelId: string, mark: Mark) => void} tell */
  constructor(tell) {
    this.#tell = tell;
  }

  /** @param {string} channelId @param {Mark} mark */
  note(channelId, { read = 0, delivered = 0 }) {
    const known = this.#waiting.get(channelId) ?? {};
    if (read) known.read = Math.max(known.read ?? 0, read);
    if (delivered) known.delivered = Math.max(known.delivered ?? 0, delivered);
    this.#waiting.set(channelId, known);
    this.#timer ||= setTimeout(() => this.flush(), GATHER_MS);
  }

  /** Tell what is gathered. */
  flush() {
    clearTimeout(this.#timer);
    this.#timer = 0;
    for (const [channelId, mark] of this.#waiting) this.#tell(channelId, mark);
    this.#waiting.clear();
  }
}
