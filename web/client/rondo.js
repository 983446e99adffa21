import { Api } from './api.js';
import { Call } from './call.js';
import { Emitter } from './emitter.js';
import { RondoError } from './errors.js';
import { throughGate } from './gate.js';
import { Outbox } from './outbox.js';
import { unreachable } from './reach.js';
import { Sending } from './sending.js';
import { Socket } from './socket.js';
import { NOBODY, invited, queued, reduce, remembered, resumed, said, welcome } from './state.js';

/** A typing notice is worth repeating this often. */
const TYPING_EVERY_MS = 2_500;

/**
 * @typedef {import('../rondo.js').State} State
 * @typedef {import('../rondo.js').Wishes} Wishes
 */

/**
 * One signed-in person: what they know (`state`), what they can do (the methods), and their call if there is one.
 * Every event of the server is emitted under its own name too, when the state holds it already.
 *
 * @extends {Emitter<import('../rondo.js').RondoEvents>}
 */
export class Rondo extends Emitter {
  /** @type {State} */ state = NOBODY;
  /** @type {Call | null} */ call = null;
  /** What the server granted of the features that were asked for. @type {string[]} */ features = [];

  #sending = new Sending((sent) => this.call?.setTracks(sent));
  /** What we last asked the queue for, as long as we would still like it. @type {Wishes | null} */ #wishes = null;
  /** @type {Outbox<{body: string}, import('../rondo.js').Message> | null} */ #outbox = null;
  /** An answer may be overtaken by the news it led to. */ #closedInvite = '';
  #typedAt = -Infinity;
  /** The newest messages that were confirmed, each by its id. */ #receipts = { delivered: '', read: '' };

  /**
   * @param {object} options
   * @param {string} options.token
   * @param {string} [options.base] address of the server; this page's own by default
   * @param {string[]} [options.features] `friends` and `channels`: what people.js needs
   * @param {() => number} [options.random]
   * @param {typeof globalThis.WebSocket} [options.WebSocket] where the platform has none, or another one is wanted
   * @param {typeof globalThis.fetch} [options.fetch]
   */
  constructor({ token, base, features, random, WebSocket, fetch }) {
    super();
    if (!token) throw new RondoError('invalid', 'token: what `Rondo.signUp` returned', { field: 'token' });
    this.api = new Api(base, token, fetch);
    this.socket = new Socket({ url: `${this.api.base.replace(/^http/, 'ws')}/v1/ws`, token, features, random, WebSocket });
    this.socket.on('unreachable', () => void this.#explain());
    this.socket.on('status', () => this.#onStatus());
    this.socket.on('welcome', (frame) => this.#onWelcome(frame));
    this.socket.on('event', (frame) => this.#onEvent(frame));
  }

  /**
   * Make a guest; where many have signed up from the same network, do the proof of work that is asked for.
   * @param {import('../rondo.js').SignUp} person
   * @param {string} [base]
   * @param {import('../rondo.js').GateOptions} [options]
   */
  static async signUp(person, base, options = {}) {
    const api = new Api(base, null, options.fetch);
    return throughGate((gate) => api.signUp(gate ? { ...person, gate } : person), options);
  }

  /** Go online; again after `disconnect` as well. */
  connect() {
    this.socket.open();
  }

  /** Leave without ending anything on the server: a room goes into grace. */
  disconnect() {
    this.#wishes = null;
    this.socket.close();
  }

  /** Milliseconds until an instant of the server. @param {number | null | undefined} at */
  left(at) {
    return this.socket.clock.left(at);
  }

  /** The time on the server. */
  now() {
    return this.socket.clock.now();
  }

  // ---- waiting and meeting ----

  /** Enter the queue, or change what we wish for while in it. @param {Wishes} wishes */
  async join(wishes) {
    this.#wishes = wishes;
    const { queue } = await this.socket.request('queue.join', { ...wishes }, { retry: true });
    this.#set(queued(this.state, queue));
  }

  async leaveQueue() {
    this.#wishes = null;
    await this.socket.request('queue.leave', {}, { retry: true });
    if (this.state.phase === 'queued') this.#set({ ...this.state, phase: 'idle', queue: null });
  }

  /**
   * Who is waiting.
   * @param {{mode?: import('../rondo.js').Mode, limit?: number, include_seen?: boolean}} [options]
   * @returns {Promise<import('../rondo.js').Waiting[]>}
   */
  async discover(options = {}) {
    return (await this.socket.request('discover', options)).people;
  }

  /**
   * Ask someone who waits, or call a friend.
   * @param {string} userId
   * @param {{mode: import('../rondo.js').Mode, kind?: 'direct' | 'friend', duration_s?: number}} options
   */
  async invite(userId, options) {
    const { invite } = await this.socket.request('invite.send', { user_id: userId, ...options });
    if (invite && invite.invite_id !== this.#closedInvite) this.#set(invited(this.state, invite));
  }

  /** @param {number} [durationS] */
  async accept(durationS) {
    const { invite } = this.state;
    if (!invite || invite.accepted) return;
    this.#set({ ...this.state, invite: { ...invite, accepted: true } });
    const fields = { invite_id: invite.invite_id, ...(durationS && { duration_s: durationS }) };
    try {
      await this.socket.request('invite.accept', fields, { retry: true, timeoutMs: 30_000 });
    } catch (error) {
      this.#forget(invite.invite_id, error);
    }
  }

  decline() {
    return this.#answer('invite.decline');
  }

  cancel() {
    return this.#answer('invite.cancel');
  }

  /** @param {'invite.decline' | 'invite.cancel'} type */
  async #answer(type) {
    const invite = this.state.invite;
    if (!invite) return;
    if (invite.kind !== 'match' && invite.role === 'inviter' && !this.state.queue) this.#wishes = null;
    try {
      await this.socket.request(type, { invite_id: invite.invite_id }, { retry: true, timeoutMs: 30_000 });
    } catch (error) {
      this.#forget(invite.invite_id, error);
    }
  }

  /** @param {string} inviteId @param {unknown} error */
  #forget(inviteId, error) {
    if (!(error instanceof RondoError) || error.code !== 'invite_gone' || this.state.invite?.invite_id !== inviteId) throw error;
    this.#onEvent({ type: 'invite.closed', invite_id: inviteId, outcome: 'unavailable', by: null });
  }

  // ---- in a room ----

  hangUp() {
    return this.#leave('hangup');
  }

  /** Leave, and wait for the next person with the same wishes. */
  next() {
    return this.#leave('next');
  }

  /** @param {'hangup' | 'next' | 'connect_failed'} reason */
  async #leave(reason) {
    const room = this.state.room;
    if (!room) return;
    if (reason !== 'next') this.#wishes = null;
    // The decision is made: camera and call end here and now, whether or not the server can hear it yet.
    this.#set({ ...this.state, leaving: room.room_id });
    await this.socket.request('room.leave', { room_id: room.room_id, reason }, { retry: true });
  }

  /** Block a user: the two are never matched again. @param {string} userId */
  async block(userId) {
    if (this.state.room?.peer.user_id === userId) this.#wishes = null;
    await this.socket.request('block', { user_id: userId }, { retry: true });
    this.emit('parted', { user_id: userId });
  }

  /**
   * Report a user we have met; it blocks them as well, and ends a shared room.
   * @param {string} userId
   * @param {{category: string, details?: string, room_id?: string, channel_id?: string, n?: number}} what
   */
  async report(userId, what) {
    if (this.state.room?.peer.user_id === userId) this.#wishes = null;
    await this.socket.request('report', { user_id: userId, ...what });
    this.emit('parted', { user_id: userId });
  }

  /** In a text room: ask for video, or agree when the other has asked. */
  async askForVideo() {
    const room = this.state.room;
    if (!room) return;
    await this.socket.request('room.upgrade', { room_id: room.room_id });
    const mine = this.state.me?.user_id ?? '';
    if (this.state.room?.mode === 'text' && !this.state.upgrade) this.#set({ ...this.state, upgrade: { by: mine, declined: false } });
  }

  async declineVideo() {
    const room = this.state.room;
    if (!room) return;
    await this.socket.request('room.upgrade_decline', { room_id: room.room_id });
    this.#set({ ...this.state, upgrade: null });
  }

  /** Send a chat message. It is in the state immediately, and sent as soon as the socket is open. @param {string} text */
  say(text) {
    const body = text.trim();
    if (!body || !this.#outbox) return;
    this.#typedAt = -Infinity;
    this.#outbox.add({ body });
  }

  /** Try again to send what was refused. @param {string} clientId */
  sayAgain(clientId) {
    this.#outbox?.change(clientId, { failed: null });
  }

  /** Tell the peer that we are typing; call it on every key. */
  typing() {
    const now = performance.now();
    if (!this.state.room || now - this.#typedAt < TYPING_EVERY_MS) return;
    this.#typedAt = now;
    this.socket.tell('chat.typing', { room_id: this.state.room.room_id });
  }

  /**
   * Confirm the messages of the peer up to one of them.
   * @param {boolean} read whether it was really before someone's eyes
   * @param {string} [messageId] the newest by default
   */
  receipt(read, messageId) {
    const { room, me } = this.state;
    const messages = room?.messages ?? [];
    const place = (/** @type {string} */ id) => messages.findIndex((message) => message.message_id === id);
    const last = messages.findLast(({ from, message_id }) => from !== me?.user_id && (messageId === undefined || message_id === messageId));
    if (!room || !last || last.read_at) return;
    const status = read ? 'read' : 'delivered';
    const told = Math.max(place(this.#receipts.read), read ? -1 : place(this.#receipts.delivered));
    if (place(last.message_id) <= told) return;
    this.#receipts[status] = last.message_id;
    this.socket.request('chat.receipt', { room_id: room.room_id, message_id: last.message_id, status }, { retry: true }).catch(() => {});
  }

  /** Fetch what was said before the oldest message that is here; true when there was something. */
  async older() {
    const room = this.state.room;
    if (!room) return false;
    const before = room.messages[0]?.message_id;
    const { messages } = await this.socket.request('chat.history', { room_id: room.room_id, ...(before && { before }) });
    this.#set(remembered(this.state, room.room_id, messages));
    return messages.length > 0;
  }

  /**
   * The tracks of our camera and microphone; null for none. The peer hears when one is muted (`track.enabled = false`).
   * @param {import('../rondo.js').Tracks} tracks
   */
  setTracks(tracks) {
    this.#sending.setTracks(tracks);
  }

  /** Send a screen instead of the camera, until it ends; null: the camera again. @param {MediaStreamTrack | null} track */
  setScreen(track) {
    this.#sending.setScreen(track);
  }

  /**
   * Send the output of *effect* on the camera, such as a blurred background; null: the unchanged camera.
   * @param {import('../rondo.js').VideoEffect | null} effect
   */
  setVideoEffect(effect) {
    return this.#sending.setEffect(effect);
  }

  /** Change name, gender or interests; users who are matched with us from now on see the new values. @param {import('../rondo.js').Http.UpdateProfileRequest} changes */
  async revise(changes) {
    const me = await this.api.update(changes);
    this.#set({ ...this.state, me: { ...this.state.me, ...me } });
    return me;
  }

  /** Put the "how it ended" or "what happened" of before out of sight. */
  dismiss() {
    this.#set({ ...this.state, ended: null, notice: null });
  }

  // ---- what the server says ----

  #onStatus() {
    const { status, why } = this.socket;
    this.#set({ ...this.state, link: status, why });
    const { room } = this.state;
    this.call?.reach(status === 'online', (status === 'online' && room) || undefined);
    // The server may have lost that we were ready before it was killed.
    if (status === 'online' && this.call?.flowing && room && !room.live_at) this.#ready(room.room_id);
  }

  /** The first attempt failed: emit the reason, as far as it is known. It is retried automatically. */
  async #explain() {
    const error = await unreachable(this.api.base, this.api.fetch);
    if (this.has('error')) this.emit('error', error);
    else console.warn(`rondo: ${error.message}`);
  }

  /** @param {any} frame */
  #onWelcome(frame) {
    this.features = frame.features ?? [];
    if (frame.resumed) {
      // What we missed follows as events; only the torch may have been moved by the pause, and credentials grow old.
      const { room } = this.state;
      this.#set({ ...this.state, me: frame.user, room: resumed(room, frame.state.room) });
    } else {
      this.#receipts = { delivered: '', read: '' };
      this.#set(welcome(this.state, frame), true);
      if (this.#wishes && this.state.phase === 'idle' && !this.state.ended) this.join(this.#wishes).catch(() => {});
    }
  }

  /** @param {any} frame */
  #onEvent(frame) {
    if (frame.type === 'signal') {
      if (this.call && frame.room_id === this.call.roomId) this.call.receive(frame);
    } else {
      if (frame.type === 'invite.closed') this.#closedInvite = frame.invite_id;
      const wasQueued = this.state.phase === 'queued';
      this.#set(reduce(this.state, frame, this.now()));
      if (frame.type === 'queue.update' && !frame.queued) this.#lostPlace(frame.reason, wasQueued);
    }
    this.emit('event', frame);
    this.emit(frame.type, frame);
  }

  /**
   * The place in the queue expired while we were disconnected: join again.
   * @param {string} reason
   * @param {boolean} wasQueued
   */
  #lostPlace(reason, wasQueued) {
    if (reason === 'expired_hold' && wasQueued && this.#wishes) this.join(this.#wishes).catch(() => {});
    else this.#wishes = null;
  }

  /**
   * The one place where the state changes, and where call and outbox follow it.
   * @param {State} state
   * @param {boolean} [returned] the state was told by a `welcome`: the page may be new, the call may be old
   */
  #set(state, returned = false) {
    const before = this.state;
    if (state === before) return;
    const moved = before.room?.room_id !== state.room?.room_id;
    this.state = moved ? { ...state, unsent: [] } : state;
    this.socket.setUrgent(Boolean(state.room || state.invite));
    this.#hangOn(state.link === 'stopped' ? null : state.room, returned);
    if (moved) this.#openOutbox(state.room);
    this.emit('state', this.state, before);
  }

  /**
   * Keep the call of this room, begin it, or end the one of another room.
   * @param {import('../rondo.js').Room | null} room
   * @param {boolean} returned
   */
  #hangOn(room, returned) {
    const wanted = room?.mode === 'video' && this.state.leaving !== room.room_id ? room : null;
    if (this.call && this.call.roomId !== wanted?.room_id) {
      this.call.close();
      this.call = null;
      this.emit('call', null);
    }
    if (!wanted || this.call) return;
    const signal = (/** @type {object} */ payload, /** @type {{signal: AbortSignal}} */ { signal }) =>
      this.socket.request('signal', { room_id: wanted.room_id, ...payload }, { retry: true, signal });
    const initiate = returned || wanted.role === 'offerer';
    const call = new Call({ room: wanted, initiate, tracks: this.#sending.sent, signal, renew: () => this.api.ice() });
    call.on('flowing', () => this.#ready(wanted.room_id));
    this.call = call;
    this.emit('call', call);
  }

  /** @param {string} roomId */
  #ready(roomId) {
    this.socket.request('room.ready', { room_id: roomId }, { retry: true }).catch(() => {});
  }

  /** @param {import('../rondo.js').Room | null} room */
  #openOutbox(room) {
    this.#outbox?.close();
    this.#outbox = null;
    if (!room) return;
    const { room_id } = room;
    /** @type {Outbox<{body: string}, import('../rondo.js').Message>} */
    const outbox = new Outbox({
      send: ({ client_id, body }) => this.socket.request('chat.send', { room_id, client_id, body }, { retry: true }),
      onSaid: (message) => this.#set({ ...said(this.state, message), unsent: outbox.lines }),
      onChange: () => this.#outbox === outbox && this.#set({ ...this.state, unsent: outbox.lines }),
    });
    this.#outbox = outbox;
  }
}
