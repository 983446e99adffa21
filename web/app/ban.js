/** The screen of a banned user: why, until when, and how to appeal. */

import { button, h } from './dom.js';
import { locale, t } from './i18n.js';
import { refusal } from './refusal.js';

/** @param {import('./app.js').App} app */
export function banNotice(app) {
  const place = h('div', { class: 'ban', dataset: { test: 'ban' } });
  app.rondo?.api.me().then((me) => show(me.ban ?? null)).catch(() => {});
  return place;

  /** @param {import('../rondo.js').Ban | null} ban */
  function show(ban) {
    if (!ban) {
      place.replaceChildren(button({ label: t('ban-try-again'), kind: 'primary', onclick: () => app.rondo?.connect() }));
      return;
    }
    const date = new Intl.DateTimeFormat(locale(), { dateStyle: 'long', timeStyle: 'short' });
    const until = ban.until_at ? t('ban-until', { date: date.format(ban.until_at) }) : ban.kind === 'permanent' ? t('ban-permanent') : t('ban-pending');
    place.replaceChildren(h('blockquote', { dir: 'auto' }, ban.statement), h('p', { class: 'muted' }, until), ...objection(ban));
  }

  /** @param {import('../rondo.js').Ban} ban */
  function objection(ban) {
    if (ban.appeal_status === 'open') return [h('p', { role: 'status' }, t('ban-objected'))];
    if (ban.appeal_status) return [h('p', { role: 'status' }, t('ban-decided', { status: ban.appeal_status })), ban.appeal_answer ? h('blockquote', { dir: 'auto' }, ban.appeal_answer) : ''];
    const text = h('textarea', { id: 'appeal', dir: 'auto', rows: 3, maxlength: '2000', required: true, dataset: { test: 'appeal' } });
    const problem = h('p', { class: 'problem', role: 'alert' });
    return [
      h(
        'form',
        {
          class: 'field',
          onsubmit: async (/** @type {SubmitEvent} */ event) => {
            event.preventDefault();
            try {
              show((await app.rondo?.api.appeal(text.value)) ?? ban);
            } catch (error) {
              problem.textContent = refusal(error);
            }
          },
        },
        h('label', { for: 'appeal' }, t('ban-object')),
        text,
        problem,
        button({ label: t('send'), kind: 'primary', type: 'submit', dataset: { test: 'send-appeal' }, onclick: () => {} }),
      ),
    ];
  }
}
