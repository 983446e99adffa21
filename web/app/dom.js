/** Building the page: text is always text, never HTML. */

/**
 * Make an element. Props that are functions starting with `on` are listeners; `class`, `dataset` and attributes are
 * set as such; null and false are left out.
 * @param {string} tag
 * @param {Record<string, any> | null} [props]
 * @param {...(Node | string | null | false | undefined)} children
 * @returns {any}
 */
export function h(tag, props, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name === 'class') element.className = value;
    else if (name === 'dataset') Object.assign(element.dataset, value);
    else if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
    else if (name in element && typeof value !== 'string') /** @type {any} */ (element)[name] = value;
    else element.setAttribute(name, value === true ? '' : value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined && child !== false).map((child) => /** @type {Node | string} */ (child)));
  return element;
}

const SVG = 'http://www.w3.org/2000/svg';

/**
 * @param {string} tag
 * @param {Record<string, string | number>} [attributes]
 * @param {...Element} children
 * @returns {any}
 */
export function svg(tag, attributes = {}, ...children) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
  element.append(...children);
  return element;
}

/**
 * Lay the sprite into the page. A reference to the file would be fetched whenever a picture changes, and the server may
 * be away just then.
 */
export async function layIcons(address = '/icons.svg') {
  const text = await (await fetch(address)).text();
  const sprite = new DOMParser().parseFromString(text, 'image/svg+xml').documentElement;
  for (const symbol of sprite.querySelectorAll('symbol')) symbol.id = `icon-${symbol.id}`;
  sprite.classList.add('sprite');
  sprite.setAttribute('aria-hidden', 'true');
  document.body.prepend(document.importNode(sprite, true));
}

/** Pictures that point to where one reads. */
const DIRECTED = new Set(['next', 'send', 'out', 'introduce', 'back', 'reply']);

/** A picture of the sprite; decoration, so it needs words beside it. @param {string} name */
export function icon(name) {
  return svg('svg', { class: DIRECTED.has(name) ? 'icon directed' : 'icon', 'aria-hidden': 'true' }, svg('use', { href: `#icon-${name}` }));
}

/**
 * Change the picture and the words of an icon button.
 * @param {HTMLElement} button
 * @param {string} name
 * @param {string} label
 */
export function dress(button, name, label) {
  button.querySelector('use')?.setAttribute('href', `#icon-${name}`);
  const words = button.querySelector('.label');
  if (words && words.textContent !== label) words.textContent = label;
  if (button.title !== '' || !words) button.title = label;
}

/**
 * A button with a picture. `quiet` shows the words to screen readers and as a tooltip only.
 * @param {{icon?: string, label: string, kind?: string, quiet?: boolean, keys?: string, onclick: (event: MouseEvent) => void, [prop: string]: any}} options
 * @returns {HTMLButtonElement}
 */
export function button({ icon: picture, label, kind = '', quiet = false, keys, onclick, ...props }) {
  return h(
    'button',
    { type: 'button', class: `button ${kind} ${quiet ? 'quiet' : ''}`, title: quiet && label, 'aria-keyshortcuts': keys, onclick, ...props },
    picture && icon(picture),
    h('span', { class: quiet ? 'label unseen' : 'label' }, label),
  );
}

/** The words of a button, and the key that does the same. @param {string} label @param {string} key */
export function withKey(label, key) {
  return `${label} (${key})`;
}

/** Set text only when it changes, so that live regions and selections are left alone. @param {Element} element @param {string} text */
export function say(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** So many colours the palette has for people: style.css, `data-tone`. */
const TONES = 8;

/**
 * The round sign of a person: first letter, in a colour that belongs to the name. Of many we know nothing else, as who
 * introduces somebody: so they look the same wherever they are met.
 * @param {{display_name: string, user_id?: string} | null} person
 * @param {string} [kind]
 */
export function avatar(person, kind = '') {
  const name = person?.display_name ?? '';
  const element = h('span', { class: `avatar ${kind}`, 'aria-hidden': 'true' }, [...name.trim()][0]?.toUpperCase() ?? '·');
  let hash = 0;
  for (const char of name.trim().normalize('NFC').toLowerCase()) hash = (hash * 31 + (char.codePointAt(0) ?? 0)) % 65_521;
  element.dataset.tone = String(hash % TONES);
  return element;
}

/** The name of a person, in whatever direction they write it. @param {string} name @param {string} [tag] */
export function nameOf(name, tag = 'strong') {
  return h(tag, { dir: 'auto' }, name);
}

/** @param {string[] | undefined} interests @param {string[]} [shared] */
export function chips(interests, shared = []) {
  if (!interests?.length) return null;
  return h('ul', { class: 'chips' }, ...interests.map((interest) => h('li', { class: shared.includes(interest) ? 'chip shared' : 'chip', dir: 'auto' }, interest)));
}
