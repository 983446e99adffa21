import { announce } from '../announce.js';
import { avatar, button, h } from '../dom.js';
import { t } from '../i18n.js';
import { introduceButton } from '../introduce.js';
import { duration, ending } from '../words.js';

/** How it ended, in human words, and what next. */
export class Ended {
  /** @param {import('../app.js').App} app */
  constructor(app) {
    const ended = /** @type {import('../../rondo.js').Ended} */ (app.state.ended);
    const { title, text } = ending(ended);
    const blocked = ['blocked', 'reported', 'banned', 'deleted'].includes(ended.reason) || ended.peer.mirror;
    const again = ended.mode === 'video' ? t('ended-again') : t('ended-again-text');
    this.title = `${title} · Rondo`;
    this.keys = { escape: () => app.rondo?.dismiss(), n: () => void app.find(ended.mode) };
    this.element = h(
      'div',
      { class: 'centre ended', dataset: { reason: ended.reason } },
      avatar(ended.peer, 'large faded'),
      h('h1', {}, title),
      h('p', { class: 'lead' }, text),
      ended.live_s ? h('p', { class: 'muted' }, t('ended-talked', { duration: duration(ended.live_s) })) : null,
      h(
        'div',
        { class: 'actions' },
        button({ icon: 'next', label: again, kind: 'primary big', keys: 'N', dataset: { test: 'again' }, onclick: () => void app.find(ended.mode) }),
        button({ label: t('ended-home'), kind: 'big', dataset: { test: 'home' }, onclick: () => app.rondo?.dismiss() }),
      ),
      blocked ? null : introduceButton(app, ended.peer),
      blocked ? null : button({ icon: 'block', label: t('block-or-report', { name: ended.peer.display_name }), kind: 'ghost subtle', dataset: { test: 'block' }, onclick: async (event) => {
        const target = /** @type {HTMLButtonElement} */ (event.currentTarget);
        if (await app.block(ended.peer)) target.replaceWith(h('p', { class: 'muted' }, `${t('block-done', { name: ended.peer.display_name })}.`));
      } }),
    );
    announce(`${title}. ${text}`);
  }
}
