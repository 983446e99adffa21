/**
 * The server's clock, as read from here. The wall clock of this device is never asked: it may be hours wrong.
 *
 * Every deadline of the contract is given in server time. A frame that was replayed after a reconnect carries an
 * `ends_in_ms` that was true when it was first sent, so `ends_at` against this clock is the one to trust.
 */
export class Clock {
  #offset = NaN;
  #error = Infinity;

  /** @param {() => number} [monotonic] milliseconds that never jump */
  constructor(monotonic = () => performance.now()) {
    this.monotonic = monotonic;
  }

  /** Forget what was learned; a laptop that slept has lost count. */
  reset() {
    this.#error = Infinity;
  }

  /**
   * Learn from an answer that said `serverAt`, to a question asked at `askedAt`. The shortest round trip wins.
   * @param {number} serverAt
   * @param {number} askedAt by the monotonic clock
   */
  sync(serverAt, askedAt) {
    const now = this.monotonic();
    const error = (now - askedAt) / 2;
    if (error > this.#error) return;
    this.#error = error;
    this.#offset = serverAt - (now - error);
  }

  /** The time on the server, in Unix milliseconds; NaN before the first answer. */
  now() {
    return this.monotonic() + this.#offset;
  }

  /**
   * Milliseconds from now to `at`, never negative; 0 for "no time set".
   * @param {number | null | undefined} at
   */
  left(at) {
    const left = (at ?? 0) - this.now();
    return left > 0 ? left : 0;
  }
}
