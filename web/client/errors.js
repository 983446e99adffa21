/** What the server refused, or what the network did not let through. `code` is stable, `message` is for people. */
export class RondoError extends Error {
  /**
   * @param {import('../rondo.js').RondoError['code']} code
   * @param {string} [message]
   * @param {Record<string, unknown>} [details] the other fields of the error, such as `retry_after_ms`
   */
  constructor(code, message = code, details = {}) {
    super(message);
    this.name = 'RondoError';
    this.code = code;
    this.details = details;
  }

  /** How long to hold back before trying again, in milliseconds; 0 when the server did not say. */
  get retryAfterMs() {
    const wait = this.details.retry_after_ms;
    return typeof wait === 'number' && wait > 0 ? wait : 0;
  }
}
