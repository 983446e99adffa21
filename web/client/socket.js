import { Clock } from './clock.js';
import { Emitter } from './emitter.js';
import { RondoError } from './errors.js';
import { BACKOFF_BASE_MS, BACKOFF_CAP_MS, HELLO_TIMEOUT_MS, PROVEN_MS, REPLY_TIMEOUT_MS, RETRY_FOR_MS } from './timings.js';
import { timers } from './timers.js';
import { Watch } from './watch.js';

/** Close codes after which the client must not reconnect automatically, and their meaning. */
const STOP_CODES = /** @type {Record<number, import('../rondo.js').StopReason>} */ ({
  4001: 'taken_over',
  4003: 'banned',
  4401: 'signed_out',
});

/** `WebSocket.OPEN`, whichever WebSocket it is. */
const OPEN = 1;

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
 *   unreachable: [],
 * }>}
 */
export class Socket extends Emitter {
  /** @type {import('../rondo.js').LinkStatus} */
  status = 'idle';
  /** Why the conversation is over, when `status` is `stopped`. @type {import('../rondo.js').StopReason | null} */
  why = null;
  clock = new Clock();

  /** @type {WebSocket | null} */ #ws = null;
  /** @type {{key: string, seq: number, people_seq?: number} | null} */ #resume = null;
  /** @type {Map<number, Pending>} */ #pending = new Map();
  #nextId = 1;
  #failures = 0;
  #helloAt = 0;
  /** Counts attempts to connect; one that was given up does not dial any more. */ #attempt = 0;
  /** @type {RondoError | null} */ #refusal = null;
  #timer = 0;
  #drain = 0;
  #watch = new Watch({
    now: () => this.clock.monotonic(),
    ask: () => this.#send({ type: 'ping', data: this.clock.monotonic() }),
    giveUp: () => this.#lost(1006),
  });

  /**
   * @param {object} options
   * @param {string} options.url of the WebSocket
   * @param {string} options.token
   * @param {string[]} [options.features] what the client knows beside calls
   * @param {() => number} [options.random]
   * @param {typeof globalThis.WebSocket} [options.WebSocket]
   */
  constructor({ url, token, features = [], random = Math.random, WebSocket = globalThis.WebSocket }) {
    super();
    if (!WebSocket) {
      throw new RondoError('unsupported', 'There is no WebSocket here: Node has one from version 22 on; or pass that of the package `ws` as `WebSocket`.');
    }
    this.url = url;
    this.token = token;
    this.features = features;
    this.random = random;
    this.WebSocket = WebSocket;
  }

  /** Start, or start again after a stop. */
  open() {
    if (this.status !== 'idle' && this.status !== 'stopped') return;
    globalThis.addEventListener?.('online', this.#networkBack);
    globalThis.addEventListener?.('offline', this.#networkGone);
    globalThis.document?.addEventListener('visibilitychange', this.#pageShown);
    this.why = null;
    this.#failures = 0;
    this.#connect();
  }

  /** End the conversation; what was not answered is cancelled. `open` begins a new one. */
  close() {
    if (this.status !== 'stopped') this.#stop('closed');
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

  /** Find out now whether the connection still works; a dead one is replaced. */
  probe() {
    this.#watch.probe();
  }

  /**
   * Whether we are in an invite or a room: then a server that is silent is left after a few seconds.
   * @param {boolean} urgent
   */
  setUrgent(urgent) {
    this.#watch.setUrgent(urgent);
  }

  #connect() {
    timers.clear(this.#timer);
    this.#refusal = null;
    this.#become('connecting');
    // Deferred: an application that closes again in the same task (React's StrictMode) costs the server nothing.
    const attempt = ++this.#attempt;
    queueMicrotask(() => this.#attempt === attempt && this.#dial());
  }

  #dial() {
    let ws;
    try {
      ws = new this.WebSocket(this.url, ['rondo.v1']);
    } catch {
      return this.#lost(1006);
    }
    this.#ws = ws;
    this.#timer = timers.set(() => this.#ws === ws && this.#lost(1006), HELLO_TIMEOUT_MS);
    ws.onopen = () => {
      this.#helloAt = this.clock.monotonic();
      const { token, features } = this;
      this.#send({ type: 'hello', token, heartbeat: true, ...(features.length && { features }), ...(this.#resume && { resume: this.#resume }) });
    };
    ws.onmessage = ({ data }) => this.#ws === ws && this.#take(JSON.parse(data));
    ws.onclose = ({ code }) => this.#ws === ws && this.#lost(code);
  }

  /** @param {any} frame */
  #take(frame) {
    this.#watch.heard();
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
        timers.clear(this.#drain);
        this.#drain = timers.set(() => this.#lost(1001), this.random() * frame.reconnect_in_ms);
        return this.emit('event', frame);
      default:
        if (this.#note(frame)) this.emit('event', frame);
    }
  }

  /**
   * Count an event, in the stream of calls or in that of friends and channels; false when it was taken before.
   * @param {any} frame
   */
  #note(frame) {
    const stream = frame.people_seq === undefined ? 'seq' : 'people_seq';
    const number = frame[stream];
    if (typeof number !== 'number' || !this.#resume) return true;
    if (number <= (this.#resume[stream] ?? 0)) return false;
    this.#resume[stream] = frame.type === 'people.reset' ? 0 : number;
    return true;
  }

  /** @param {any} frame */
  #welcome(frame) {
    timers.clear(this.#timer);
    this.#timer = timers.set(() => (this.#failures = 0), PROVEN_MS);
    this.clock.reset();
    this.clock.sync(frame.server_at, this.#helloAt);
    const { seq = 0, people_seq = 0 } = this.#resume ?? {};
    this.#resume = { key: frame.resume_key, seq: frame.resumed ? seq : 0 };
    if (frame.features?.length) this.#resume.people_seq = frame.people_resumed ? people_seq : 0;
    // The state first: a listener of "online" may read it.
    this.emit('welcome', frame);
    const unanswered = [...this.#pending.values()];
    this.#become('online');
    for (const pending of unanswered) this.#send(pending.frame);
    this.#watch.start(frame);
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
   * The connection was lost or given up: reconnect, unless the code forbids it.
   * @param {number} code
   */
  #lost(code) {
    this.#drop();
    const why = STOP_CODES[code] ?? (this.#refusal?.code === 'banned' ? 'banned' : this.#refusal?.code === 'unauthenticated' ? 'signed_out' : null);
    if (why) return this.#stop(why);
    if (!this.#resume && !this.#refusal && !this.#failures) this.emit('unreachable');
    for (const [id, { retry }] of [...this.#pending]) if (!retry) this.#settle(id, new RondoError('offline', 'the connection was lost'));
    const ceiling = Math.min(BACKOFF_CAP_MS, BACKOFF_BASE_MS * 2 ** this.#failures++);
    // Too many connections: hurrying would keep it so.
    const pause = this.random() * ceiling + (code === 4429 ? BACKOFF_CAP_MS : 0);
    this.#timer = timers.set(() => this.#connect(), pause);
    this.#become('waiting');
  }

  /** @param {import('../rondo.js').StopReason} why */
  #stop(why) {
    globalThis.removeEventListener?.('online', this.#networkBack);
    globalThis.removeEventListener?.('offline', this.#networkGone);
    globalThis.document?.removeEventListener('visibilitychange', this.#pageShown);
    this.#drop();
    this.#resume = null;
    this.why = why;
    for (const id of [...this.#pending.keys()]) this.#settle(id, new RondoError('cancelled', why));
    this.#become('stopped');
  }

  #drop() {
    timers.clear(this.#timer);
    timers.clear(this.#drain);
    this.#watch.stop();
    this.#attempt++;
    const ws = this.#ws;
    this.#ws = null;
    if (ws && ws.readyState <= OPEN) ws.close();
  }

  #networkBack = () => {
    if (this.status === 'waiting') this.#connect();
    else this.probe();
  };

  #networkGone = () => {
    if (this.#ws) this.#lost(1006);
  };

  #pageShown = () => {
    if (globalThis.document.visibilityState === 'visible') this.#networkBack();
  };

  /** @param {Record<string, unknown>} frame */
  #send(frame) {
    if (this.#ws?.readyState !== OPEN) return;
    this.#ws.send(JSON.stringify(frame));
    this.#watch.sent();
  }

  /** @param {import('../rondo.js').LinkStatus} status */
  #become(status) {
    if (status === this.status) return;
    this.status = status;
    this.emit('status', status);
  }
}
