import { banNotice } from '../ban.js';
import { button, h } from '../dom.js';
import { t } from '../i18n.js';
import { Ring } from '../ring.js';
import { stopped } from '../words.js';

/** Before the first word of the server. */
export class Connecting {
  title = 'Rondo';

  /** @param {import('../app.js').App} app */
  constructor(app) {
    this.app = app;
    this.hint = h('p', { class: 'muted', role: 'status' });
    this.element = h('div', { class: 'centre' }, new Ring('searching small').element, h('h1', { class: 'modest' }, t('connecting')), this.hint);
  }

  /** @param {import('../../rondo.js').State} state */
  update({ link }) {
    this.hint.textContent = link === 'waiting' ? t('connecting-waiting') : '';
  }
}

/** The socket is closed, and does not reconnect automatically. */
export class Stopped {
  /** @param {import('../app.js').App} app */
  constructor(app) {
    const { why } = app.state;
    const { title, text, action } = stopped(why);
    this.title = `${title} · Rondo`;
    app.media.close();
    this.element = h(
      'div',
      { class: 'centre' },
      h('h1', {}, title),
      h('p', { class: 'lead' }, text),
      why === 'banned' && banNotice(app),
      action &&
        button({
          label: action,
          kind: 'primary big',
          dataset: { test: 'back' },
          onclick: () => {
            if (why === 'signed_out') app.forget();
            else app.rondo?.connect();
          },
        }),
    );
  }
}
