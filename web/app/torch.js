import { announce } from './announce.js';
import { h, say, svg } from './dom.js';
import { t } from './i18n.js';
import { clock } from './time.js';

/** How often the fuse is drawn. */
const FRAME_MS = 100;

/** The torch of a text room: a fuse that one sees burning down, and a room that gets darker with it. */
export class Torch {
  #who = h('strong');
  #time = h('span', { class: 'torch-time' });
  #fuse = h('div', { class: 'fuse', 'aria-hidden': 'true' }, h('div', { class: 'fuse-rope' }), h('div', { class: 'fuse-flame' }, flame(), h('i', { class: 'spark' }), h('i', { class: 'spark' }), h('i', { class: 'spark' })));
  #timer = 0;
  #told = '';

  /**
   * @param {import('./app.js').App} app
   * @param {HTMLElement} room gets darker
   */
  constructor(app, room) {
    this.app = app;
    this.room = room;
    this.element = h('div', { class: 'torch', hidden: true, dataset: { test: 'torch' } }, h('p', { class: 'torch-words' }, this.#who, this.#time), this.#fuse);
  }

  /** @param {import('../rondo.js').State} state */
  update({ room, me }) {
    const torch = room?.torch ?? null;
    this.element.hidden = !torch;
    this.room.classList.toggle('burning', !!torch);
    if (!torch || !room) {
      clearInterval(this.#timer);
      this.#timer = 0;
      if (this.#told) announce(t('torch-lit'));
      this.#told = '';
      return;
    }
    const mine = torch.idle.includes(me?.user_id ?? '');
    const theirs = torch.idle.includes(room.peer.user_id);
    const name = room.peer.display_name;
    const words = mine && theirs ? t('torch-both') : mine ? t('torch-mine') : t('torch-theirs', { name });
    say(this.#who, words);
    this.element.classList.toggle('mine', mine);
    if (words !== this.#told) {
      this.#told = words;
      announce(t('torch-announced', { words, seconds: Math.ceil(this.#left(torch) / 1000) }), mine ? 'urgent' : 'polite');
    }
    if (!this.#timer) this.#timer = setInterval(() => this.#draw(), FRAME_MS);
    this.#draw();
  }

  leave() {
    clearInterval(this.#timer);
  }

  /** @param {import('../rondo.js').Torch} torch */
  #left(torch) {
    return torch.paused_ms ?? this.app.rondo?.left(torch.ends_at) ?? 0;
  }

  #draw() {
    const torch = this.app.state.room?.torch;
    if (!torch) return;
    const left = this.#left(torch);
    const share = Math.max(0, Math.min(1, left / (torch.whole_ms ?? 60_000)));
    this.room.style.setProperty('--lit', share.toFixed(4));
    this.element.classList.toggle('paused', torch.paused_ms !== undefined);
    this.element.classList.toggle('last', left < 10_000);
    say(this.#time, torch.paused_ms === undefined ? clock(left) : t('torch-on-hold', { time: clock(left) }));
  }
}

function flame() {
  return svg(
    'svg',
    { class: 'flame', viewBox: '0 0 40 56' },
    svg('path', { class: 'flame-outer', d: 'M21 2c2 9-4 14-9 21-4 5.500-7 10-7 16a15 15 0 0 0 30 0c0-6-3-11-6-15-1 4-3 6-5.500 7C25 22 26 11 21 2z' }),
    svg('path', { class: 'flame-inner', d: 'M20 24c1 5-2.500 8-5 12-1.600 2.500-2.500 4.500-2.500 7a7.500 7.500 0 0 0 15 0c0-3-1.500-5.500-3-7.500-.6 2-1.500 3-2.700 3.500C22.500 34 22.500 29 20 24z' }),
  );
}
