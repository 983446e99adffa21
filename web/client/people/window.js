import { completeTo, merged } from './log.js';

const PAGE = 50;
const MOST = 100;
/** How long to wait for missing messages, which may arrive from another node, before the gap is read. */
const HOLE_MS = 250;
/** More pages than that of missing messages are not read: the latest page is. */
const CATCH_UP_PAGES = 3;

/**
 * @typedef {import('../../people.js').ChannelMessage} ChannelMessage
 * @typedef {{messages: ChannelMessage[], last_n: number, rev: number, has_before: boolean, has_after: boolean}} Page
 * @typedef {Pick<import('../../people.js').ConversationState, 'messages' | 'hasBefore' | 'hasAfter' | 'loading'>} Held
 */

/** The part of a channel's messages that is held: complete between its first and its last. */
export class MessageWindow {
  /** @type {Held} */ held = { messages: [], hasBefore: false, hasAfter: false, loading: true };

  #read;
  #persist;
  #onChange;
  #onFault;
  /** Pages that are on their way. */ #reading = 0;
  /** Messages received during a read: the page may be older. @type {ChannelMessage[]} */ #arrived = [];
  /** No message up to this one is missing. */ #complete = 0;
  /** The highest number that was seen. */ #newest = 0;
  /** The latest change that was seen. */ #rev = 0;
  /** Pages that were asked for before a jump do not belong to what is held now. */ #jumps = 0;
  #isLoaded = false;
  #holeTimer = 0;
  #isFilling = false;

  /**
   * @param {object} options
   * @param {(query: object) => Promise<Page>} options.read a page of the channel
   * @param {<Answer>(attempt: () => Promise<Answer>) => Promise<Answer>} options.persist repeats what fails in passing
   * @param {() => void} options.onChange `held` is another
   * @param {(error: unknown) => void} options.onFault called when a background read fails
   */
  constructor({ read, persist, onChange, onFault }) {
    this.#read = read;
    this.#persist = persist;
    this.#onChange = onChange;
    this.#onFault = onFault;
  }

  /** Hold the end of the channel. */
  load() {
    return this.#jump(() => this.#persist(() => this.#page({ limit: PAGE })));
  }

  /** Hold the messages around one of them. @param {number} n */
  async around(n) {
    if (!this.held.messages.some((message) => message.n === n)) await this.#jump(() => this.#page({ around: n, limit: PAGE }));
  }

  /** Add what was before; true when there was something. */
  async older() {
    const first = this.held.messages[0]?.n;
    if (first === undefined) return false;
    const jumps = this.#jumps;
    const page = await this.#page({ before: first, limit: PAGE });
    if (jumps !== this.#jumps) return false;
    this.#hold({ messages: merged(this.held.messages, page.messages), hasBefore: page.has_before });
    return page.messages.length > 0;
  }

  /** After `around`: add what was after; true when there was something. */
  async newer() {
    const last = this.held.messages.at(-1)?.n;
    if (last === undefined || !this.held.hasAfter) return false;
    const jumps = this.#jumps;
    const page = await this.#page({ after: last, limit: PAGE });
    if (jumps !== this.#jumps) return false;
    if (!page.has_after) this.#complete = page.last_n;
    this.#hold({ messages: merged(this.held.messages, page.messages), hasAfter: page.has_after });
    return page.messages.length > 0;
  }

  /** Take a message, new or changed. @param {ChannelMessage} message */
  take(message) {
    if (this.#reading) this.#arrived.push(message);
    if (this.#isLoaded && !this.held.loading) this.#take(message);
  }

  /** Events may have been missed: read what has changed, or the end if that is too much. */
  async catchUp() {
    const jumps = this.#jumps;
    const isWhole = this.#isLoaded && !this.held.loading && (await this.#readChanges(jumps)) && (this.held.hasAfter || (await this.#readOn(jumps)));
    if (!isWhole && jumps === this.#jumps) await this.load();
  }

  /** Stop background reads. */
  end() {
    clearTimeout(this.#holeTimer);
  }

  /** Replace the window by a page. @param {() => Promise<Page>} read */
  async #jump(read) {
    const jumps = ++this.#jumps;
    this.#set({ loading: true });
    try {
      const page = await read();
      if (jumps !== this.#jumps) return;
      this.#isLoaded = true;
      const { messages, has_before: hasBefore, has_after: hasAfter } = page;
      this.#complete = hasAfter ? (messages.at(-1)?.n ?? 0) : page.last_n;
      this.#rev = Math.max(this.#rev, page.rev);
      this.#hold({ messages, hasBefore, hasAfter, loading: false });
    } finally {
      if (jumps === this.#jumps && this.held.loading) this.#set({ loading: false });
    }
  }

  /** Hold messages of a page, and what came while it was on its way. @param {Partial<Held> & {messages: ChannelMessage[]}} changes */
  #hold(changes) {
    this.#complete = completeTo(changes.messages, this.#complete);
    this.#set(changes);
    for (const message of this.#arrived) this.#take(message);
    this.#fillSoon();
  }

  /** @param {ChannelMessage} message */
  #take(message) {
    const { messages, hasAfter, hasBefore } = this.held;
    this.#rev = Math.max(this.#rev, message.rev);
    this.#newest = Math.max(this.#newest, message.n);
    const isBefore = message.n < (messages[0]?.n ?? (hasBefore ? Infinity : 1));
    const isAfter = hasAfter && message.n > (messages.at(-1)?.n ?? 0);
    if (!isBefore && !isAfter) {
      const next = merged(messages, [message]);
      this.#complete = completeTo(next, this.#complete);
      this.#set({ messages: next });
    }
    this.#fillSoon();
  }

  /** If there is a hole, read it, unless it is filled by then. */
  #fillSoon() {
    const isNeeded = () => this.#newest > this.#complete && !this.held.hasAfter;
    if (!isNeeded() || this.#holeTimer || this.#isFilling) return;
    this.#holeTimer = setTimeout(async () => {
      this.#holeTimer = 0;
      if (!isNeeded()) return;
      this.#isFilling = true;
      try {
        const jumps = this.#jumps;
        if (!(await this.#readOn(jumps)) && jumps === this.#jumps) await this.load();
      } catch (error) {
        this.#onFault(error);
      } finally {
        this.#isFilling = false;
      }
    }, HOLE_MS);
  }

  /** Read what follows the last message that is complete; false: it is too much. @param {number} jumps */
  async #readOn(jumps) {
    for (let pages = 0; pages < CATCH_UP_PAGES; pages++) {
      const page = await this.#persist(() => this.#page({ after: this.#complete, limit: MOST }));
      if (jumps !== this.#jumps) return true;
      const messages = merged(this.held.messages, page.messages);
      this.#complete = completeTo(messages, page.has_after ? (page.messages.at(-1)?.n ?? page.last_n) : Math.max(this.#complete, page.last_n));
      this.#set({ messages });
      if (!page.has_after) return true;
    }
    return false;
  }

  /** Read which of the messages have changed; false: they are too many. @param {number} jumps */
  async #readChanges(jumps) {
    for (let pages = 0; pages < CATCH_UP_PAGES; pages++) {
      const page = await this.#persist(() => this.#page({ changed_after: this.#rev, limit: MOST }));
      if (jumps !== this.#jumps) return true;
      const held = new Set(this.held.messages.map(({ n }) => n));
      const messages = merged(this.held.messages, page.messages.filter(({ n }) => held.has(n)));
      this.#rev = page.has_after ? (page.messages.at(-1)?.rev ?? page.rev) : Math.max(this.#rev, page.rev);
      this.#set({ messages });
      if (!page.has_after) return true;
    }
    return false;
  }

  /** @param {object} query */
  async #page(query) {
    if (!this.#reading++) this.#arrived = [];
    try {
      return await this.#read(query);
    } finally {
      this.#reading--;
    }
  }

  /** @param {Partial<Held>} changes */
  #set(changes) {
    this.held = { ...this.held, ...changes };
    this.#onChange();
  }
}
