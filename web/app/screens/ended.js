import { announce } from '../announce.js';
import { avatar, button, h, say } from '../dom.js';
import { t } from '../i18n.js';
import { stayInTouch } from '../friends/touch.js';
import { introduceButton } from '../introduce.js';
import { Ring } from '../ring.js';
import { duration } from '../time.js';
import { ending } from '../words.js';

/** When the other one went on, so do we, unless we say otherwise within this time. */
const GOES_ON_MS = 3_000;

/** How it ended, in human words, and what next. */
export class Ended {
  /** Milliseconds until the search continues automatically; null: it does not. @type {number | null} */ #left = null;
  #tickedAt = performance.now();
  #ring = new Ring('tiny');
  #words = h('span');
  #goingOn = h('div', { class: 'going-on', hidden: true, dataset: { test: 'going-on' } }, this.#ring.element, this.#words, button({ label: t('ended-stay'), kind: 'subtle', keys: 'Escape', dataset: { test: 'stay' }, onclick: () => this.#stay() }));

  /** @param {import('../app.js').App} app */
  constructor(app) {
    this.app = app;
    const ended = /** @type {import('../../rondo.js').Ended} */ (app.state.ended);
    const { title, text } = ending(ended);
    const blocked = ['blocked', 'reported', 'banned', 'deleted'].includes(ended.reason) || ended.peer.mirror;
    const friend = app.people?.friend(ended.peer.user_id);
    const again = ended.mode === 'video' ? t('ended-again') : t('ended-again-text');
    this.title = `${title} · Rondo`;
    this.mode = ended.mode;
    const find = () => void app.find(ended.mode);
    this.keys = { escape: () => (this.#left === null ? app.rondo?.dismiss() : this.#stay()), n: find, ' ': find };
    if (ended.reason === 'next' && !ended.mine && !ended.peer.mirror) this.#left = GOES_ON_MS;
    this.#goingOn.hidden = this.#left === null;
    this.#show(GOES_ON_MS);
    this.element = h(
      'div',
      { class: 'centre ended', dataset: { reason: ended.reason } },
      avatar(ended.peer, 'large faded'),
      h('h1', {}, title),
      h('p', { class: 'lead' }, text),
      ended.live_s && ended.live_s >= 1 ? h('p', { class: 'muted' }, t('ended-talked', { duration: duration(ended.live_s) })) : null,
      this.#goingOn,
      blocked || friend ? null : stayInTouch(app, ended.peer),
      h(
        'div',
        { class: 'actions' },
        friend && button({ icon: 'chat', label: t('friends-write-to', { name: ended.peer.display_name }), kind: 'big', dataset: { test: 'ended-write' }, onclick: () => void app.pages.openTalk(ended.peer.user_id) }),
        button({ icon: 'next', label: again, kind: 'primary big', keys: 'N Space', dataset: { test: 'again' }, onclick: find }),
        button({ label: t('ended-home'), kind: 'big', dataset: { test: 'home' }, onclick: () => app.rondo?.dismiss() }),
      ),
      blocked ? null : introduceButton(app, ended.peer),
      blocked ? null : button({ icon: 'block', label: t('block-or-report', { name: ended.peer.display_name }), kind: 'ghost subtle', dataset: { test: 'block' }, onclick: async (event) => {
        const target = /** @type {HTMLButtonElement} */ (event.currentTarget);
        if (await app.block(ended.peer)) target.replaceWith(h('p', { class: 'muted' }, `${t('block-done', { name: ended.peer.display_name })}.`));
      } }),
    );
    announce([`${title}. ${text}`, this.#left === null ? '' : t('ended-goes-on', { seconds: GOES_ON_MS / 1000 })].join(' '));
    this.tick();
  }

  /** The countdown is paused while the page is hidden or a dialog is open. */
  tick() {
    const passed = performance.now() - this.#tickedAt;
    this.#tickedAt += passed;
    if (this.#left === null || document.visibilityState !== 'visible' || document.querySelector('dialog[open]')) return;
    this.#left -= passed;
    this.#show(this.#left);
    if (this.#left > 0) return;
    this.#left = null;
    void this.app.find(this.mode);
  }

  /** @param {number} left in milliseconds */
  #show(left) {
    this.#ring.set(left / GOES_ON_MS);
    say(this.#words, t('ended-goes-on', { seconds: Math.max(1, Math.ceil(left / 1000)) }));
  }

  #stay() {
    this.#left = null;
    this.#goingOn.hidden = true;
  }
}
