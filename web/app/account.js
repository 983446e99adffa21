import { open } from './dialogs.js';
import { avatar, button, h } from './dom.js';
import { ownSections } from './own.js';
import { passOn, introduceButton } from './introduce.js';
import { count, duration, since } from './words.js';

const NEEDED = 4;

/**
 * Everything that is one's own: name and standing, the invite code, past conversations.
 * @param {import('./app.js').App} app
 */
export async function showAccount(app) {
  const { rondo } = app;
  if (!rondo) return;
  await app.attempt(
    Promise.all([rondo.api.me(), rondo.api.history()]).then(async ([me, history]) => {
      const person = /** @type {import('../rondo.js').Profile & {completions: number, access: string}} */ (me);
      const earned = person.completions >= NEEDED && ['verified', 'paid'].includes(person.access);
      const code = earned ? await rondo.api.inviteCode().catch(() => null) : null;
      open({
        title: 'You',
        kind: 'light list account',
        content: [
          h('div', { class: 'account-head' }, avatar(person), h('div', {}, h('strong', {}, person.display_name), h('p', { class: 'muted' }, `${count(person.completions, 'conversation')} of half a minute or longer`))),
          code || app.letter.inviteOnly ? h('h3', {}, 'Your invite code') : null,
          code ? own(rondo, code) : app.letter.inviteOnly ? h('p', { class: 'muted', dataset: { test: 'no-code' } }, earn(person)) : null,
          h('h3', {}, 'Past conversations'),
          past(app, history),
          ...ownSections(app, /** @type {import('../rondo.js').Account} */ (me)),
          button({ icon: 'out', label: 'Sign out', kind: 'subtle', onclick: () => void app.signOut() }),
        ],
      });
    }),
  );
}

/** @param {{completions: number, access: string}} person */
function earn({ completions, access }) {
  const left = Math.max(0, NEEDED - completions);
  if (access === 'unpaid' || !left) return `Whoever comes in by a code and has ${NEEDED} conversations of 30 seconds gets one of their own, for ${NEEDED} friends.`;
  return `${count(left, 'more conversation')} of 30 seconds, and you get a code of your own, for ${NEEDED} friends.`;
}

/** @param {import('../rondo.js').Rondo} rondo @param {import('../rondo.js').InviteCode} code */
function own(rondo, { code, uses, uses_left }) {
  const image = h('img', { class: 'qr', alt: 'Your invite code as a QR image', width: 176, height: 176, dataset: { test: 'qr' } });
  rondo.api.inviteImage().then((svg) => (image.src = `data:image/svg+xml;base64,${btoa(svg)}`), () => image.remove());
  const spelt = code.match(/.{4}/g)?.join('-') ?? code;
  const left = uses_left ? `${uses_left} of ${uses} uses left.` : `All ${uses} uses are spent: 0 left.`;
  return h(
    'div',
    { class: 'own-code' },
    image,
    h('div', {}, h('p', { class: 'code', dataset: { test: 'own-code' } }, spelt), h('p', { class: 'muted', dataset: { test: 'uses-left' } }, left), passOn(`${location.origin}/?code=${code}`, { title: 'Rondo', text: 'Come in with my invite code.' })),
  );
}

/** @param {import('./app.js').App} app @param {{calls: import('../rondo.js').PastCall[], cursor: string | null}} first the newest page */
function past(app, first) {
  if (!first.calls.length) return h('p', { class: 'muted' }, 'None yet. Conversations of five seconds or longer stand here.');
  const now = app.rondo?.now() ?? Date.now();
  const list = h('ul', { class: 'people past', dataset: { test: 'past' } }, ...first.calls.map((call) => row(app, call, now)));
  let { cursor } = first;
  const more = button({ label: 'Show earlier ones', kind: 'subtle', onclick: () => void app.attempt(older()) });
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
  const what = `${call.mode === 'video' ? 'Video' : 'Text'}, ${duration(call.duration_s)}, ${since(now - call.started_at)}`;
  return h(
    'li',
    { class: 'person' },
    avatar(peer),
    h('div', { class: 'person-about' }, h('strong', {}, peer?.display_name ?? 'Deleted person'), h('span', { class: 'muted' }, what), call.message_count ? transcript(app, call) : null),
    peer && introduceButton(app, peer, { label: 'Introduce', kind: 'subtle' }),
    peer && button({ icon: 'block', label: `Block or report ${peer.display_name}`, quiet: true, kind: 'ghost', onclick: async (event) => {
      const pressed = /** @type {HTMLButtonElement} */ (event.currentTarget);
      if (await app.block(peer, call.room_id)) pressed.disabled = true;
    } }),
  );
}

/** What was said, read when it is opened. @param {import('./app.js').App} app @param {import('../rondo.js').PastCall} call */
function transcript(app, call) {
  const lines = h('ol', { class: 'transcript' });
  const details = h('details', {}, h('summary', {}, count(call.message_count, 'message')), lines);
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
        lines.append(...page.messages.map(({ from, body }) => h('li', {}, h('strong', {}, from === mine ? 'You' : (call.peer?.display_name ?? 'Deleted person')), ` ${body}`)));
        cursor = page.cursor;
      } while (cursor);
    })());
  });
  return details;
}
