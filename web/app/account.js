import { avatar, button, h, nameOf } from './dom.js';
import { heart } from './friends/touch.js';
import { t } from './i18n.js';
import { passOn, introduceButton } from './introduce.js';
import { duration, since } from './time.js';

const NEEDED = 4;

/** @typedef {import('../rondo.js').Account} Account */

/** The invite code that the user has earned, or how to earn it; null where sign-up is open. @param {import('./app.js').App} app @param {Account} me */
export async function inviteCode(app, me) {
  const earned = me.completions >= NEEDED && ['verified', 'paid'].includes(me.access);
  const code = earned ? await app.rondo?.api.inviteCode().catch(() => null) : null;
  if (code && app.rondo) return own(app.rondo, code);
  return app.letter.inviteOnly ? h('p', { class: 'muted', dataset: { test: 'no-code' } }, earn(me)) : null;
}

/** @param {{completions: number, access: string}} person */
function earn({ completions, access }) {
  const left = Math.max(0, NEEDED - completions);
  if (access === 'unpaid' || !left) return t('account-earn', { needed: NEEDED });
  return t('account-earn-left', { left, needed: NEEDED });
}

/** @param {import('../rondo.js').Rondo} rondo @param {import('../rondo.js').InviteCode} code */
function own(rondo, { code, uses, uses_left }) {
  const image = h('img', { class: 'qr', alt: t('account-qr'), width: 176, height: 176, dataset: { test: 'qr' } });
  rondo.api.inviteImage().then((svg) => (image.src = `data:image/svg+xml;base64,${btoa(svg)}`), () => image.remove());
  const spelt = code.match(/.{4}/g)?.join('-') ?? code;
  const left = uses_left ? t('account-uses', { left: uses_left, uses }) : t('account-uses-none', { uses });
  return h(
    'div',
    { class: 'own-code' },
    image,
    h('div', {}, h('p', { class: 'code', dataset: { test: 'own-code' } }, spelt), h('p', { class: 'muted', dataset: { test: 'uses-left' } }, left), passOn(`${location.origin}/?code=${code}`, { title: 'Rondo', text: t('account-pass-on') })),
  );
}

/** @param {import('./app.js').App} app @param {{calls: import('../rondo.js').PastCall[], cursor: string | null}} first the newest page */
export function past(app, first) {
  if (!first.calls.length) return h('p', { class: 'muted' }, t('past-none'));
  const now = app.rondo?.now() ?? Date.now();
  const list = h('ul', { class: 'people past', dataset: { test: 'past' } }, ...first.calls.map((call) => row(app, call, now)));
  let { cursor } = first;
  const more = button({ label: t('past-earlier'), kind: 'subtle', onclick: () => void app.attempt(older()) });
  const older = async () => {
    const page = cursor && (await app.rondo?.api.history(cursor));
    if (!page) return;
    list.append(...page.calls.map((call) => row(app, call, now)));
    cursor = page.cursor;
    if (!cursor) more.remove();
  };
  return h('div', {}, list, cursor && more);
}

/** @param {import('./app.js').App} app @param {import('../rondo.js').PastCall} call @param {number} now */
function row(app, call, now) {
  const { peer } = call;
  const what = t('past-what', { mode: call.mode, duration: duration(call.duration_s), since: since(now - call.started_at) });
  return h(
    'li',
    { class: 'person' },
    avatar(peer),
    h('div', { class: 'person-about' }, nameOf(peer?.display_name ?? t('deleted-person')), h('span', { class: 'muted' }, what), call.message_count ? transcript(app, call) : null),
    peer && heart(app, peer),
    peer && introduceButton(app, peer, { label: t('introduce-short'), kind: 'subtle' }),
    peer && button({ icon: 'block', label: t('block-or-report', { name: peer.display_name }), quiet: true, kind: 'ghost', onclick: async (event) => {
      const pressed = /** @type {HTMLButtonElement} */ (event.currentTarget);
      if (await app.block(peer, call.room_id)) pressed.disabled = true;
    } }),
  );
}

/** What was said, read when it is opened. @param {import('./app.js').App} app @param {import('../rondo.js').PastCall} call */
function transcript(app, call) {
  const lines = h('ol', { class: 'transcript' });
  const details = h('details', {}, h('summary', {}, t('past-messages', { count: call.message_count })), lines);
  let cursor = /** @type {string | null | undefined} */ (undefined);
  details.addEventListener('toggle', async () => {
    if (!details.open || cursor !== undefined) return;
    cursor = null;
    await app.attempt((async () => {
      do {
        /** @type {{messages: import('../rondo.js').Message[], cursor: string | null} | undefined} */
        const page = await app.rondo?.api.transcript(call.room_id, cursor ?? undefined);
        if (!page) return;
        const mine = app.state.me?.user_id;
        lines.append(...page.messages.map(({ from, body }) => h('li', {}, nameOf(from === mine ? t('you') : (call.peer?.display_name ?? t('deleted-person'))), ' ', h('span', { dir: 'auto' }, body))));
        cursor = page.cursor;
      } while (cursor);
    })());
  });
  return details;
}
