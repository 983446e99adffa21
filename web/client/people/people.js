import { Emitter, RondoError } from '../../rondo.js';
import { Conversation } from './conversation.js';
import { resolve, upload } from './files.js';
import { countNotifications, readRequests } from './lists.js';
import { Marks } from './marks.js';
import { Outgoing } from './outgoing.js';
import { persist } from './retry.js';
import { channelOf, withoutFriend } from './rules.js';
import { FEATURES, PeopleStore } from './store.js';

const UPLOAD_TRIES = 3;

/**
 * @typedef {import('../../people.js').PeopleState} State
 * @typedef {import('../../people.js').Channel} Channel
 * @typedef {import('../../people.js').UnsentMessage} UnsentMessage
 * @typedef {import('./outgoing.js').Draft} Draft
 */

/**
 * @typedef {object} ConversationPort what a conversation needs of `People`
 * @property {import('../../rondo.js').Api} api
 * @property {() => string} me
 * @property {() => Channel | null} channel the channel, from the inbox
 * @property {() => UnsentMessage[]} unsent
 * @property {() => State['limits']} limits
 * @property {(draft: Draft) => string} send
 * @property {(clientId: string) => void} sendAgain
 * @property {(clientId: string) => void} discard
 * @property {(frame: object) => void} take what a reply told, as the event that the others get
 * @property {() => Promise<import('../../rondo.js').Http.Members['members']>} readMembers
 * @property {(n: number) => void} markRead
 * @property {() => void} tellTyping
 * @property {<Answer>(attempt: () => Promise<Answer>, isWanted: () => boolean) => Promise<Answer>} persist
 * @property {() => void} close
 */

/**
 * The friends, conversations and notifications of the person that a `Rondo` is; up to date while it is connected.
 * @extends {Emitter<{state: [State, State]}>}
 */
export class People extends Emitter {
  #rondo;
  #random;
  #store;
  #outgoing;
  #marks;
  /** By channel; `opens`: how often it was opened and not closed. @type {Map<string, {conversation: Conversation, opens: number}>} */
  #conversations = new Map();
  #isClosed = false;
  /** The readings of former members. @type {Promise<void>} */ #formerRead = Promise.resolve();

  /**
   * @param {import('../../rondo.js').Rondo} rondo with `features: ['friends', 'channels']`
   * @param {{random?: () => number}} [options]
   */
  constructor(rondo, { random = Math.random } = {}) {
    super();
    if (FEATURES.some((feature) => !rondo.socket.features.includes(feature))) {
      throw new RondoError('invalid', "features: new Rondo({ token, features: ['friends', 'channels'] })", { field: 'features' });
    }
    this.#rondo = rondo;
    this.#random = random;
    this.#outgoing = new Outgoing({
      socket: rondo.socket,
      upload: (blob, options) => this.upload(blob, options),
      onSent: (message) => this.#store.take({ type: 'channel.message', message }),
      onChange: () => this.#each((conversation) => conversation.refresh()),
    });
    this.#marks = new Marks((channel_id, mark) => rondo.socket.request('channel.mark', { channel_id, ...mark }, { retry: true }).catch(() => {}));
    const watch = {
      receive: (/** @type {any} */ frame) => this.#conversations.get(channelOf(frame) ?? '')?.conversation.receive(frame),
      catchUp: () => this.#each((conversation) => conversation.catchUp()),
      reread: () => this.#each((conversation) => conversation.reread()),
      changed: (/** @type {State} */ state, /** @type {State} */ before) => {
        if (state.channels !== before.channels) this.#each((conversation) => conversation.refresh());
        this.emit('state', state, before);
      },
    };
    this.#store = new PeopleStore({ rondo, random, marks: this.#marks, watch });
  }

  get state() {
    return this.#store.state;
  }

  /** Stop listening and reading. */
  close() {
    this.#isClosed = true;
    this.#store.close();
    this.#marks.flush();
    this.#outgoing.close();
    this.#each((conversation) => conversation.end());
  }

  // ---- friends ----

  /** @param {string} userId */
  friend(userId) {
    return this.state.friends.find(({ user_id }) => user_id === userId);
  }

  /**
   * Send a friend request to a user we have met; quiet: they see it only if they send one too.
   * @param {string} userId
   * @param {import('../../rondo.js').Http.FriendRequestBody} [how]
   */
  async ask(userId, how = {}) {
    const { status } = await this.#api.request('PUT /v1/friends/{user_id}', { params: { user_id: userId }, body: how });
    if (status !== 'friends') this.#store.set(await readRequests(this.#api));
    return status;
  }

  /** Decline a request; the other is not told. @param {string} user_id */
  async decline(user_id) {
    await this.#api.request('POST /v1/friends/requests/{user_id}/decline', { params: { user_id } });
    this.#store.set({ received: this.state.received.filter(({ user }) => user.user_id !== user_id) });
  }

  /** End a friendship, or withdraw our request; the other is not told. @param {string} user_id */
  async unfriend(user_id) {
    await this.#api.request('DELETE /v1/friends/{user_id}', { params: { user_id } });
    const { received } = this.state;
    this.#store.set({ ...withoutFriend(this.state, user_id), received });
  }

  /** Keep a nickname or a note, for us alone. @param {string} user_id @param {import('../../rondo.js').Http.Annotation} body */
  async annotate(user_id, body) {
    const { friend } = await this.#api.request('PATCH /v1/friends/{user_id}', { params: { user_id }, body });
    this.#store.set({ friends: this.state.friends.map((other) => (other.user_id === user_id ? { ...friend, presence: other.presence } : other)) });
    return friend;
  }

  /** Call a friend: an invite as any other, in the state of `Rondo`. @param {string} userId @param {{duration_s?: number}} [options] */
  call(userId, options = {}) {
    return this.#rondo.invite(userId, { mode: 'video', kind: 'friend', ...options });
  }

  // ---- conversations ----

  /** Follow a channel. The caller has to close it. @param {string} channelId */
  open(channelId) {
    let entry = this.#conversations.get(channelId);
    if (!entry) this.#conversations.set(channelId, (entry = { conversation: new Conversation(channelId, this.#portOf(channelId)), opens: 0 }));
    entry.opens++;
    return entry.conversation;
  }

  /** The conversation with a friend. @param {string} user_id */
  async openDm(user_id) {
    try {
      const { channel } = await this.#api.request('PUT /v1/dms/{user_id}', { params: { user_id } });
      return this.#opened(channel);
    } catch (error) {
      // The end of a friendship without a conversation is not told.
      if (/** @type {RondoError} */ (error).code === 'not_found') this.#store.set({ friends: this.state.friends.filter((friend) => friend.user_id !== user_id) });
      throw error;
    }
  }

  /** A group with friends; it is ours. @param {string} name @param {string[]} user_ids */
  async createGroup(name, user_ids) {
    const { channel } = await this.#api.request('POST /v1/channels', { body: { name, user_ids } });
    return this.#opened(channel);
  }

  /** @param {import('../../rondo.js').Http.ChannelObject} channel */
  #opened(channel) {
    this.#store.take({ type: 'channel.changed', channel });
    return this.open(channel.channel_id);
  }

  /** Channels further down in the inbox; true when there were some. */
  moreChannels() {
    return this.#store.moreChannels();
  }

  /** Read the former members of a group into `state.former`, unless they are there; one group after the other. @param {string} channelId */
  readFormer(channelId) {
    return (this.#formerRead = this.#formerRead.then(async () => {
      if (this.state.former[channelId]) return;
      await persist(() => this.#readMembers(channelId), { isWanted: () => !this.#isClosed, random: this.#random }).catch(() => {});
    }));
  }

  /**
   * Messages with these words, newest first.
   * @param {string} q
   * @param {{channel_id?: string, cursor?: string, limit?: number}} [where]
   */
  search(q, where) {
    return this.#api.request('GET /v1/search', { query: { q, ...where } });
  }

  // ---- files ----

  /** @param {Blob} blob @param {import('../../people.js').UploadOptions} options */
  upload(blob, options) {
    const isWanted = () => !this.#isClosed && !options.signal?.aborted;
    return persist(() => upload(this.#api, blob, options), { isWanted, random: this.#random, tries: UPLOAD_TRIES });
  }

  /** The picture that friends see; null: none. @param {Blob | null} blob @param {{onProgress?: (done: number) => void}} [options] */
  async setAvatar(blob, options) {
    const avatar = blob && (await this.upload(blob, { purpose: 'avatar', ...options }));
    return this.#rondo.revise({ avatar_id: avatar?.attachment_id ?? null });
  }

  /** Where a file is for the next minutes. @param {string} attachment_id */
  async fileUrl(attachment_id) {
    const { url } = await this.#api.request('GET /v1/attachments/{attachment_id}', { params: { attachment_id } });
    return this.resolve(url);
  }

  /** The address of an avatar or attachment, absolute. @param {string} url */
  resolve(url) {
    return resolve(this.#api, url);
  }

  // ---- notifications ----

  /** What we were told, newest first. @param {string} [cursor] */
  notifications(cursor) {
    return this.#api.notifications(cursor);
  }

  /** Everything up to one of them was seen. @param {string} up_to */
  async readNotifications(up_to) {
    await this.#api.request('POST /v1/notifications/read', { body: { up_to } });
    this.#store.set(await countNotifications(this.#api));
  }

  /** By kind: whether we are told of it, and by e-mail. */
  async notificationSettings() {
    return (await this.#api.request('GET /v1/notification-settings')).kinds;
  }

  /** @param {import('../../rondo.js').Http.Choices['kinds']} kinds those that are to change */
  async setNotificationSettings(kinds) {
    return (await this.#api.request('PUT /v1/notification-settings', { body: { kinds } })).kinds;
  }

  // ---- within ----

  get #api() {
    return this.#rondo.api;
  }

  /** @param {string} channelId @returns {ConversationPort} */
  #portOf(channelId) {
    return {
      api: this.#api,
      me: () => this.#store.me,
      channel: () => this.#store.channel(channelId),
      unsent: () => this.#outgoing.linesOf(channelId),
      limits: () => this.state.limits,
      send: (draft) => this.#outgoing.send({ ...draft, channel_id: channelId, sent_at: this.#rondo.now() }),
      sendAgain: (clientId) => this.#outgoing.sendAgain(clientId),
      discard: (clientId) => this.#outgoing.discard(clientId),
      take: (frame) => this.#store.take(frame),
      readMembers: () => this.#readMembers(channelId),
      markRead: (n) => this.#store.read(channelId, n),
      tellTyping: () => this.#rondo.socket.tell('channel.typing', { channel_id: channelId }),
      persist: (attempt, isWanted) => persist(attempt, { isWanted, random: this.#random }),
      close: () => this.#close(channelId),
    };
  }

  /** Read the members of a channel, and its former ones into the state. @param {string} channelId */
  async #readMembers(channelId) {
    const { members, former } = await this.#api.request('GET /v1/channels/{channel_id}/members', { params: { channel_id: channelId } });
    this.#store.set({ former: { ...this.state.former, [channelId]: former } });
    return members;
  }

  /** @param {string} channelId */
  #close(channelId) {
    const entry = this.#conversations.get(channelId);
    if (!entry || --entry.opens) return;
    this.#conversations.delete(channelId);
    entry.conversation.end();
  }

  /** @param {(conversation: Conversation) => void} act */
  #each(act) {
    for (const { conversation } of [...this.#conversations.values()]) act(conversation);
  }
}
