import { countNotifications, readFriends, readInbox, readInboxPage, readRequests } from './lists.js';
import { persist } from './retry.js';
import { NOTHING, channelOf, read, reduce, seen, withMore, withPresence, withoutFriend } from './rules.js';

/** What the server has to grant. */
export const FEATURES = /** @type {import('../../rondo.js').Feature[]} */ (['friends', 'channels']);
/** Outcomes of a call that its callee was there for: it is read, unless something before it is not. */
const ANSWERED = new Set(['accepted', 'declined']);

/**
 * @typedef {import('../../people.js').PeopleState} State
 * @typedef {import('../../people.js').Channel} Channel
 */

/** What `People` knows: read once, kept up to date by events, and read again when some may have been missed. */
export class PeopleStore {
  /** @type {State} */
  state = NOTHING;

  #rondo;
  #random;
  #marks;
  #watch;
  /** Events that came while the lists are read. @type {any[] | null} */ #missed = null;
  /** Counts readings of the lists; only the latest is taken. */ #turn = 0;
  /** @type {string | null} */ #inboxCursor = null;
  #resetTimer = 0;
  #isRecounting = false;
  #isClosed = false;
  /** @type {(() => void)[]} */ #stops;

  /**
   * @param {object} options
   * @param {import('../../rondo.js').Rondo} options.rondo
   * @param {() => number} options.random
   * @param {import('./marks.js').Marks} options.marks
   * @param {object} options.watch what follows: first the conversations are told an event, then the state changes
   * @param {(frame: any) => void} options.watch.receive an event of a channel
   * @param {() => void} options.watch.catchUp events may have been missed
   * @param {() => void} options.watch.reread messages of a group are shown otherwise now
   * @param {(state: State, before: State) => void} options.watch.changed
   */
  constructor({ rondo, random, marks, watch }) {
    this.#rondo = rondo;
    this.#random = random;
    this.#marks = marks;
    this.#watch = watch;
    this.#stops = [
      rondo.socket.on('welcome', (frame) => this.#onWelcome(frame)),
      rondo.on('event', (frame) => this.#onEvent(frame)),
      // Neither a friend nor requested any more; the server sends an event about the DM.
      rondo.on('parted', ({ user_id }) => (this.set(withoutFriend(this.state, user_id)), watch.reread())),
    ];
    if (rondo.socket.status === 'online') this.#onWelcome({ features: rondo.features });
  }

  close() {
    this.#isClosed = true;
    for (const stop of this.#stops) stop();
    clearTimeout(this.#resetTimer);
  }

  /** Own user id. */
  get me() {
    return this.#rondo.state.me?.user_id ?? '';
  }

  /** A channel of the inbox. @param {string} channelId */
  channel(channelId) {
    return this.state.channels.find(({ channel_id }) => channel_id === channelId) ?? null;
  }

  /** What a reply told, as the event that the others get. @param {any} frame */
  take(frame) {
    this.#missed?.push(frame);
    this.#apply(frame);
  }

  /** Everything up to a message was read. @param {string} channelId @param {number} n */
  read(channelId, n) {
    this.#marks.note(channelId, { read: n });
    this.set(read(this.state, channelId, n));
  }

  /** Channels further down in the inbox; true when there were some. */
  async moreChannels() {
    if (!this.#inboxCursor) return false;
    const turn = this.#turn;
    const { channels, cursor } = await readInboxPage(this.#rondo.api, this.#inboxCursor);
    if (turn !== this.#turn) return false;
    this.#inboxCursor = cursor;
    this.set({ ...withMore(this.state, channels), hasMoreChannels: cursor !== null });
    return channels.length > 0;
  }

  /** The one place where the state changes. @param {Partial<State>} changes */
  set(changes) {
    const before = this.state;
    if (changes === before || this.#isClosed) return;
    this.state = { ...before, ...changes };
    this.#watch.changed(this.state, before);
  }

  /** @param {any} frame */
  #onWelcome(frame) {
    const available = FEATURES.every((feature) => frame.features?.includes(feature));
    this.set({ available, ...(frame.limits && { limits: frame.limits }) });
    if (!available) return;
    if (frame.people_resumed && this.#turn) this.set(withPresence(this.state, frame.state.friends ?? []));
    else void this.#sync();
  }

  /** @param {any} frame */
  #onEvent(frame) {
    this.#missed?.push(frame);
    const { type, message } = frame;
    if (type === 'people.reset') {
      clearTimeout(this.#resetTimer);
      this.#resetTimer = setTimeout(() => void this.#sync(), this.#random() * frame.within_ms);
    }
    const isListed = this.channel(channelOf(frame) ?? '');
    if (!isListed && !this.#missed && (type === 'channel.message' || type === 'channel.changed')) void this.#recount();
    this.#apply(frame);
    if (type !== 'channel.message' || message.from === this.me) return;
    this.#marks.note(message.channel_id, { delivered: message.n });
    if (message.kind === 'call' && ANSWERED.has(message.details.outcome) && this.channel(message.channel_id)?.unread === 1) this.read(message.channel_id, message.n);
  }

  /** The conversation first: a line that was sent is in its messages in the same step in which it leaves `unsent`. @param {any} frame */
  #apply(frame) {
    if (frame.type.startsWith('channel.')) this.#watch.receive(frame);
    this.set(reduce(this.state, frame, this.me));
  }

  /** Read all lists; events that arrive during the read are applied to them again. Open conversations catch up. */
  async #sync() {
    const turn = ++this.#turn;
    const { api } = this.#rondo;
    const options = { isWanted: () => turn === this.#turn && !this.#isClosed, random: this.#random };
    clearTimeout(this.#resetTimer);
    this.#missed = [];
    this.set({ former: {} });
    this.#watch.catchUp();
    const wanted = this.state.channels.length;
    try {
      const [{ cursor, ...inbox }, friends, requests, notifications] = await Promise.all([
        persist(() => readInbox(api, wanted), options),
        persist(() => readFriends(api), options),
        persist(() => readRequests(api), options),
        persist(() => countNotifications(api), options),
      ]);
      if (!options.isWanted()) return;
      this.#inboxCursor = cursor;
      const missed = this.#missed;
      this.#missed = null;
      let state = { ...this.state, ready: true, friends, ...inbox, hasMoreChannels: cursor !== null, ...requests, ...notifications };
      for (const frame of missed) if (frame.type !== 'notification') state = reduce(state, frame, this.me);
      this.set(this.#withOwnMarks(state));
      if (missed.some(({ type }) => type === 'notification')) this.set(await countNotifications(api));
    } catch (error) {
      if (!options.isWanted()) return;
      this.#missed = null;
      this.#rondo.emit('error', /** @type {import('../../rondo.js').RondoError} */ (error));
    }
  }

  /** What we have read stays read; the server is told what it does not know, or has lost. @param {State} state */
  #withOwnMarks(state) {
    for (const { channel_id, read_n, unread, last_n } of state.channels) {
      const known = this.channel(channel_id)?.read_n ?? 0;
      if (unread) this.#marks.note(channel_id, { delivered: last_n });
      if (known <= read_n) continue;
      this.#marks.note(channel_id, { read: known });
      state = read(state, channel_id, known);
    }
    return state;
  }

  /** Something came in a channel that is not listed here: read the top of the inbox, and count what is unread. */
  async #recount() {
    if (this.#isRecounting) return;
    this.#isRecounting = true;
    const turn = this.#turn;
    const isWanted = () => turn === this.#turn && !this.#isClosed;
    try {
      const { channels, unreadChannels } = await persist(() => readInbox(this.#rondo.api, 0), { isWanted, random: this.#random });
      if (!isWanted()) return;
      const known = channels.map((channel) => seen(this.channel(channel.channel_id), channel));
      const others = this.state.channels.filter(({ channel_id }) => !known.some((channel) => channel.channel_id === channel_id));
      this.set({ ...withMore({ ...this.state, channels: known }, others), unreadChannels });
    } catch {
      // The next event, or the next reading of all lists, tries again.
    } finally {
      this.#isRecounting = false;
    }
  }
}
