import { PROBE_TIMEOUT_MS, STALL_MS } from './timings.js';
import { timers } from './timers.js';

/**
 * Finds out whether the other side is still there. It asks by a ping after a silence, and gives up when nothing at all
 * is heard in time; while `urgent` (in an invite or a room) by the numbers of the heartbeat, and it sends something
 * itself at least as often (protocol.md, Heartbeat). A frame costs one clock reading: the timer looks when it fires.
 *
 *     heard ─silence→ asked ─silence→ given up          asked ─any frame→ heard
 */
export class Watch {
  /** Whether the heartbeat applies now. */ #urgent = false;
  /** @type {{pingMs: number, silentMs: number} | null} */ #heartbeat = null;
  #idleMs = 20_000;
  #isOn = false;
  #heardAt = 0;
  #sentAt = 0;
  /** When we asked and have heard nothing since; 0: not asked. */ #askedAt = 0;
  #timer = 0;
  #dueAt = 0;

  /**
   * @param {object} options
   * @param {() => number} options.now milliseconds that never jump
   * @param {() => void} options.ask send a ping
   * @param {() => void} options.giveUp
   */
  constructor({ now, ask, giveUp }) {
    this.now = now;
    this.ask = ask;
    this.giveUp = giveUp;
  }

  /**
   * Begin, with what the server has said in its `welcome`.
   * @param {{heartbeat_s?: number, heartbeat?: {ping_s: number, server_silent_s: number, client_silent_s: number}}} welcome
   */
  start({ heartbeat_s, heartbeat }) {
    this.#idleMs = (heartbeat_s || 20) * 1000;
    this.#heartbeat = heartbeat ? agreed(heartbeat) : null;
    this.#isOn = true;
    this.#heardAt = this.now();
    this.probe();
  }

  stop() {
    this.#isOn = false;
    this.#askedAt = 0;
    timers.clear(this.#timer);
  }

  /** @param {boolean} urgent */
  setUrgent(urgent) {
    if (urgent === this.#urgent) return;
    this.#urgent = urgent;
    this.#look();
  }

  heard() {
    this.#heardAt = this.now();
    this.#askedAt = 0;
  }

  sent() {
    this.#sentAt = this.now();
  }

  /** Ask now. */
  probe() {
    if (!this.#isOn) return;
    this.#askedAt ||= this.now();
    this.#sentAt = this.now();
    this.ask();
    this.#look();
  }

  #look() {
    timers.clear(this.#timer);
    if (!this.#isOn) return;
    const now = this.now();
    const heartbeat = this.#urgent ? this.#heartbeat : null;
    const pingMs = heartbeat?.pingMs ?? this.#idleMs;
    const silentMs = heartbeat?.silentMs ?? this.#idleMs + PROBE_TIMEOUT_MS;
    const answerMs = silentMs - pingMs;
    // Asked with some of the silence still to go, it may use that up; else the time for an answer counts.
    const giveUpAt = this.#askedAt ? Math.max(this.#askedAt + answerMs, heartbeat ? this.#heardAt + silentMs : 0) : Infinity;
    if (now >= giveUpAt) return this.giveUp();
    const askAt = this.#askedAt ? Infinity : this.#heardAt + pingMs;
    const sendAt = heartbeat ? this.#sentAt + pingMs : Infinity;
    if (now >= Math.min(askAt, sendAt)) return this.probe();
    this.#dueAt = Math.min(giveUpAt, askAt, sendAt);
    this.#timer = timers.set(() => this.#fire(), this.#dueAt - now);
  }

  #fire() {
    // The page stood still, and what was sent to it may not have been read: ask once more.
    if (this.now() - this.#dueAt > STALL_MS && this.#askedAt) this.#askedAt = this.now();
    this.#look();
  }
}

/**
 * However the three numbers are set, an answer has time to arrive, and one lost ping does not make us silent.
 * @param {{ping_s: number, server_silent_s: number, client_silent_s: number}} heartbeat
 */
function agreed({ ping_s, server_silent_s, client_silent_s }) {
  return { pingMs: Math.min(ping_s, 0.6 * server_silent_s, 0.5 * client_silent_s) * 1000, silentMs: server_silent_s * 1000 };
}
