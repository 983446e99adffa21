/** What somebody reads who may not come in: why, until when, and how to object. */

import { button, h } from './dom.js';
import { refusal } from './words.js';

const DATE = new Intl.DateTimeFormat(undefined, { dateStyle: 'long', timeStyle: 'short' });

/** @param {import('./app.js').App} app */
export function banNotice(app) {
  const place = h('div', { class: 'ban', dataset: { test: 'ban' } });
  app.rondo?.api.me().then((me) => show(me.ban ?? null)).catch(() => {});
  return place;

  /** @param {import('../rondo.js').Ban | null} ban */
  function show(ban) {
    if (!ban) {
      place.replaceChildren(button({ label: 'Try again', kind: 'primary', onclick: () => app.rondo?.connect() }));
      return;
    }
    const until = ban.until_at ? `Until ${DATE.format(ban.until_at)}.` : ban.kind === 'permanent' ? 'For good.' : 'Until a moderator has had a look.';
    place.replaceChildren(h('blockquote', {}, ban.statement), h('p', { class: 'muted' }, until), ...objection(ban));
  }

  /** @param {import('../rondo.js').Ban} ban */
  function objection(ban) {
    if (ban.appeal_status === 'open') return [h('p', { role: 'status' }, 'You have objected. A moderator will read it; look in again later.')];
    if (ban.appeal_status) return [h('p', { role: 'status' }, `Your objection was ${ban.appeal_status}.`), ban.appeal_answer ? h('blockquote', {}, ban.appeal_answer) : ''];
    const text = h('textarea', { id: 'appeal', rows: 3, maxlength: '2000', required: true, dataset: { test: 'appeal' } });
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
        h('label', { for: 'appeal' }, 'Is this wrong? You may object once.'),
        text,
        problem,
        button({ label: 'Send', kind: 'primary', type: 'submit', dataset: { test: 'send-appeal' }, onclick: () => {} }),
      ),
    ];
  }
}
