/** Banned networks, invite codes, and the record of who decided what. */

import { button, h } from '../app/dom.js';
import { confirm } from '../app/dialogs.js';
import { call, get } from './api.js';
import { LENGTHS, until } from './bans.js';
import { complain, field, heading, identity, more, note, table, time } from './parts.js';
import { named, when } from './words.js';

/** @param {HTMLElement} place @param {import('../admin.js').Desk} desk */
export async function addresses(place, desk) {
  const list = h('div', { class: 'listing' });
  const mayBan = desk.role === 'admin';
  place.append(heading('Addresses', `Nobody comes in from these, and open sockets close at once.${mayBan ? '' : ' Administrators decide about them.'}`), mayBan ? form(() => load().then(() => desk.refresh())) : '', list);
  await load();

  async function load() {
    const { ip_bans: found } = await get('/v1/admin/ip-bans');
    const rows = found.map((/** @type {any} */ ban) => [h('code', {}, ban.network), time(ban.created_at), ban.until_at === null ? 'until it is lifted' : when(ban.until_at), h('span', { class: 'reason' }, ban.reason), mayBan ? lift(ban) : '']);
    list.replaceChildren(table(['Network', 'Since', 'Until', 'Why', ''], rows, 'No address is banned.', 'Banned networks'));
  }

  /** @param {any} ban */
  function lift(ban) {
    return button({
      label: 'Lift',
      kind: 'subtle',
      onclick: async () => {
        if (!(await confirm({ title: `Let ${ban.network} in again?`, text: 'Everybody behind it may come back at once.', yes: 'Lift', no: 'Cancel' }))) return;
        await call('DELETE', `/v1/admin/ip-bans/${ban.ip_ban_id}`).catch(complain);
        await load();
        await desk.refresh();
      },
    });
  }
}

/** @param {() => Promise<unknown>} done */
function form(done) {
  const network = h('input', { type: 'text', required: true, autocomplete: 'off', spellcheck: 'false', placeholder: '192.0.2.7 or 2001:db8::/32' });
  const length = h('select', {}, ...LENGTHS.map(([value, text]) => h('option', { value }, text)));
  const reason = h('input', { type: 'text', maxlength: '2000' });
  return h(
    'details',
    { class: 'card new' },
    h('summary', {}, 'Ban an address'),
    h(
      'form',
      {
        class: 'grid',
        onsubmit: async (/** @type {any} */ event) => {
          event.preventDefault();
          try {
            await call('POST', '/v1/admin/ip-bans', { network: network.value, reason: reason.value, until_at: until(length.value) });
            event.target.reset();
            note('Banned.');
            await done();
          } catch (error) {
            complain(error);
          }
        },
      },
      field('ip-network', 'Address or network', network, 'A single IPv6 address stands for its /64. At most a /8, or a /20 of IPv6.'),
      field('ip-length', 'How long', length),
      field('ip-reason', 'Why', reason, 'Only moderators see this.'),
      button({ label: 'Ban', kind: 'danger', type: 'submit', onclick: () => {} }),
    ),
  );
}

/** @param {HTMLElement} place */
export async function codes(place) {
  const list = h('div', { class: 'listing' });
  const uses = h('input', { type: 'number', min: '1', max: '10000', value: '10', required: true });
  place.append(
    heading('Invite codes', 'They let people in where Rondo is invite-only.'),
    h(
      'form',
      {
        class: 'card grid short',
        onsubmit: async (/** @type {any} */ event) => {
          event.preventDefault();
          await call('POST', '/v1/admin/invite-codes', { uses: Number(uses.value) }).then(load).catch(complain);
        },
      },
      field('code-uses', 'How many people it lets in', uses),
      button({ label: 'Make a code', kind: 'primary', type: 'submit', onclick: () => {} }),
    ),
    list,
  );
  await load();

  async function load() {
    const { invite_codes: found } = await get('/v1/admin/invite-codes');
    const rows = found.map((/** @type {any} */ code) => [h('code', {}, code.code), String(code.uses_left ?? code.uses ?? ''), time(code.created_at ?? null)]);
    list.replaceChildren(table(['Code', 'Uses left', 'Made'], rows, 'No codes yet.', 'Invite codes'));
  }
}

/** @param {HTMLElement} place */
export async function log(place) {
  const list = h('div', { class: 'listing' });
  place.append(heading('Audit log', 'Append-only; every entry carries the hash of the one before. “rondo audit verify” checks it.'), list);
  await page(null, []);

  /** @param {number | null} cursor @param {any[]} before */
  async function page(cursor, before) {
    const found = await get('/v1/admin/audit', { cursor });
    const all = [...before, ...found.entries];
    const rows = all.map((entry) => [
      h('span', { class: 'muted number' }, String(entry.n)),
      time(entry.at),
      entry.actor_id === null ? h('span', { class: 'muted' }, 'Rondo') : h('span', { class: 'who' }, h('strong', {}, named(entry.actor)), identity(entry.actor_id)),
      h('span', { class: 'badge plain' }, entry.action),
      identity(entry.subject_id),
      h('span', { class: 'reason' }, told(entry.details)),
      h('code', { class: 'muted', title: entry.hash }, entry.hash.slice(0, 10)),
    ]);
    list.replaceChildren(table(['#', 'When', 'Who', 'What', 'About', 'Details', 'Hash'], rows, 'Nothing was decided so far.', 'Audit log'), more(found.cursor, () => page(found.cursor, all).catch(complain)) ?? '');
  }
}

/** @param {Record<string, any>} details */
function told(details) {
  const said = details.statement ?? details.why;
  if (said) return said;
  const plain = Object.entries(details).filter(([name, value]) => value !== null && value !== '' && !name.endsWith('_id'));
  return plain.map(([name, value]) => `${name.replaceAll('_', ' ')}: ${name.endsWith('_at') ? when(value) : value}`).join(' · ');
}
