/**
 * What this person knows, as pure functions of (state, frame, now). No socket, no clock, no page.
 * @typedef {import('../rondo.js').State} State
 * @typedef {import('../rondo.js').Room} Room
 */

/** How long a typing notice is believed. */
export const TYPING_MS = 4_000;

/** @type {State} */
export const NOBODY = Object.freeze({
  link: 'idle',
  why: null,
  me: null,
  phase: 'idle',
  queue: null,
  invite: null,
  room: null,
  upgrade: null,
  typingUntil: 0,
  leaving: null,
  ended: null,
  notice: null,
  unsent: [],
});

/**
 * Take the truth of a `welcome`. A room or invite that is not in it is over, and how it ended is not known.
 * @param {State} state
 * @param {any} frame
 * @returns {State}
 */
export function welcome(state, { user, state: truth }) {
  const lost = state.room && state.room.room_id !== truth.room?.room_id ? state.room : null;
  const ended = lost ? finish(state, lost, { reason: 'gone', by: null, live_s: null, cooldown_until_at: null }) : state.ended;
  const invite = !truth.invite && state.invite && !truth.room ? notice('gone', state.invite.peer) : state.notice;
  return {
    ...state,
    me: user,
    phase: truth.phase,
    queue: truth.queue,
    invite: truth.invite,
    room: truth.room && merge(state.room, truth.room),
    upgrade: truth.room?.room_id === state.room?.room_id ? state.upgrade : null,
    typingUntil: 0,
    leaving: truth.room && truth.room.room_id === state.leaving ? state.leaving : null,
    ended: truth.room ? null : ended,
    notice: truth.room ? null : invite,
  };
}

/**
 * Take from the truth of a resumed session what no event will tell.
 * @param {Room | null} room
 * @param {Room | null} truth
 */
export function resumed(room, truth) {
  if (!room || !truth || room.room_id !== truth.room_id) return room;
  const { torch, ice_servers, ice_transport_policy } = truth;
  const whole_ms = Math.max(room.torch?.whole_ms ?? 0, torch?.ends_in_ms ?? 0);
  return { ...room, ice_servers, ice_transport_policy, torch: torch ? { ...torch, whole_ms } : room.torch };
}

/**
 * Fold one event of the server into the state. What is about another room than ours changes nothing.
 * @param {State} state
 * @param {any} frame
 * @param {number} now server time, Unix milliseconds
 * @returns {State}
 */
export function reduce(state, frame, now) {
  const rule = RULES[frame.type];
  if (!rule) return state;
  const room = frame.room_id ?? frame.message?.room_id;
  if (room !== undefined && room !== state.room?.room_id) return state;
  return rule(state, frame, now);
}

/** @type {Record<string, (state: State, frame: any, now: number) => State>} */
const RULES = {
  'queue.update': (state, { queued, reason, queue }, now) => ({
    ...state,
    phase: queued ? 'queued' : state.room ? 'in_room' : 'idle',
    queue: queued ? (queue ?? state.queue ?? { mode: state.ended?.mode ?? 'video', joined_at: now }) : null,
    ended: queued ? null : state.ended,
    notice: queued || reason === 'left' ? state.notice : notice(reason),
  }),

  'invite.received': (state, { invite }) => ({ ...state, phase: 'invited', invite, ended: null, notice: null }),

  'invite.accepted': (state, { invite_id }) => {
    const { invite } = state;
    return invite && invite.invite_id === invite_id ? { ...state, invite: { ...invite, peer_accepted: true } } : state;
  },

  'invite.closed': (state, { invite_id, outcome, by }) => {
    const { invite } = state;
    if (!invite || invite.invite_id !== invite_id) return state;
    const mine = by !== null && by === state.me?.user_id;
    return {
      ...state,
      // Where we stand now is said by the frame that follows; until then, back where we came from.
      phase: state.queue ? 'queued' : 'idle',
      invite: null,
      notice: outcome === 'accepted' || mine ? null : notice(outcome === 'expired' && waitedForMe(invite) ? 'missed' : outcome, invite.peer),
    };
  },

  'room.started': (state, { room }) => enter(state, room),
  'room.mode_changed': (state, { room }) => enter(state, room),

  'room.live': (state, { live_at, ends_at }) => inRoom(state, { status: 'live', live_at, ends_at }),

  'room.peer_away': (state, { ends_at, ends_in_ms }, now) => {
    const torch = state.room?.torch;
    return inRoom({ ...state, typingUntil: 0 }, {
      status: 'grace',
      peer_connected: false,
      grace: { ends_at, ends_in_ms },
      // The torch does not burn while someone is away.
      torch: torch && { ...torch, paused_ms: torch.paused_ms ?? Math.max(0, torch.ends_at - now) },
    });
  },

  'room.peer_back': (state, _, now) => {
    const torch = state.room?.torch;
    return inRoom(state, {
      status: state.room?.live_at || state.room?.mode === 'text' ? 'live' : 'connecting',
      peer_connected: true,
      grace: null,
      torch: torch?.paused_ms === undefined ? torch : { ...torch, ends_at: now + torch.paused_ms, paused_ms: undefined },
    });
  },

  'room.ended': (state, frame) => {
    const room = /** @type {Room} */ (state.room);
    return {
      ...state,
      phase: state.phase === 'in_room' ? 'idle' : state.phase,
      room: null,
      upgrade: null,
      leaving: null,
      typingUntil: 0,
      unsent: [],
      ended: finish(state, room, frame),
    };
  },

  'room.upgrade_requested': (state, { by }) => ({ ...state, upgrade: { by, declined: false } }),
  'room.upgrade_declined': (state, { by }) => ({ ...state, upgrade: { by, declined: true } }),

  'chat.message': (state, { message }) => said({ ...state, typingUntil: 0 }, message),
  'chat.typing': (state, _, now) => ({ ...state, typingUntil: now + TYPING_MS }),

  'chat.receipt': (state, { message_id, status, by, at }) => {
    const messages = state.room?.messages ?? [];
    const last = messages.findIndex((message) => message.message_id === message_id);
    return inRoom(state, {
      messages: messages.map((message, i) => {
        if (i > last || message.from === by) return message;
        const delivered_at = message.delivered_at ?? at;
        return { ...message, delivered_at, read_at: status === 'read' ? (message.read_at ?? at) : message.read_at };
      }),
    });
  },

  'torch.warning': (state, { idle, ends_at, ends_in_ms }) => {
    const before = state.room?.torch;
    const whole_ms = Math.max(before?.whole_ms ?? 0, ends_in_ms);
    return inRoom(state, { torch: { idle, ends_at, ends_in_ms, whole_ms } });
  },
  'torch.cleared': (state) => inRoom(state, { torch: null }),
};

/**
 * We wait: the answer to `queue.join`, which may come later than what it led to.
 * @param {State} state
 * @param {import('../rondo.js').Queue} queue
 * @returns {State}
 */
export function queued(state, queue) {
  if (state.phase === 'in_room') return state;
  return { ...state, phase: state.phase === 'invited' ? 'invited' : 'queued', queue, ended: null, notice: null };
}

/**
 * We asked someone and wait for the answer.
 * @param {State} state
 * @param {import('../rondo.js').Invite} invite
 * @returns {State}
 */
export function invited(state, invite) {
  return state.phase === 'in_room' ? state : { ...state, phase: 'invited', invite, ended: null, notice: null };
}

/**
 * A message that is durable, ours or theirs; saying it twice adds nothing.
 * @param {State} state
 * @param {import('../rondo.js').Message} message
 * @returns {State}
 */
export function said(state, message) {
  if (state.room?.room_id !== message.room_id) return state;
  const messages = state.room.messages;
  const known = messages.some((other) => other.message_id === message.message_id);
  return inRoom(state, { messages: known ? messages : [...messages, message] });
}

/**
 * Put older messages in front of those that are here.
 * @param {State} state
 * @param {string} roomId
 * @param {import('../rondo.js').Message[]} older
 * @returns {State}
 */
export function remembered(state, roomId, older) {
  if (state.room?.room_id !== roomId) return state;
  const known = new Set(state.room.messages.map((message) => message.message_id));
  return inRoom(state, { messages: [...older.filter((message) => !known.has(message.message_id)), ...state.room.messages] });
}

/**
 * @param {State} state
 * @param {Room} room
 * @returns {State}
 */
function enter(state, room) {
  return {
    ...state,
    phase: 'in_room',
    queue: null,
    invite: null,
    room: merge(state.room, room),
    upgrade: null,
    typingUntil: 0,
    ended: null,
    notice: null,
  };
}

/**
 * The room as the server tells it now; of what we knew, only the older messages are worth keeping.
 * @param {Room | null} known
 * @param {Room} told
 * @returns {Room}
 */
function merge(known, told) {
  const torch = told.torch && { ...told.torch, whole_ms: Math.max(known?.torch?.whole_ms ?? 60_000, told.torch.ends_in_ms) };
  if (torch && told.status === 'grace') torch.paused_ms = torch.ends_in_ms;
  const messages = told.messages ?? [];
  if (known?.room_id !== told.room_id) return { ...told, torch, messages };
  const fresh = new Set(messages.map((message) => message.message_id));
  return { ...told, torch, messages: [...known.messages.filter((message) => !fresh.has(message.message_id)), ...messages] };
}

/**
 * @param {State} state
 * @param {Partial<Room>} changes
 * @returns {State}
 */
function inRoom(state, changes) {
  return state.room ? { ...state, room: { ...state.room, ...changes } } : state;
}

/** Whether the invite ran out because we did not answer. @param {import('../rondo.js').Invite} invite */
function waitedForMe({ role, accepted }) {
  return role !== 'inviter' && !accepted;
}

/**
 * @param {State} state
 * @param {Room} room
 * @param {any} frame
 * @returns {import('../rondo.js').Ended}
 */
function finish(state, room, { reason, by, live_s, cooldown_until_at }) {
  return { room_id: room.room_id, peer: room.peer, mode: room.mode, reason, mine: by !== null && by === state.me?.user_id, live_s, cooldown_until_at };
}

/**
 * @param {string} kind
 * @param {import('../rondo.js').Profile | null} [peer]
 * @returns {import('../rondo.js').Notice}
 */
function notice(kind, peer = null) {
  return { kind, peer };
}
