/** Draws the Markdown that the guide is written in: headings, paragraphs, lists, tables, code, links. Nothing else. */
import { h } from '../app/dom.js';

/**
 * The blocks of a text, as elements.
 * @param {string} text
 * @param {(target: string) => string | null} link where a link of the text leads on this page; null: nowhere
 * @returns {HTMLElement[]}
 */
export function draw(text, link) {
  const lines = text.split('\n');
  /** @type {HTMLElement[]} */ const blocks = [];
  const inline = (/** @type {string} */ words) => inlines(words, link);
  while (lines.length) {
    const line = /** @type {string} */ (lines.shift());
    const heading = /^(#{1,4}) (.*)/.exec(line);
    if (line.startsWith('```')) {
      blocks.push(h('pre', { tabindex: '0' }, h('code', {}, take(lines, (next) => !next.startsWith('```')).join('\n'))));
      lines.shift();
    } else if (heading) blocks.push(h(`h${heading[1].length + 1}`, {}, ...inline(heading[2])));
    else if (line.startsWith('|')) blocks.push(table([line, ...take(lines, (next) => next.startsWith('|'))], inline));
    else if (/^(- |\d+\. )/.test(line)) blocks.push(list([line, ...take(lines, (next) => next !== '')], inline));
    else if (line !== '') blocks.push(h('p', {}, ...inline([line, ...take(lines, (next) => next !== '' && !/^(```|\||#|- )/.test(next))].join(' '))));
  }
  return blocks;
}

/** The first lines for which this holds; they are taken away. @param {string[]} lines @param {(line: string) => boolean} holds */
function take(lines, holds) {
  const end = lines.findIndex((line) => !holds(line));
  return lines.splice(0, end < 0 ? lines.length : end);
}

/** @param {string[]} lines @param {(words: string) => (Node | string)[]} inline */
function list(lines, inline) {
  /** @type {string[]} */ const items = [];
  for (const line of lines) {
    if (/^(- |\d+\. )/.test(line)) items.push(line.replace(/^(- |\d+\. )/, ''));
    else items[items.length - 1] += ` ${line.trim()}`;
  }
  return h(lines[0].startsWith('-') ? 'ul' : 'ol', {}, ...items.map((item) => h('li', {}, ...inline(item))));
}

/** @param {string[]} lines @param {(words: string) => (Node | string)[]} inline */
function table(lines, inline) {
  const [head, , ...rows] = lines.map((line) => line.replace(/^\||\|$/g, '').split('|').map((cell) => cell.trim()));
  return h(
    'table',
    {},
    h('thead', {}, h('tr', {}, ...head.map((cell) => h('th', { scope: 'col' }, ...inline(cell))))),
    h('tbody', {}, ...rows.map((row) => h('tr', {}, ...row.map((cell) => h('td', {}, ...inline(cell)))))),
  );
}

/** @param {string} words @param {(target: string) => string | null} link @returns {(Node | string)[]} */
function inlines(words, link) {
  return words.split(/(`[^`]+`|\*\*[^*]+\*\*|\*[^*]+\*|\[[^\]]+\]\([^)]+\))/).map((part) => {
    const found = /^\[([^\]]+)\]\(([^)]+)\)$/.exec(part);
    const target = found && link(found[2]);
    if (found) return target ? h('a', { href: target }, ...inlines(found[1], link)) : found[1];
    if (/^`.+`$/.test(part)) return h('code', {}, part.slice(1, -1));
    if (/^\*\*.+\*\*$/.test(part)) return h('strong', {}, part.slice(2, -2));
    return /^\*.+\*$/.test(part) ? h('em', {}, part.slice(1, -1)) : part;
  });
}
