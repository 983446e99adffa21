import { Emitter } from '../../rondo.js';
import { nameOf, typeOf } from './files.js';
import { changed, seen } from './rules.js';
import { MessageWindow } from './window.js';

const TYPING_MS = 6_000;
const MESSAGES = 'GET /v1/channels/{channel_id}/messages';
const MESSAGE = '/v1/channels/{channel_id}/messages/{n}';
const MEMBER = '/v1/channels/{channel_id}/members/{user_id}';

/**
 * @typedef {import('../../people.js').ConversationState} State
 * @typedef {import('../../people.js').Channel} Channel
 */

/**
 * A channel that is looked at: its messages in order, complete between the first and the last, and what can be done in it.
 * @extends {Emitter<{state: [State, State]}>}
 */
export class Conversation extends Emitter {
  /** @type {State} */
  state = Object.freeze({
    channel: null,
    messages: [],
    unsent: [],
    hasBefore: false,
    hasAfter: false,
    loading: true,
    error: null,
    marks: {},
    typing: [],
  });

  #port;
  #window;
  #isClosed = false;
  #typedAt = -Infinity;
  #readN = 0;
  /** When each member joined. @type {Map<string, number>} */ #joined = new Map();
  /** Who types, and what ends it. @type {Map<string, number>} */ #typing = new Map();

  /**
   * @param {string} channelId
   * @param {import('./people.js').ConversationPort} port what it needs of `People`
   */
  constructor(channelId, port) {
    super();
    this.channelId = channelId;
    this.#port = port;
    this.state = { ...this.state, unsent: port.unsent(), channel: port.channel() };
    this.#window = new MessageWindow({
      read: (query) => /** @type {Promise<any>} */ (port.api.request(MESSAGES, { params: { channel_id: channelId }, query })),
      persist: (attempt) => this.#persist(attempt),
      onChange: () => this.#set(this.#window.held),
      onFault: (error) => this.#fail(error),
    });
    void this.#guarded(() => this.#load());
    if (!this.state.channel) void this.#guarded(() => this.#loadChannel());
  }

  /** Stop following the channel; call it once for each `open`. */
  close() {
    this.#port.close();
  }

  // ---- writing ----

  /**
   * Send a message: it is in `unsent` immediately, and sent again until the server has stored or refused it.
   * @param {string} text
   * @param {{reply_to?: number, files?: Blob[]}} [options]
   * @returns {string | null} its `client_id`; null: there is nothing in it
   */
  send(text, { reply_to, files = [] } = {}) {
    const body = text.trim();
    if (!body && !files.length) return null;
    this.#typedAt = -Infinity;
    const waiting = files.map((blob) => ({ name: nameOf(blob), media_type: typeOf(blob), bytes: blob.size, blob, progress: 0, attachment_id: null }));
    return this.#port.send({ body, reply_to: reply_to ?? null, files: waiting });
  }

  /** Try again to send what failed. @param {string} clientId */
  sendAgain(clientId) {
    this.#port.sendAgain(clientId);
  }

  /** Give up what is not sent yet. @param {string} clientId */
  discard(clientId) {
    this.#port.discard(clientId);
  }

  /** @param {number} n of an own message that is younger than `limits.edit_s` @param {string} body */
  async edit(n, body) {
    const { message } = await this.#port.api.request(`PATCH ${MESSAGE}`, { params: this.#message(n), body: { body } });
    this.#port.take({ type: 'channel.message_changed', message });
  }

  /** Delete an own message; in a group its owner deletes any. @param {number} n */
  async remove(n) {
    await this.#port.api.request(`DELETE ${MESSAGE}`, { params: this.#message(n) });
  }

  /** Add an emoji, or take it back. @param {number} n @param {string} emoji @param {boolean} [on] */
  async react(n, emoji, on = true) {
    await this.#port.api.request(`${on ? 'PUT' : 'DELETE'} ${MESSAGE}/reactions/{emoji}`, { params: { ...this.#message(n), emoji } });
  }

  /** Tell the others that something is typed; call it on every key. */
  keyPressed() {
    const now = performance.now();
    if (now - this.#typedAt < this.#port.limits().typing_every_s * 1_000) return;
    this.#typedAt = now;
    this.#port.tellTyping();
  }

  /** Everything up to a message was seen. @param {number} [n] the last one by default */
  read(n = this.state.messages.at(-1)?.n ?? 0) {
    if (n <= Math.max(this.#readN, this.state.channel?.read_n ?? 0)) return;
    this.#readN = n;
    this.#port.markRead(n);
  }

  /** Other members than its sender that have seen a message, as far as they tell. @param {number} n */
  seenBy(n) {
    return this.#reached(n, 'read');
  }

  /** @param {number} n */
  deliveredTo(n) {
    return this.#reached(n, 'delivered');
  }

  /** Members other than its sender that a message is for: who joined later has marks beyond it and cannot read it. @param {number} n */
  recipients(n) {
    const message = this.state.messages.find((other) => other.n === n);
    const [from, at] = message && !message.hidden ? [message.from, message.sent_at] : [null, Infinity];
    const ids = this.state.channel?.members.map(({ user_id }) => user_id) ?? [];
    return ids.filter((id) => id !== this.#port.me() && id !== from && (this.#joined.get(id) ?? 0) <= at);
  }

  /** @param {number} n @param {'read' | 'delivered'} kind */
  #reached(n, kind) {
    return this.recipients(n).filter((id) => (this.state.marks[id]?.[kind] ?? -1) >= n);
  }

  // ---- reading ----

  /** Fetch what was said before; true when there was something. */
  older() {
    return this.#window.older();
  }

  /** After `around`: fetch what was said after; true when there was something. */
  newer() {
    return this.#window.newer();
  }

  /** Look at the messages around one of them. @param {number} n */
  around(n) {
    return this.#window.around(n);
  }

  /** Look at the end again. */
  async latest() {
    if (this.state.hasAfter) await this.#window.load();
  }

  // ---- groups ----

  /** @param {string} name */
  async rename(name) {
    await this.#revise({ name });
  }

  /** What one is notified of; unread counts go on. @param {'all' | 'mentions' | 'none'} notify */
  async setNotify(notify) {
    await this.#revise({ notify });
  }

  /** @param {import('../../rondo.js').Http.ChannelRevision} body */
  async #revise(body) {
    const { channel } = await this.#port.api.request('PATCH /v1/channels/{channel_id}', { params: { channel_id: this.channelId }, body });
    this.#port.take({ type: 'channel.changed', channel });
  }

  /** @param {string} user_id of a friend */
  async addMember(user_id) {
    await this.#port.api.request(`PUT ${MEMBER}`, { params: { channel_id: this.channelId, user_id } });
  }

  /** @param {string} user_id */
  async removeMember(user_id) {
    await this.#port.api.request(`DELETE ${MEMBER}`, { params: { channel_id: this.channelId, user_id } });
  }

  leave() {
    return this.removeMember(this.#port.me());
  }

  members() {
    return this.#port.readMembers();
  }

  // ---- what `People` tells ----

  /** An event of this channel. @param {any} frame */
  receive(frame) {
    const { channel } = this.state;
    const next = this.#port.channel() ?? (frame.channel ? seen(channel, frame.channel) : channel && changed(channel, frame, this.#port.me()));
    switch (frame.type) {
      case 'channel.typing':
        return this.#onTyping(frame.from);
      case 'channel.marked':
        return this.#set({ channel: next, marks: raised(this.state.marks, frame) });
      case 'channel.gone':
        return this.#set({ error: 'not_found' });
      case 'channel.message':
      case 'channel.message_changed':
        if (frame.type === 'channel.message' && frame.message.from) this.#stopTyping(frame.message.from);
        this.#window.take(frame.message);
        return this.#set({ channel: next });
      default:
        this.#set({ channel: next });
        // A member again, or others have come or left.
        this.catchUp();
    }
  }

  /** The list of channels, or what waits to be sent, has changed. */
  refresh() {
    const channel = this.#port.channel() ?? this.state.channel;
    if (channel !== this.state.channel || this.#unsent() !== this.state.unsent) this.#set({ channel });
  }

  /** Events may have been missed: read what has changed. */
  catchUp() {
    void this.#guarded(async () => {
      if (!this.#port.channel()) await this.#loadChannel();
      await this.#window.catchUp();
      this.#set({ error: null });
      await this.#loadMarks();
    });
  }

  /** A user was blocked: their messages in a group are hidden now. */
  reread() {
    if (this.state.channel?.kind === 'group') void this.#guarded(() => this.#window.load());
  }

  /** `People` is closed, or the last that had opened this has closed it. */
  end() {
    this.#isClosed = true;
    this.#window.end();
    for (const timer of this.#typing.values()) clearTimeout(timer);
  }

  // ---- within ----

  async #load() {
    await this.#window.load();
    await this.#loadMarks();
  }

  async #loadMarks() {
    const members = await this.#persist(this.#port.readMembers);
    this.#joined = new Map(members.map(({ user_id, joined_at }) => [user_id, joined_at]));
    const shown = members.filter(({ read_n }) => read_n !== null);
    this.#set({ marks: Object.fromEntries(shown.map(({ user_id, read_n, delivered_n }) => [user_id, { read: /** @type {number} */ (read_n), delivered: /** @type {number} */ (delivered_n) }])) });
  }

  async #loadChannel() {
    const params = { channel_id: this.channelId };
    const { channel } = await this.#persist(() => this.#port.api.request('GET /v1/channels/{channel_id}', { params }));
    this.#set({ channel: this.#port.channel() ?? seen(this.state.channel, /** @type {Channel} */ (channel)) });
  }

  /** @template Answer @param {() => Promise<Answer>} attempt */
  #persist(attempt) {
    return this.#port.persist(attempt, () => !this.#isClosed);
  }

  /** Run *work* in the background; a permanent error is in the state. @param {() => Promise<void>} work */
  async #guarded(work) {
    try {
      await work();
    } catch (error) {
      this.#fail(error);
    }
  }

  /** @param {unknown} error */
  #fail(error) {
    this.#set({ error: /** @type {import('../../rondo.js').RondoError} */ (error).code ?? 'internal' });
  }

  /** @param {string} user */
  #onTyping(user) {
    clearTimeout(this.#typing.get(user));
    this.#typing.set(user, setTimeout(() => this.#stopTyping(user), TYPING_MS));
    this.#set({ typing: [...this.#typing.keys()] });
  }

  /** @param {string} user */
  #stopTyping(user) {
    clearTimeout(this.#typing.get(user));
    if (this.#typing.delete(user)) this.#set({ typing: [...this.#typing.keys()] });
  }

  /** @param {number} n */
  #message(n) {
    return { channel_id: this.channelId, n };
  }

  /** The one place where the state changes. @param {Partial<State>} changes */
  #set(changes) {
    if (this.#isClosed) return;
    const before = this.state;
    const unsent = this.#unsent();
    const me = this.#port.me();
    // What was sent although its answer never came.
    const isSent = (/** @type {{client_id: string}} */ { client_id }) =>
      changes.messages?.some((message) => !message.hidden && message.client_id === client_id && message.from === me);
    const sent = unsent.filter(isSent);
    this.state = { ...before, ...changes, unsent: sent.length ? unsent.filter((line) => !sent.includes(line)) : unsent };
    this.emit('state', this.state, before);
    for (const { client_id } of sent) this.#port.discard(client_id);
  }

  /** The unsent messages; the same array while nothing changed. */
  #unsent() {
    const { unsent } = this.state;
    const now = this.#port.unsent();
    return now.length === unsent.length && now.every((line, i) => line === unsent[i]) ? unsent : now;
  }
}

/**
 * @param {State['marks']} marks
 * @param {{user_id: string, read?: number, delivered?: number}} event
 */
function raised(marks, { user_id, read = 0, delivered = 0 }) {
  const known = marks[user_id] ?? { read: 0, delivered: 0 };
  return { ...marks, [user_id]: { read: Math.max(known.read, read), delivered: Math.max(known.delivered, delivered, read) } };
}
