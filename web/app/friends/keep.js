/** What each shown element shows. @type {WeakMap<Element, string>} */
const looks = new WeakMap();

/**
 * Show *items* as the children of *list*. Unchanged elements are kept, with their focus; changed ones are created again.
 * @template Item
 * @param {HTMLElement} list
 * @param {Item[]} items
 * @param {{key: (item: Item) => string, look: (item: Item) => string, make: (item: Item) => HTMLElement}} how `look`: everything that is shown of an item
 */
export function keep(list, items, { key, look, make }) {
  const keys = new Set(items.map(key));
  /** @type {Map<string, HTMLElement>} */
  const known = new Map();
  for (const child of /** @type {HTMLElement[]} */ ([...list.children])) {
    if (keys.has(child.dataset.key ?? '')) known.set(child.dataset.key ?? '', child);
    else child.remove();
  }
  let at = list.firstElementChild;
  for (const item of items) {
    const name = key(item);
    const shown = look(item);
    const before = known.get(name);
    let element = before;
    if (!before || looks.get(before) !== shown) {
      element = make(item);
      element.dataset.key = name;
      looks.set(element, shown);
      if (before) {
        const hadFocus = before.contains(document.activeElement);
        if (at === before) at = element;
        before.replaceWith(element);
        if (hadFocus) /** @type {HTMLElement | null} */ (element.querySelector('a, button'))?.focus({ preventScroll: true });
      }
    }
    if (element === at) at = /** @type {Element} */ (at).nextElementSibling;
    else list.insertBefore(/** @type {HTMLElement} */ (element), at);
  }
}
