/**
 * Show only what speaks of all these words, here and in the contents.
 * @param {string} text
 * @param {HTMLElement} main has the cards, with their words in `data-words`
 * @param {HTMLElement} contents has a link to each
 * @returns {string} how much that is, in words; nothing for no search
 */
export function find(text, main, contents) {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const cards = /** @type {HTMLElement[]} */ ([...main.querySelectorAll('.op')]);
  for (const card of cards) card.hidden = !words.every((word) => card.dataset.words?.includes(word));
  for (const link of contents.querySelectorAll('a')) link.hidden = !!document.getElementById(link.hash.slice(1))?.hidden;
  hideEmptyHeadings(main);
  hideEmptyHeadings(contents);
  const shown = cards.filter((card) => !card.hidden).length;
  return words.length ? (shown ? `${shown} found` : 'Nothing speaks of that.') : '';
}

/** @param {HTMLElement} place */
function hideEmptyHeadings(place) {
  let underH2 = false;
  let underH3 = false;
  for (const element of /** @type {HTMLElement[]} */ ([...place.children].reverse())) {
    if (element.matches('.op, a')) {
      if (!element.hidden) underH2 = underH3 = true;
    } else if (element.matches('h3')) {
      element.hidden = !underH3;
      underH3 = false;
    } else if (element.matches('h2')) {
      element.hidden = !underH2;
      underH2 = underH3 = false;
    }
  }
}
