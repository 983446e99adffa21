import { RondoError } from './errors.js';

/** The server's limit for chat: a burst, then one line in this time. */
const BURST = 5;
const REFILL_MS = 1_500;

/**
 * Messages on their way to the server: in order, each once, paced to the server's limit, and patient while the
 * connection is away. The `client_id` makes it safe to send a message again when its answer was lost.
 * @template {object} Fields what there is of a message beside `client_id` and `failed`
 * @template Sent what the server makes of it
 */
export class Outbox {
  /** @type {(Fields & {client_id: string, failed: string | null})[]} */
  lines = [];
  #busy = false;
  #tokens = BURST;
  #filledAt = performance.now();
  #closed = false;

  /**
   * @param {object} options
   * @param {(line: Fields & {client_id: string}) => Promise<{message: Sent}>} options.send answered once durable
   * @param {(message: Sent) => void} options.onSaid the line is not in `lines` any more
   * @param {() => void} options.onChange
   * @param {(line: Fields) => boolean} [options.isReady] false: others may overtake it
   */
  constructor({ send, onSaid, onChange, isReady = () => true }) {
    this.send = send;
    this.isReady = isReady;
    this.onSaid = onSaid;
    this.onChange = onChange;
  }

  /** @param {Fields} fields @returns the `client_id` */
  add(fields) {
    const client_id = crypto.randomUUID();
    this.lines = [...this.lines, { ...fields, client_id, failed: null }];
    this.onChange();
    void this.flush();
    return client_id;
  }

  /**
   * Change a line that is not sent yet; `failed: null`: try one again that was refused.
   * @param {string} clientId
   * @param {Partial<Fields & {failed: string | null}>} changes
   */
  change(clientId, changes) {
    this.lines = this.lines.map((line) => (line.client_id === clientId ? { ...line, ...changes } : line));
    this.onChange();
    void this.flush();
  }

  /** Give a line up. @param {string} clientId */
  remove(clientId) {
    this.lines = this.lines.filter((line) => line.client_id !== clientId);
    this.onChange();
  }

  close() {
    this.#closed = true;
  }

  async flush() {
    if (this.#busy) return;
    this.#busy = true;
    for (let line; !this.#closed && (line = this.lines.find((candidate) => !candidate.failed && this.isReady(candidate))); ) {
      await this.#pace();
      if (this.#closed) break;
      await this.#sendOne(line);
    }
    this.#busy = false;
  }

  /** @param {Fields & {client_id: string}} line */
  async #sendOne(line) {
    const { client_id } = line;
    try {
      const { message } = await this.send(line);
      this.lines = this.lines.filter((line) => line.client_id !== client_id);
      this.onSaid(message);
    } catch (error) {
      const { code, retryAfterMs } = /** @type {RondoError} */ (error);
      if (code === 'rate_limited') return pause(retryAfterMs || REFILL_MS);
      if (code === 'unavailable') return pause(1_000);
      this.lines = this.lines.map((other) => (other.client_id === client_id ? { ...other, failed: code } : other));
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
