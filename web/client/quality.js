import { Emitter } from './emitter.js';

/**
 * How well a call travels, out of `getStats()`: numbers, a level, and why.
 *
 * @typedef {'good' | 'fair' | 'weak'} QualityLevel
 * @typedef {'loss' | 'delay' | 'frames'} QualityReason
 *
 * @typedef {object} QualityNumbers What happened between two samples; null: the browser does not say, or nothing was sent.
 * @property {number | null} rttMs there and back
 * @property {number | null} lossIn share of the packets that did not arrive here, 0 to 1
 * @property {number | null} lossOut share of ours that did not arrive there, by the peer's own report
 * @property {number | null} fps pictures of the peer that were decoded in a second
 * @property {number | null} kbpsIn
 * @property {number | null} kbpsOut
 * @property {number | null} jitterMs
 * @property {string} limited what keeps our own picture small: `none`, `cpu`, `bandwidth` or `other`
 *
 * @typedef {{level: QualityLevel, reasons: QualityReason[], numbers: QualityNumbers}} Quality
 *
 * @typedef {object} QualitySample Counters at one moment, summed over streams.
 * @property {number} at milliseconds
 * @property {string} streams which streams were counted; with others the counters cannot be compared
 * @property {number} received
 * @property {number} lost
 * @property {number} decoded
 * @property {number} bytesIn
 * @property {number} bytesOut
 * @property {boolean} hasVideo
 * @property {number | null} rttMs
 * @property {number | null} lossOut
 * @property {number | null} jitterMs
 * @property {string} limited
 */

/** From here on a call is fair, and weak. People notice 3 % of loss in a voice, and talk over each other from 500 ms on. */
const LIMITS = {
  loss: { fair: 0.03, weak: 0.08 },
  delay: { fair: 250, weak: 500 },
  frames: { fair: 12, weak: 6 },
};
/** A level gets worse after so many samples in a row, and better after so many. */
const WORSE_AFTER = 2;
const BETTER_AFTER = 3;
const EVERY_MS = 2_000;
/** @type {QualityLevel[]} */
const LEVELS = ['good', 'fair', 'weak'];

/**
 * Read the counters of a report.
 * @param {Iterable<any>} reports the values of an RTCStatsReport
 * @returns {QualitySample}
 */
export function sample(reports) {
  /** @type {QualitySample} */
  const read = { at: 0, streams: '', received: 0, lost: 0, decoded: 0, bytesIn: 0, bytesOut: 0, hasVideo: false, rttMs: null, lossOut: null, jitterMs: null, limited: 'none' };
  const streams = [];
  /** @type {any[]} */
  const all = [...reports];
  // Firefox has no transport in its report, and marks the pair itself.
  const pair = all.find((report) => report.type === 'transport' && report.selectedCandidatePairId)?.selectedCandidatePairId;
  for (const report of all) {
    read.at = Math.max(read.at, report.timestamp ?? 0);
    switch (report.type) {
      case 'inbound-rtp':
        streams.push(report.ssrc ?? report.id);
        read.received += report.packetsReceived ?? 0;
        read.lost += Math.max(0, report.packetsLost ?? 0);
        read.bytesIn += report.bytesReceived ?? 0;
        read.jitterMs = Math.max(read.jitterMs ?? 0, (report.jitter ?? 0) * 1000);
        if (report.kind === 'video') {
          read.hasVideo = true;
          read.decoded += report.framesDecoded ?? 0;
        }
        break;
      case 'outbound-rtp':
        read.bytesOut += report.bytesSent ?? 0;
        if (report.kind === 'video' && report.qualityLimitationReason) read.limited = report.qualityLimitationReason;
        break;
      case 'remote-inbound-rtp':
        if (typeof report.fractionLost === 'number') read.lossOut = Math.max(read.lossOut ?? 0, report.fractionLost);
        if (typeof report.roundTripTime === 'number') read.rttMs ??= report.roundTripTime * 1000;
        break;
      case 'candidate-pair':
        if ((pair ? report.id === pair : report.selected) && typeof report.currentRoundTripTime === 'number') read.rttMs = report.currentRoundTripTime * 1000;
        break;
    }
  }
  read.streams = streams.sort().join();
  return read;
}

/**
 * What happened between two samples; null when they cannot be compared.
 * @param {QualitySample} before
 * @param {QualitySample} now
 * @returns {QualityNumbers | null}
 */
export function measure(before, now) {
  const seconds = (now.at - before.at) / 1000;
  if (seconds <= 0 || now.streams !== before.streams) return null;
  const received = Math.max(0, now.received - before.received);
  const lost = Math.max(0, now.lost - before.lost);
  const rate = (/** @type {number} */ later, /** @type {number} */ earlier) => Math.round((Math.max(0, later - earlier) * 8) / 1000 / seconds);
  return {
    rttMs: now.rttMs === null ? null : Math.round(now.rttMs),
    lossIn: received + lost ? lost / (received + lost) : null,
    lossOut: now.lossOut,
    fps: now.hasVideo ? Math.round(Math.max(0, now.decoded - before.decoded) / seconds) : null,
    kbpsIn: rate(now.bytesIn, before.bytesIn),
    kbpsOut: rate(now.bytesOut, before.bytesOut),
    jitterMs: now.jitterMs === null ? null : Math.round(now.jitterMs),
    limited: now.limited,
  };
}

/**
 * How good that is, and the reasons, the worst first.
 * @param {QualityNumbers} numbers
 * @param {boolean} [moving] whether the peer sends a moving picture: a screen that stands still, or no camera, has no rate
 * @returns {{level: QualityLevel, reasons: QualityReason[]}}
 */
export function judge(numbers, moving = true) {
  const loss = Math.max(numbers.lossIn ?? 0, numbers.lossOut ?? 0);
  const rtt = numbers.rttMs ?? 0;
  const fps = moving ? (numbers.fps ?? Infinity) : Infinity;
  /** @type {[QualityReason, number][]} */
  const found = [
    ['loss', loss >= LIMITS.loss.weak ? 2 : loss >= LIMITS.loss.fair ? 1 : 0],
    ['delay', rtt >= LIMITS.delay.weak ? 2 : rtt >= LIMITS.delay.fair ? 1 : 0],
    ['frames', fps < LIMITS.frames.weak ? 2 : fps < LIMITS.frames.fair ? 1 : 0],
  ];
  const reasons = found.filter(([, level]) => level).sort(([, a], [, b]) => b - a);
  return { level: LEVELS[reasons[0]?.[1] ?? 0], reasons: reasons.map(([reason]) => reason) };
}

/**
 * Watches a call from its first picture to its end.
 *
 *     const meter = new QualityMeter(call);
 *     meter.on('change', ({ level, reasons }) => …);   // the level is another one
 *     meter.on('measure', ({ numbers }) => …);         // every two seconds
 *     meter.stop();
 *
 * @extends {Emitter<{change: [Quality], measure: [Quality]}>}
 */
export class QualityMeter extends Emitter {
  /** @type {Quality | null} null until there are two samples */ quality = null;
  /** @type {QualitySample | null} */ #before = null;
  /** Samples in a row that speak for another level. */ #streak = 0;
  #timer = 0;

  /**
   * @param {{stats(): Promise<RTCStatsReport>, connected: boolean, state: {status: string, peer: {camera: boolean, screen?: boolean}}}} call
   * @param {{everyMs?: number}} [options]
   */
  constructor(call, { everyMs = EVERY_MS } = {}) {
    super();
    this.call = call;
    this.#timer = /** @type {any} */ (setInterval(() => void this.#look(), everyMs));
  }

  stop() {
    clearInterval(this.#timer);
    this.#timer = 0;
  }

  async #look() {
    const { call } = this;
    if (call.state.status === 'closed') return this.stop();
    // Without a path there is nothing to measure; the state of the call shows that it is connecting.
    if (!call.connected) return void (this.#before = null);
    const report = await call.stats().catch(() => null);
    if (!report || !this.#timer) return;
    const now = sample(report.values());
    const numbers = this.#before && measure(this.#before, now);
    this.#before = now;
    if (!numbers) return;
    const { camera, screen } = call.state.peer;
    // A browser may decode nothing for a hidden page.
    const isShown = globalThis.document?.visibilityState !== 'hidden';
    const { level, reasons } = judge(numbers, camera && !screen && isShown);
    const old = this.quality?.level ?? 'good';
    const turn = Math.sign(LEVELS.indexOf(level) - LEVELS.indexOf(old));
    this.#streak = turn === Math.sign(this.#streak) ? this.#streak + turn : turn;
    const settled = this.#streak >= WORSE_AFTER || -this.#streak >= BETTER_AFTER;
    if (settled) this.#streak = 0;
    // Until it is sure the old level stands, with the new numbers.
    this.quality = { level: settled ? level : old, reasons, numbers };
    this.emit('measure', this.quality);
    if (settled) this.emit('change', this.quality);
  }
}
