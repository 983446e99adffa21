/** The queue: who was reported, by whom, with what evidence; and the decision. */

import { avatar, button, h } from '../app/dom.js';
import { call, get } from './api.js';
import { LENGTHS, until } from './bans.js';
import { evidence, showReported } from './evidence.js';
import { choice, complain, empty, field, heading, identity, more, reasons } from './parts.js';
import { named, when } from './words.js';

/** @param {HTMLElement} place @param {import('../admin.js').Desk} desk */
export async function reports(place, desk) {
  let status = 'open';
  const list = h('div', { class: 'cases' });
  place.append(
    heading(
      'Reports',
      'One decision about a person closes every open report about them.',
      choice('Which reports', [['open', 'Open'], ['confirmed', 'Confirmed'], ['vindicated', 'Vindicated']], (value) => {
        status = value;
        load().catch(complain);
      }),
    ),
    list,
  );
  await load();

  async function load() {
    list.replaceChildren();
    await page(null);
  }

  /** @param {string | null} cursor */
  async function page(cursor) {
    const found = status === 'open' ? await get('/v1/admin/cases', { cursor }) : await get('/v1/admin/reports', { status, cursor });
    list.querySelector('.more')?.remove();
    const cases = status === 'open' ? found.cases : decided(found.reports);
    if (!cases.length && !cursor) list.append(empty(status === 'open' ? 'Nobody is waiting for a decision.' : 'None so far.'));
    for (const one of cases) list.append(card(one, () => load().then(() => desk.refresh())));
    showReported(list);
    const next = more(found.cursor, () => page(found.cursor).catch(complain));
    if (next) list.append(next);
  }
}

/** Reports by person, as cases. @param {any[]} reports */
function decided(reports) {
  /** @type {Map<string, any[]>} */
  const cases = new Map();
  for (const report of reports) cases.set(report.reported_id, [...(cases.get(report.reported_id) ?? []), report]);
  return [...cases.values()].map((some) => ({ reported_id: some[0].reported_id, reported: some[0].reported, open_reports: 0, reports: some }));
}

/** What a case amounts to. @param {any} one */
function weight(one) {
  if (one.suspended) return 'Banned or suspended now.';
  if (!one.needed) return 'Reports alone suspend nobody here.';
  return `${one.counting} of ${one.needed} networks count towards a suspension.`;
}

/** @param {any} one @param {() => Promise<unknown>} done */
function card(one, done) {
  const { reports } = one;
  const [first] = reports;
  const name = named(first.reported);
  const many = one.open_reports || reports.length;
  return h(
    'article',
    { class: 'card case', dataset: { test: 'case' } },
    h(
      'header',
      { class: 'case-head' },
      avatar({ display_name: first.reported ?? '', user_id: first.reported_id }),
      h('div', { class: 'case-who' }, h('h2', { dir: 'auto' }, name), h('p', { class: 'muted' }, identity(first.reported_id), ` reported by ${many === 1 ? 'one person' : `${many} people`}`), first.status === 'open' ? h('p', { class: 'muted', dataset: { test: 'weight' } }, weight(one)) : null),
      first.status === 'open' ? null : h('span', { class: `badge ${first.status}` }, first.status),
    ),
    h('div', { class: 'evidences' }, ...reports.map(evidence)),
    first.status === 'open' ? decision(first, name, many, done) : h('p', { class: 'decided' }, h('strong', {}, when(first.decided_at)), ` ${first.statement}`),
  );
}

/** @param {any} report @param {string} name @param {number} many @param {() => Promise<unknown>} done */
function decision(report, name, many, done) {
  const others = many > 1 ? ` It decides all ${many} open reports about them.` : '';
  const path = `/v1/admin/reports/${report.report_id}`;
  return h(
    'div',
    { class: 'actions' },
    button({
      label: 'Vindicate',
      dataset: { test: 'vindicate' },
      onclick: async () => {
        if (await reasons({ title: `Vindicate ${name}?`, text: `Reported without cause: a suspension ends, and reports count from nothing again.${others}`, yes: 'Vindicate', decide: (statement) => call('POST', `${path}/vindicate`, { statement }) })) await done();
      },
    }),
    button({
      label: 'Confirm and ban',
      kind: 'danger',
      dataset: { test: 'confirm' },
      onclick: async () => {
        const length = h('select', { dataset: { test: 'length' } }, h('option', { value: '' }, 'For good'), ...LENGTHS.filter(([days]) => days).map(([days, text]) => h('option', { value: days }, text)));
        const decide = (/** @type {string} */ statement) => call('POST', `${path}/confirm`, { statement, until_at: until(length.value) });
        if (await reasons({ title: `Ban ${name}?`, text: `Their socket closes and their room ends at once. They may appeal.${others}`, yes: 'Ban', kind: 'danger', more: field('length', 'How long', length), decide })) await done();
      },
    }),
  );
}
