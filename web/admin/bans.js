/** Who may not come in: bans, and what people say against them. */

import { avatar, button, h } from '../app/dom.js';
import { call, get } from './api.js';
import { choice, complain, empty, field, heading, identity, more, note, reasons, table, time } from './parts.js';
import { named, when } from './words.js';

const DAY_MS = 86_400_000;
/** @type {[string, string][]} */
export const LENGTHS = [['1', 'For a day'], ['7', 'For a week'], ['30', 'For 30 days'], ['', 'Until it is lifted']];

/** @param {string} days */
export function until(days) {
  return days ? Date.now() + Number(days) * DAY_MS : null;
}

/** @param {HTMLElement} place @param {import('../admin.js').Desk} desk */
export async function bans(place, desk) {
  let standing = 'true';
  const list = h('div', { class: 'listing' });
  place.append(
    heading('Bans', 'They act at once, on every open socket.', choice('Which bans', [['true', 'In force'], ['false', 'All']], (value) => {
      standing = value;
      load().catch(complain);
    })),
    form(() => load().then(() => desk.refresh())),
    list,
  );
  await load();

  async function load() {
    await page(null, []);
  }

  /** @param {string | null} cursor @param {any[]} before */
  async function page(cursor, before) {
    const found = await get('/v1/admin/bans', { standing, cursor });
    const all = [...before, ...found.bans];
    list.replaceChildren(
      table(['Person', 'Kind', 'Since', 'Until', 'Reasons', ''], all.map((ban) => row(ban, () => load().then(() => desk.refresh()))), 'Nobody is banned.', 'Bans'),
      more(found.cursor, () => page(found.cursor, all).catch(complain)) ?? '',
    );
  }
}

/** @param {any} ban @param {() => Promise<unknown>} done */
function row(ban, done) {
  const over = ban.lifted_at !== null || (ban.until_at !== null && ban.until_at <= Date.now());
  return [
    h('span', { class: 'who' }, h('strong', { dir: 'auto' }, named(ban.display_name)), identity(ban.user_id)),
    h('span', { class: `badge ${ban.kind}` }, ban.imposed_by === null ? 'suspended' : ban.kind),
    time(ban.imposed_at),
    over ? h('span', { class: 'muted' }, ban.lifted_at === null ? 'ran out' : 'lifted') : ban.until_at === null ? (ban.kind === 'permanent' ? 'for good' : 'review') : when(ban.until_at),
    h('span', { class: 'reason', dir: 'auto' }, ban.statement),
    over
      ? ''
      : button({
          label: 'Lift',
          kind: 'subtle',
          onclick: async () => {
            const decide = (/** @type {string} */ statement) => call('POST', `/v1/admin/bans/${ban.ban_id}/lift`, { statement });
            if (await reasons({ title: `Let ${named(ban.display_name)} in again?`, text: 'The ban ends at once.', yes: 'Lift the ban', decide })) await done();
          },
        }),
  ];
}

/** @param {() => Promise<unknown>} done */
function form(done) {
  const user = h('input', { type: 'text', required: true, autocomplete: 'off', spellcheck: 'false', placeholder: '00000000-0000-7000-8000-000000000000', pattern: '[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}' });
  const length = h('select', {}, ...LENGTHS.map(([value, text]) => h('option', { value }, text)), h('option', { value: 'permanent' }, 'For good'));
  const statement = h('textarea', { rows: 2, dir: 'auto', required: true, maxlength: '2000' });
  return h(
    'details',
    { class: 'card new' },
    h('summary', {}, 'Ban a user'),
    h(
      'form',
      {
        class: 'grid',
        onsubmit: async (/** @type {any} */ event) => {
          event.preventDefault();
          const permanent = length.value === 'permanent';
          try {
            await call('POST', '/v1/admin/bans', { user_id: user.value.trim(), statement: statement.value, kind: permanent ? 'permanent' : 'temporary', until_at: permanent ? null : until(length.value) });
            event.target.reset();
            note('Banned.');
            await done();
          } catch (error) {
            complain(error);
          }
        },
      },
      field('ban-user', 'Id of the person', user),
      field('ban-length', 'How long', length),
      field('ban-statement', 'Statement of reasons', statement, 'The person reads this, word for word.'),
      button({ label: 'Ban', kind: 'danger', type: 'submit', onclick: () => {} }),
    ),
  );
}

/** @param {HTMLElement} place @param {import('../admin.js').Desk} desk */
export async function appeals(place, desk) {
  const list = h('div', { class: 'cases' });
  let status = 'open';
  place.append(
    heading('Appeals', 'Whoever has waited longest comes first.', choice('Which appeals', [['open', 'Open'], ['granted', 'Granted'], ['rejected', 'Rejected']], (value) => {
      status = value;
      load().catch(complain);
    })),
    list,
  );
  await load();

  async function load() {
    const { appeals: found } = await get('/v1/admin/appeals', { status });
    list.replaceChildren(...(found.length ? found.map((/** @type {any} */ ban) => appeal(ban, () => load().then(() => desk.refresh()))) : [empty('No appeals.')]));
  }
}

/** @param {any} ban @param {() => Promise<unknown>} done */
function appeal(ban, done) {
  const name = named(ban.display_name);
  const decide = (/** @type {string} */ verdict) => (/** @type {string} */ statement) => call('POST', `/v1/admin/appeals/${ban.ban_id}/${verdict}`, { statement });
  return h(
    'article',
    { class: 'card case', dataset: { test: 'appeal' } },
    h('header', { class: 'case-head' }, avatar({ display_name: ban.display_name ?? '', user_id: ban.user_id }), h('div', { class: 'case-who' }, h('h2', { dir: 'auto' }, name), h('p', { class: 'muted' }, identity(ban.user_id), ' appealed ', time(ban.appealed_at))), h('span', { class: `badge ${ban.kind}` }, ban.kind)),
    h('section', { class: 'evidence' }, h('p', { class: 'hint' }, 'Banned ', time(ban.imposed_at), ', because:'), h('blockquote', { dir: 'auto' }, ban.statement)),
    h('section', { class: 'evidence' }, h('p', { class: 'hint' }, 'They say:'), h('blockquote', { class: 'theirs', dir: 'auto' }, ban.appeal)),
    ban.appeal_status === 'open'
      ? h(
          'div',
          { class: 'actions' },
          button({ label: 'Reject', dataset: { test: 'reject' }, onclick: async () => { if (await reasons({ title: `Reject the appeal of ${name}?`, text: 'The ban stands. They read your answer.', yes: 'Reject', decide: decide('reject') })) await done(); } }),
          button({ label: 'Grant', kind: 'primary', dataset: { test: 'grant' }, onclick: async () => { if (await reasons({ title: `Let ${name} in again?`, text: 'The ban ends at once. They read your answer.', yes: 'Grant', decide: decide('grant') })) await done(); } }),
        )
      : h('p', { class: 'decided' }, h('strong', {}, `${ban.appeal_status}: `), ban.appeal_answer ?? ''),
  );
}
