import { Clock } from './clock.js';
import { Emitter } from './emitter.js';
import { RondoError } from './errors.js';

/** First pause before coming back; it doubles with every failure, and the real pause is a random part of it. */
const BACKOFF_BASE_MS = 300;
/** Well below the 10 s of grace, so that a call finds its way back. */
const BACKOFF_CAP_MS = 4_000;
/** A handshake that takes longer has met a dead server or a captive portal. */
const HELLO_TIMEOUT_MS = 8_000;
/** A connection this old counts as good: the next pause is short again. */
const PROVEN_MS = 5_000;
const PROBE_TIMEOUT_MS = 5_000;
const REPLY_TIMEOUT_MS = 10_000;
/** A request that is worth repeating is repeated for this long, over as many connections as it takes. */
const RETRY_FOR_MS = 90_000;

/** Close codes after which coming back by itself would be wrong, and what they mean. */
const STOP_CODES = /** @type {Record<number, import('../rondo.js').StopReason>} */ ({
  4001: 'taken_over',
  4003: 'banned',
  4401: 'signed_out',
});

/**
 * @typedef {object} Pending
 * @property {Record<string, unknown>} frame
 * @property {boolean} retry
 * @property {(value: any) => void} resolve
 * @property {(reason: RondoError) => void} reject
 * @property {number} timer
 */

/**
 * One lasting conversation with the server over as many WebSockets as it takes: hello, resume by key and seq,
 * reconnect with full jitter, requests answered by id.
 *
 *     idle → connecting → online → waiting → connecting → …        any → stopped (by us, or a close code that says so)
 *
 * @extends {Emitter<{
 *   status: [import('../rondo.js').LinkStatus],
 *   welcome: [any],
 *   event: [any],
 * }>}
 */
export class Socket extends Emitter {
  /** @type {import('../rondo.js').LinkStatus} */
  status = 'idle';
  /** Why the conversation is over, when `status` is `stopped`. @type {import('../rondo.js').StopReason | null} */
  why = null;
  clock = new Clock();

  /** @type {WebSocket | null} */ #ws = null;
  /** @type {{key: string, seq: number} | null} */ #resume = null;
  /** @type {Map<number, Pending>} */ #pending = new Map();
  #nextId = 1;
  #failures = 0;
  #heartbeatMs = 20_000;
  #helloAt = 0;
  /** @type {RondoError | null} */ #refusal = null;
  #timer = 0;
  #watch = 0;
  #drain = 0;

  /**
   * @param {object} options
   * @param {string} options.url of the WebSocket
   * @param {string} options.token
   * @param {() => number} [options.random]
   */
  constructor({ url, token, random = Math.random }) {
    super();
    this.url = url;
    this.token = token;
    this.random = random;
    globalThis.addEventListener?.('online', this.#networkBack);
    globalThis.document?.addEventListener('visibilitychange', this.#pageShown);
  }

  /** Start, or start again after a stop. */
  open() {
    if (this.#ws || this.status === 'waiting') return;
    this.why = null;
    this.#failures = 0;
    this.#connect();
  }

  /** End the conversation for good; what was not answered is cancelled. */
  close() {
    globalThis.removeEventListener?.('online', this.#networkBack);
    globalThis.document?.removeEventListener('visibilitychange', this.#pageShown);
    this.#stop('closed');
  }

  /**
   * Ask the server and wait for its answer.
   *
   * With `retry` the request outlives the connection: it is sent when the server is there, and again after each
   * reconnect until it is answered, in the order it was made. Only for what is idempotent.
   * @param {string} type
   * @param {Record<string, unknown>} [fields]
   * @param {{retry?: boolean, timeoutMs?: number, signal?: AbortSignal}} [options]
   * @returns {Promise<any>}
   */
  request(type, fields = {}, { retry = false, timeoutMs = retry ? RETRY_FOR_MS : REPLY_TIMEOUT_MS, signal } = {}) {
    if (signal?.aborted) return Promise.reject(new RondoError('cancelled'));
    if (this.status === 'stopped') return Promise.reject(new RondoError('offline', 'not connected'));
    if (!retry && this.status !== 'online') return Promise.reject(new RondoError('offline', 'not connected just now'));
    return new Promise((resolve, reject) => {
      const id = this.#nextId++;
      const frame = { type, id, ...fields };
      const timer = setTimeout(() => this.#settle(id, new RondoError('timeout', 'no answer')), timeoutMs);
      this.#pending.set(id, { frame, retry, resolve, reject, timer });
      signal?.addEventListener('abort', () => this.#settle(id, new RondoError('cancelled')), { once: true });
      if (this.status === 'online') this.#send(frame);
    });
  }

  /**
   * Say something that needs no answer and is worthless late; dropped when not connected.
   * @param {string} type
   * @param {Record<string, unknown>} fields
   */
  tell(type, fields) {
    if (this.status === 'online') this.#send({ type, ...fields });
  }

  /** Find out now whether the connection still works; a dead one is replaced at once. */
  probe() {
    if (this.status !== 'online') return;
    this.#send({ type: 'ping', data: this.clock.monotonic() });
    clearTimeout(this.#watch);
    this.#watch = setTimeout(() => this.#lost(1006), PROBE_TIMEOUT_MS);
  }

  #connect() {
    clearTimeout(this.#timer);
    this.#refusal = null;
    this.#become('connecting');
    let ws;
    try {
      ws = new WebSocket(this.url, ['rondo.v1']);
    } catch {
      return this.#lost(1006);
    }
    this.#ws = ws;
    this.#timer = setTimeout(() => this.#ws === ws && this.#lost(1006), HELLO_TIMEOUT_MS);
    ws.onopen = () => {
      this.#helloAt = this.clock.monotonic();
      this.#send({ type: 'hello', token: this.token, ...(this.#resume && { resume: this.#resume }) });
    };
    ws.onmessage = ({ data }) => this.#ws === ws && this.#take(JSON.parse(data));
    ws.onclose = ({ code }) => this.#ws === ws && this.#lost(code);
  }

  /** @param {any} frame */
  #take(frame) {
    this.#keepWatch();
    switch (frame.type) {
      case 'welcome':
        return this.#welcome(frame);
      case 'reply':
        return this.#settle(frame.id, frame);
      case 'pong':
        return this.clock.sync(frame.server_at, frame.data);
      case 'error':
        return this.#refused(frame);
      case 'server.draining':
        this.#note(frame);
        clearTimeout(this.#drain);
        this.#drain = setTimeout(() => this.#lost(1001), this.random() * frame.reconnect_in_ms);
        return this.emit('event', frame);
      default:
        if (this.#note(frame)) this.emit('event', frame);
    }
  }

  /**
   * Count an event; false when it was taken before.
   * @param {any} frame
   */
  #note(frame) {
    if (typeof frame.seq !== 'number' || !this.#resume) return true;
    if (frame.seq <= this.#resume.seq) return false;
    this.#resume.seq = frame.seq;
    return true;
  }

  /** @param {any} frame */
  #welcome(frame) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => (this.#failures = 0), PROVEN_MS);
    this.clock.reset();
    this.clock.sync(frame.server_at, this.#helloAt);
    this.#heartbeatMs = (frame.heartbeat_s || 20) * 1000;
    this.#resume = { key: frame.resume_key, seq: frame.resumed ? (this.#resume?.seq ?? 0) : 0 };
    // The state first: whoever hears "online" may look at it.
    this.emit('welcome', frame);
    const unanswered = [...this.#pending.values()];
    this.#become('online');
    for (const pending of unanswered) this.#send(pending.frame);
    this.probe();
  }

  /** @param {any} frame */
  #refused({ type: _, id, code, message, ...details }) {
    const error = new RondoError(code, message, details);
    const pending = this.#pending.get(id);
    if (!pending) {
      if (this.status === 'connecting') this.#refusal = error;
      return;
    }
    const wait = error.retryAfterMs || 1000;
    if (pending.retry && (code === 'unavailable' || code === 'rate_limited')) {
      setTimeout(() => this.#pending.has(id) && this.status === 'online' && this.#send(pending.frame), wait);
    } else {
      this.#settle(id, error);
    }
  }

  /**
   * @param {number} id
   * @param {any} outcome
   */
  #settle(id, outcome) {
    const pending = this.#pending.get(id);
    if (!pending) return;
    this.#pending.delete(id);
    clearTimeout(pending.timer);
    if (outcome instanceof RondoError) pending.reject(outcome);
    else pending.resolve(outcome);
  }

  /**
   * The connection is gone, or is given up: come back, unless the code says not to.
   * @param {number} code
   */
  #lost(code) {
    this.#drop();
    const why = STOP_CODES[code] ?? (this.#refusal?.code === 'banned' ? 'banned' : this.#refusal?.code === 'unauthenticated' ? 'signed_out' : null);
    if (why) return this.#stop(why);
    for (const [id, { retry }] of [...this.#pending]) if (!retry) this.#settle(id, new RondoError('offline', 'the connection was lost'));
    const ceiling = Math.min(BACKOFF_CAP_MS, BACKOFF_BASE_MS * 2 ** this.#failures++);
    // Too many connections: hurrying would keep it so.
    const pause = this.random() * ceiling + (code === 4429 ? BACKOFF_CAP_MS : 0);
    this.#timer = setTimeout(() => this.#connect(), pause);
    this.#become('waiting');
  }

  /** @param {import('../rondo.js').StopReason} why */
  #stop(why) {
    this.#drop();
    this.#resume = null;
    this.why = why;
    for (const id of [...this.#pending.keys()]) this.#settle(id, new RondoError('cancelled', why));
    this.#become('stopped');
  }

  #drop() {
    clearTimeout(this.#timer);
    clearTimeout(this.#watch);
    clearTimeout(this.#drain);
    const ws = this.#ws;
    this.#ws = null;
    if (ws && ws.readyState <= WebSocket.OPEN) ws.close();
  }

  /** Any frame proves that the server is there; after a silence, ask. Its own pings are answered by the browser, unseen. */
  #keepWatch() {
    clearTimeout(this.#watch);
    this.#watch = setTimeout(() => this.probe(), this.#heartbeatMs);
  }

  #networkBack = () => {
    if (this.status === 'waiting') this.#connect();
    else this.probe();
  };

  #pageShown = () => {
    if (globalThis.document.visibilityState === 'visible') this.#networkBack();
  };

  /** @param {Record<string, unknown>} frame */
  #send(frame) {
    if (this.#ws?.readyState === WebSocket.OPEN) this.#ws.send(JSON.stringify(frame));
  }

  /** @param {import('../rondo.js').LinkStatus} status */
  #become(status) {
    if (status === this.status) return;
    this.status = status;
    this.emit('status', status);
  }
}
