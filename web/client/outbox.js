import { RondoError } from './errors.js';

/** The server's limit for chat: a burst, then one line in this time. */
const BURST = 5;
const REFILL_MS = 1_500;

/**
 * Lines of text on their way to one room: in order, each once, paced to the server's limit, and patient while the
 * connection is away. The `client_id` makes it safe to say a line again when its answer was lost.
 */
export class Outbox {
  /** @type {import('../rondo.js').Unsent[]} */
  lines = [];
  #busy = false;
  #tokens = BURST;
  #filledAt = performance.now();
  #closed = false;

  /**
   * @param {object} options
   * @param {string} options.roomId
   * @param {(fields: Record<string, unknown>) => Promise<any>} options.send one `chat.send`, answered once durable
   * @param {(message: import('../rondo.js').Message) => void} options.onSaid
   * @param {() => void} options.onChange
   */
  constructor({ roomId, send, onSaid, onChange }) {
    this.roomId = roomId;
    this.send = send;
    this.onSaid = onSaid;
    this.onChange = onChange;
  }

  /** @param {string} body */
  add(body) {
    this.lines = [...this.lines, { client_id: crypto.randomUUID(), body, failed: null }];
    this.onChange();
    void this.flush();
  }

  /** Try a line again that the server had refused. @param {string} clientId */
  again(clientId) {
    this.lines = this.lines.map((line) => (line.client_id === clientId ? { ...line, failed: null } : line));
    this.onChange();
    void this.flush();
  }

  close() {
    this.#closed = true;
  }

  async flush() {
    if (this.#busy) return;
    this.#busy = true;
    for (let line; !this.#closed && (line = this.lines.find((candidate) => !candidate.failed)); ) {
      await this.#pace();
      if (this.#closed) break;
      await this.#sendOne(line);
    }
    this.#busy = false;
  }

  /** @param {import('../rondo.js').Unsent} line */
  async #sendOne({ client_id, body }) {
    try {
      const { message } = await this.send({ room_id: this.roomId, client_id, body });
      this.lines = this.lines.filter((line) => line.client_id !== client_id);
      this.onSaid(message);
    } catch (error) {
      const { code, retryAfterMs } = /** @type {RondoError} */ (error);
      if (code === 'rate_limited') return pause(retryAfterMs || REFILL_MS);
      if (code === 'unavailable') return pause(1_000);
      this.lines = this.lines.map((line) => (line.client_id === client_id ? { ...line, failed: code } : line));
    }
    this.onChange();
  }

  /** Wait for a token of the bucket, so that the server never has to refuse. */
  async #pace() {
    const now = performance.now();
    this.#tokens = Math.min(BURST, this.#tokens + (now - this.#filledAt) / REFILL_MS);
    this.#filledAt = now;
    // One below zero is a debt that the pause pays off.
    this.#tokens -= 1;
    if (this.#tokens < 0) await pause(-this.#tokens * REFILL_MS);
  }
}

/** @param {number} ms */
const pause = (ms) => new Promise((done) => setTimeout(done, ms));
