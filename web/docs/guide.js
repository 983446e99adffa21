import { h } from '../app/dom.js';
import { draw } from './markdown.js';

/**
 * A page of the guide: its title, and one card a section with the words of the section, so that a search finds it.
 * @param {string} name
 * @param {string} text
 * @param {string[]} pages of the guide
 * @returns {{title: HTMLElement, sections: [string, HTMLElement][]}}
 */
export function drawGuide(name, text, pages) {
  const link = (/** @type {string} */ target) => {
    if (/^(https:|\/|#)/.test(target)) return target;
    const page = /^([\w-]+)\.md$/.exec(target)?.[1] ?? '';
    return pages.includes(page) ? `#guide-${page}` : null;
  };
  const [title, ...blocks] = draw(text, link);
  title.id = `guide-${name}`;
  /** @type {[string, HTMLElement][]} */ const sections = [];
  for (const block of blocks) {
    const starts = block.tagName === 'H3';
    if (starts || !sections.length) sections.push([starts ? (block.textContent ?? '') : 'In short', h('article', { class: 'op guide', id: `guide-${name}-${sections.length}` })]);
    sections[sections.length - 1][1].append(block);
  }
  for (const [, section] of sections) section.dataset.words = (section.textContent ?? '').toLowerCase();
  return { title, sections };
}
