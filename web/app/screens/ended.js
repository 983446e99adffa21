import { announce } from '../announce.js';
import { avatar, button, h } from '../dom.js';
import { introduceButton } from '../introduce.js';
import { duration, ending } from '../words.js';

/** How it ended, in human words, and what next. */
export class Ended {
  /** @param {import('../app.js').App} app */
  constructor(app) {
    const ended = /** @type {import('../../rondo.js').Ended} */ (app.state.ended);
    const { title, text } = ending(ended);
    const blocked = ['blocked', 'reported', 'banned', 'deleted'].includes(ended.reason) || ended.peer.mirror;
    const again = ended.mode === 'video' ? 'Find someone else' : 'Find another chat';
    this.title = `${title} · Rondo`;
    this.keys = { escape: () => app.rondo?.dismiss(), n: () => void app.find(ended.mode) };
    this.element = h(
      'div',
      { class: 'centre ended', dataset: { reason: ended.reason } },
      avatar(ended.peer, 'large faded'),
      h('h1', {}, title),
      h('p', { class: 'lead' }, text),
      ended.live_s ? h('p', { class: 'muted' }, `You talked for ${duration(ended.live_s)}.`) : null,
      h(
        'div',
        { class: 'actions' },
        button({ icon: 'next', label: again, kind: 'primary big', keys: 'N', dataset: { test: 'again' }, onclick: () => void app.find(ended.mode) }),
        button({ label: 'Back to start', kind: 'big', dataset: { test: 'home' }, onclick: () => app.rondo?.dismiss() }),
      ),
      blocked ? null : introduceButton(app, ended.peer),
      blocked ? null : button({ icon: 'block', label: `Block or report ${ended.peer.display_name}`, kind: 'ghost subtle', dataset: { test: 'block' }, onclick: async (event) => {
        const target = /** @type {HTMLButtonElement} */ (event.currentTarget);
        if (await app.block(ended.peer)) target.replaceWith(h('p', { class: 'muted' }, `${ended.peer.display_name} is blocked.`));
      } }),
    );
    announce(`${title}. ${text}`);
  }
}
