// Draws the guide, and /openapi.json and /asyncapi.json, which the server generates from the types that validate.
import { h } from './app/dom.js';
import { drawGuide } from './docs/guide.js';
import { find } from './docs/search.js';

/** @typedef {Record<string, any>} Json */

/** The pages of the guide, in the order in which one reads them. */
const GUIDE = ['first-call', 'messages', 'client', 'protocol', 'production', 'compared'];
const VERBS = ['get', 'post', 'put', 'patch', 'delete'];
const main = /** @type {HTMLElement} */ (document.getElementById('docs'));
const contents = /** @type {HTMLElement} */ (document.getElementById('contents'));

/** The last word of a reference. @param {string} ref */
const named = (ref) => ref.split('/').at(-1) ?? '';

/** What a schema is, in one line, its types as links. @param {Json} schema @param {string} space @returns {(Node | string)[]} */
function type(schema, space) {
  if (!schema) return ['anything'];
  if (schema.$ref) return [h('a', { class: 'type', href: `#${space}-${named(schema.$ref)}` }, named(schema.$ref))];
  const choice = schema.anyOf ?? schema.oneOf;
  if (choice) return choice.flatMap((/** @type {Json} */ one, /** @type {number} */ i) => [...(i ? [' or '] : []), ...type(one, space)]);
  if (schema.allOf) return schema.allOf.flatMap((/** @type {Json} */ one) => type(one, space));
  if (schema.enum) return [h('code', {}, schema.enum.map((/** @type {unknown} */ v) => JSON.stringify(v)).join(' | '))];
  if ('const' in schema) return [h('code', {}, JSON.stringify(schema.const))];
  if (schema.type === 'array') return ['list of ', ...type(schema.items ?? schema.prefixItems?.[0], space)];
  return [Array.isArray(schema.type) ? schema.type.join(' or ') : (schema.type ?? 'anything'), ...bounds(schema)];
}

/** @param {Json} schema @returns {string[]} */
function bounds(schema) {
  const words = [];
  // The bounds of a machine's integer say nothing to a reader.
  const tellable = (/** @type {number | undefined} */ n) => (n !== undefined && Math.abs(n) <= Number.MAX_SAFE_INTEGER ? n : undefined);
  const low = tellable(schema.minimum ?? schema.minLength ?? schema.minItems);
  const high = tellable(schema.maximum ?? schema.maxLength ?? schema.maxItems);
  const unit = 'minLength' in schema || 'maxLength' in schema ? ' characters' : '';
  if (low !== undefined && high !== undefined) words.push(`${low} to ${high}${unit}`);
  else if (low !== undefined) words.push(`at least ${low}${unit}`);
  else if (high !== undefined) words.push(`up to ${high}${unit}`);
  if (schema.format) words.push(schema.format);
  return words.length ? [`, ${words.join(', ')}`] : [];
}

/** Words in which `code` stands between backticks. @param {string | undefined} words @returns {(Node | string)[]} */
const prose = (words) => (words ?? '').split('`').map((part, i) => (i % 2 ? h('code', {}, part) : part));

/** The fields of an object. @param {Json} schema @param {string} space */
function fields(schema, space) {
  const properties = Object.entries(schema?.properties ?? {});
  if (!properties.length) return h('p', {}, ...type(schema, space));
  const required = new Set(schema.required ?? []);
  return h(
    'table',
    {},
    h('thead', {}, h('tr', {}, h('th', { scope: 'col' }, 'Field'), h('th', { scope: 'col' }, 'Value'), h('th', { scope: 'col' }, ''))),
    h('tbody', {}, ...properties.map(([name, field]) => h('tr', {}, h('td', {}, h('code', {}, name), required.has(name) ? '' : h('span', { class: 'optional' }, 'optional')), h('td', {}, ...type(field, space)), h('td', { class: 'muted' }, ...prose(field.description), 'default' in field ? ` Default: ${JSON.stringify(field.default)}.` : '')))),
  );
}

/** @param {Json} api @param {Json} schema @returns {Json} */
const resolve = (api, schema) => (schema?.$ref ? api.components.schemas[named(schema.$ref)] : schema);

/** @param {string} id @param {(Node | string)[]} head @param {(Node | string | null)[]} body */
function card(id, head, body) {
  const element = h('article', { class: 'op', id }, h('h3', {}, ...head), ...body);
  element.dataset.words = (element.textContent ?? '').toLowerCase();
  return element;
}

/** @param {string} title @param {[string, string][]} links */
function list(title, links) {
  contents.append(h('h2', {}, title), ...links.map(([id, words]) => h('a', { href: `#${id}` }, words)));
}

/** @param {unknown} value */
const sample = (value) => h('pre', { tabindex: '0' }, h('code', {}, JSON.stringify(value, null, 2)));

/** @param {Json} api */
function drawHttp(api) {
  main.append(h('h2', {}, 'HTTP'), h('p', { class: 'docs-intro' }, ...prose(api.info.description)));
  for (const tag of tagsOf(api)) {
    /** @type {[string, string][]} */ const links = [];
    /** @type {Node[]} */ const cards = [];
    for (const [path, verbs] of Object.entries(api.paths)) {
      for (const verb of VERBS) {
        const op = /** @type {Json} */ (verbs)[verb];
        if (!op?.tags?.includes(tag.name)) continue;
        const asked = op.requestBody?.content?.['application/json']?.schema;
        const id = `http-${op.operationId}`;
        links.push([id, `${verb.toUpperCase()} ${path.replace('/v1', '')}`]);
        cards.push(
          card(id, [h('span', { class: `verb ${verb}` }, verb.toUpperCase()), h('code', {}, path), op.security?.length === 0 ? h('span', { class: 'optional' }, 'no token') : ''], [
            h('p', {}, ...prose([op.summary, op.description].filter(Boolean).join(' '))),
            ...(op.parameters?.length ? [h('h4', {}, 'Parameters'), fields({ properties: Object.fromEntries(op.parameters.map((/** @type {Json} */ p) => [p.name, { description: p.description, ...p.schema }])), required: op.parameters.filter((/** @type {Json} */ p) => p.required).map((/** @type {Json} */ p) => p.name) }, 'http')] : []),
            ...(asked ? [h('h4', {}, 'Body'), fields(resolve(api, asked), 'http'), sample(op.requestBody.content['application/json'].example)] : []),
            h('h4', {}, 'Answers'),
            h('table', {}, h('tbody', {}, ...Object.entries(op.responses).map(([status, answer]) => h('tr', {}, h('td', {}, h('code', {}, status)), h('td', {}, ...answerOf(answer)))))),
            ...Object.values(op.responses).flatMap((answer) => Object.values(answer.content ?? {})).filter((content) => 'example' in content).map((content) => sample(content.example)),
          ]),
        );
      }
    }
    if (!cards.length) continue;
    main.append(h('h3', { class: 'docs-group' }, tag.description ?? tag.name), ...cards);
    list(tag.description ?? tag.name, links);
  }
  drawTypes(api, 'http', 'Types in HTTP');
}

/** Every tag that an operation bears, described or not. @param {Json} api @returns {Json[]} */
function tagsOf(api) {
  const borne = Object.values(api.paths).flatMap((verbs) => VERBS.flatMap((verb) => /** @type {Json} */ (verbs)[verb]?.tags ?? []));
  const described = api.tags.map((/** @type {Json} */ tag) => tag.name);
  return [...api.tags, ...[...new Set(borne)].filter((name) => !described.includes(name)).map((name) => ({ name }))];
}

/** @param {Json} answer @returns {(Node | string)[]} */
function answerOf(answer) {
  const [kind, content] = Object.entries(answer.content ?? {})[0] ?? [];
  if (!content) return prose(answer.description);
  const schema = /** @type {Json} */ (content).schema;
  return [...(schema?.$ref ? [...type(schema, 'http'), ': '] : [`${kind}: `]), ...prose(answer.description)];
}

/** @param {Json} api */
function drawSocket(api) {
  const { messages } = api.components;
  const said = Object.entries(api.operations).filter(([, op]) => /** @type {Json} */ (op).action === 'receive');
  const heard = Object.values(api.operations).filter((op) => /** @type {Json} */ (op).action === 'send').flatMap((op) => /** @type {Json} */ (op).messages.map((/** @type {Json} */ m) => named(m.$ref)));
  main.append(h('h2', {}, 'The socket'), h('p', { class: 'docs-intro' }, h('code', {}, api.channels.socket.address), ' · ', ...prose(api.info.description)));
  main.append(h('h3', { class: 'docs-group' }, 'What a client says'), ...said.map(([name, op]) => drawFrame(api, messages[name], name, /** @type {Json} */ (op).reply?.messages)));
  main.append(h('h3', { class: 'docs-group' }, 'What a client hears'), ...heard.map((name) => drawFrame(api, messages[name], name)));
  list('What a client says', said.map(([name]) => [`frame-${name}`, messages[name].name]));
  list('What a client hears', heard.map((name) => [`frame-${name}`, messages[name].name]));
  drawTypes(api, 'ws', 'Types on the socket');
}

/** @param {Json} api @param {Json} message @param {string} name @param {Json[]} [replies] */
function drawFrame(api, message, name, replies) {
  const answers = (replies ?? []).map((reply) => named(reply.$ref)).filter((reply) => reply !== 'ErrorFrame');
  return card(`frame-${name}`, [h('code', {}, message.name)], [
    h('p', {}, ...prose([message.summary, message.description].filter(Boolean).join(' '))),
    fields(resolve(api, message.payload), 'ws'),
    ...message.examples.map((/** @type {Json} */ one) => sample(one.payload)),
    ...(answers.length ? [h('h4', {}, 'Answered by'), ...answers.flatMap((reply) => [fields(resolve(api, api.components.messages[reply].payload), 'ws'), ...api.components.messages[reply].examples.map((/** @type {Json} */ one) => sample(one.payload))])] : []),
  ]);
}

/** @param {Json} api @param {string} space @param {string} title */
function drawTypes(api, space, title) {
  const payloads = new Set(Object.values(api.components.messages ?? {}).map((m) => named(/** @type {Json} */ (m).payload.$ref ?? '')));
  const names = Object.keys(api.components.schemas).filter((name) => !payloads.has(name));
  main.append(
    h('h3', { class: 'docs-group' }, title),
    ...names.map((name) => {
      const schema = api.components.schemas[name];
      return card(`${space}-${name}`, [h('code', {}, name)], [schema.description ? h('p', {}, ...prose(schema.description)) : null, fields(schema, space)]);
    }),
  );
}

const load = async (/** @type {string} */ url) => {
  const answer = await fetch(url);
  return url.endsWith('.md') ? answer.text() : answer.json();
};
const found = /** @type {HTMLElement} */ (document.getElementById('found'));
const search = /** @type {HTMLInputElement} */ (document.getElementById('find'));
const look = () => (found.textContent = find(search.value, main, contents));
search.addEventListener('input', look);
try {
  const [http, socket, ...guide] = await Promise.all([load('/openapi.json'), load('/asyncapi.json'), ...GUIDE.map((name) => load(`/guide/${name}.md`))]);
  main.replaceChildren();
  guide.forEach((text, i) => {
    const { title, sections } = drawGuide(GUIDE[i], text, GUIDE);
    main.append(title, ...sections.map(([, section]) => section));
    list(title.textContent ?? '', sections.map(([words, section]) => [section.id, words]));
  });
  drawSocket(socket);
  drawHttp(http);
  if (search.value) look();
  if (location.hash) document.getElementById(location.hash.slice(1))?.scrollIntoView();
} catch {
  main.replaceChildren(h('p', { role: 'alert' }, 'The documents could not be loaded. Is the server there?'));
}
