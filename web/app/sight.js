/**
 * Which messages of the peer have been on the screen: their end was visible, on a visible page, under no dialog.
 * A receipt covers all messages up to one, so it stops before the first that was not seen.
 */
export class Sight {
  /** In the order of the conversation. @type {{id: string, line: HTMLElement, seen: boolean}[]} */ #messages = [];
  /** How many from the start have been seen. */ #read = 0;
  /** @type {Set<Element>} */ #visible = new Set();
  #observer;

  /** @param {() => void} changed */
  constructor(changed) {
    this.#observer = new IntersectionObserver(
      (entries) => {
        for (const { target, isIntersecting } of entries) this.#visible[isIntersecting ? 'add' : 'delete'](target);
        changed();
      },
      { threshold: 0.9 },
    );
  }

  /** Another room: forget what was seen. */
  begin() {
    this.#observer.disconnect();
    this.#visible.clear();
    this.#messages = [];
    this.#read = 0;
  }

  leave() {
    this.#observer.disconnect();
  }

  /** @param {import('../rondo.js').Message} message @param {HTMLElement} line as shown */
  add({ message_id: id, read_at }, line) {
    this.#messages.push({ id, line, seen: !!read_at });
    if (!read_at) this.#observer.observe(foot(line));
  }

  /** The first line that was not seen. */
  get first() {
    return this.#messages[this.#read]?.line ?? null;
  }

  get unseen() {
    return this.#messages.slice(this.#read).filter(({ seen }) => !seen).length;
  }

  /** Where the first line that was not seen is. @returns {'up' | 'down'} */
  get direction() {
    const line = this.first;
    const log = line?.closest('.log');
    return line && log && line.getBoundingClientRect().top < log.getBoundingClientRect().top ? 'up' : 'down';
  }

  /** Note what is visible now. @returns {string | null} the id of the message up to which all have been seen */
  confirm() {
    const looking = document.visibilityState === 'visible' && !document.querySelector('dialog[open]');
    for (const message of looking ? this.#messages.slice(this.#read) : []) {
      if (message.seen || !this.#visible.has(foot(message.line))) continue;
      message.seen = true;
      this.#observer.unobserve(foot(message.line));
    }
    while (this.#messages[this.#read]?.seen) this.#read += 1;
    return this.#messages[this.#read - 1]?.id ?? null;
  }
}

/** The end of a line: who has seen it has seen the message. @param {HTMLElement} line */
function foot(line) {
  return /** @type {HTMLElement} */ (line.querySelector('.line-foot'));
}
