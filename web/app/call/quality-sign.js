import { QualityMeter } from '../../client/quality.js';
import { announce } from '../announce.js';
import { h, icon, say } from '../dom.js';
import { t } from '../i18n.js';

/** How well the call travels: bars beside the name, a sentence when it is weak, the numbers on request. */
export class QualitySign {
  #words = h('span', { class: 'unseen' });
  #detail = h('span', { class: 'banner-detail' });
  /** @type {QualityMeter | null} */ #meter = null;
  #wasWeak = false;
  /** @type {import('../../rondo.js').Call | null} */ #call = null;

  /** @param {import('../app.js').App} app */
  constructor(app) {
    this.app = app;
    this.bars = h('span', { class: 'bars', hidden: true, dataset: { test: 'quality', level: 'good' } }, h('i'), h('i'), h('i'), this.#words);
    this.banner = h('div', { class: 'banner quality', hidden: true, dataset: { test: 'weak' } }, icon('weak'), h('span', {}, h('strong', {}, t('quality-weak')), this.#detail));
    this.line = h('p', { class: 'quality-line', dataset: { test: 'quality-line' } });
  }

  update() {
    const call = this.app.rondo?.call ?? null;
    if (call !== this.#call) {
      this.leave();
      this.#call = call;
    }
    if (!call?.flowing || this.#meter) return;
    this.#meter = new QualityMeter(call);
    this.#meter.on('measure', (quality) => this.#show(quality));
    this.#meter.on('change', ({ level }) => {
      const isWeak = level === 'weak';
      if (isWeak !== this.#wasWeak) announce(isWeak ? t('quality-weak') : t('quality-better'));
      this.#wasWeak = isWeak;
    });
  }

  leave() {
    this.#meter?.stop();
    this.#meter = null;
    this.bars.hidden = this.banner.hidden = true;
  }

  /** @param {import('../../client/quality.js').Quality} quality */
  #show({ level, numbers }) {
    const { lossIn, lossOut, rttMs, fps } = numbers;
    const loss = Math.round(100 * Math.max(lossIn ?? 0, lossOut ?? 0));
    const parts = [t('quality-loss', { percent: loss }), ...(rttMs === null ? [] : [t('quality-delay', { ms: rttMs })]), ...(fps === null ? [] : [t('quality-frames', { fps })])];
    const detail = parts.join(' · ');
    const words = t('quality', { level });
    this.bars.hidden = false;
    this.bars.dataset.level = level;
    this.bars.title = `${words}: ${detail}`;
    say(this.#words, words);
    say(this.#detail, detail);
    say(this.line, `${words} · ${detail}`);
    this.banner.hidden = level !== 'weak';
  }
}
