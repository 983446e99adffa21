// Written by `make types` from /asyncapi.json and /openapi.json. Do not edit.
// `Wire` and `Http` are the schemas of the two documents; the maps below them say where each is used.

export declare namespace Wire {
  /** A file of a message. */
  export interface AttachmentObject {
    attachment_id: string;
    name: string;
    media_type: string;
    bytes: number;
    width: number | null;
    height: number | null;
    url: string | null;
  }

  /** Block a user: you no longer see or meet each other; ends a shared room. */
  export interface BlockFrame {
    type: "block";
    id?: string | number;
    /** a UUID in lower case (RFC 9562 section 4) */
    user_id: string;
  }

  /** A channel is new to you, or its name, members, owner or state has changed. */
  export interface ChannelChanged {
    /** rises by one within a session; starts at 1 again after `people.reset` and `people_resumed: false` */
    people_seq: number;
    type: "channel.changed";
    channel: ChannelObject;
  }

  /** You are no member any more, or you do not see the channel any more. */
  export interface ChannelGone {
    /** rises by one within a session; starts at 1 again after `people.reset` and `people_resumed: false` */
    people_seq: number;
    type: "channel.gone";
    channel_id: string;
  }

  /** Note that everything up to a message was read, or delivered. */
  export interface ChannelMark {
    type: "channel.mark";
    id?: string | number;
    /** a UUID in lower case (RFC 9562 section 4) */
    channel_id: string;
    read?: number | null;
    delivered?: number | null;
  }

  /** A member has received, or read, everything up to a message; exactly one of the two is there. */
  export interface ChannelMarked {
    /** rises by one within a session; starts at 1 again after `people.reset` and `people_resumed: false` */
    people_seq: number;
    type: "channel.marked";
    channel_id: string;
    user_id: string;
    read?: number;
    delivered?: number;
  }

  /** A new message. Your own is the reply to what you sent, and no event. */
  export interface ChannelMessage {
    /** rises by one within a session; starts at 1 again after `people.reset` and `people_resumed: false` */
    people_seq: number;
    type: "channel.message";
    message: MessageObject;
  }

  /** A message was edited or deleted, or its reactions changed. */
  export interface ChannelMessageChanged {
    /** rises by one within a session; starts at 1 again after `people.reset` and `people_resumed: false` */
    people_seq: number;
    type: "channel.message_changed";
    message: MessageObject;
  }

  /** A channel, as one of its members sees it. */
  export interface ChannelObject {
    channel_id: string;
    kind: "dm" | "group";
    name: string | null;
    peer: ChannelUserObject | null;
    members: ChannelUserObject[];
    owner_id: string | null;
    writable: boolean;
    last_n: number;
    rev: number;
    last_at: number;
    last_message: MessageObject | null;
    read_n: number;
    /** counted up to a maximum (100) */
    unread: number;
    /** of them, that mention you */
    mentions: number;
    notify: "all" | "mentions" | "none";
  }

  /** Send a message. Acknowledged once durable; `client_id` makes it safe to repeat. */
  export interface ChannelSend {
    type: "channel.send";
    id?: string | number;
    /** a UUID in lower case (RFC 9562 section 4) */
    channel_id: string;
    /** unique per sender and channel; `call:` begins those of messages about calls */
    client_id: string;
    /** after trimming at most 2000 characters (RONDO_MESSAGE_CHARS), one of them visible; none only beside attachments */
    body?: string;
    /** your uploaded files, each once */
    attachment_ids?: string[];
    reply_to?: number | null;
  }

  /** The message, now durable. */
  export interface ChannelSent {
    type: "reply";
    id: string | number;
    message: MessageObject;
  }

  /** Tell the other members that something is being typed; not stored. */
  export interface ChannelTyping {
    type: "channel.typing";
    id?: string | number;
    /** a UUID in lower case (RFC 9562 section 4) */
    channel_id: string;
  }

  /** A member is typing; show it for 6 seconds. */
  export interface ChannelTypingNotice {
    /** rises by one within a session; starts at 1 again after `people.reset` and `people_resumed: false` */
    people_seq: number;
    type: "channel.typing";
    channel_id: string;
    from: string;
  }

  /** A user of a channel. */
  export interface ChannelUserObject {
    user_id: string;
    display_name: string;
    gender?: "female" | "male" | "nonbinary" | "unspecified";
    interests?: string[];
    deleted?: boolean;
  }

  /** Read earlier messages of a room. */
  export interface ChatHistory {
    type: "chat.history";
    id?: string | number;
    /** a UUID in lower case (RFC 9562 section 4) */
    room_id: string;
    before?: string | null;
    limit?: number;
  }

  /** The peer sent a message. */
  export interface ChatMessageEvent {
    /** rises by one within a resumable session */
    seq: number;
    type: "chat.message";
    message: Message;
  }

  /** Report that everything up to and including a message was delivered or read. */
  export interface ChatReceipt {
    type: "chat.receipt";
    id?: string | number;
    /** a UUID in lower case (RFC 9562 section 4) */
    room_id: string;
    /** a UUID in lower case (RFC 9562 section 4) */
    message_id: string;
    status: "delivered" | "read";
  }

  /** The peer has received, or read, everything up to and including this message. */
  export interface ChatReceiptEvent {
    /** rises by one within a resumable session */
    seq: number;
    type: "chat.receipt";
    room_id: string;
    message_id: string;
    status: "delivered" | "read";
    by: string;
    at: number;
  }

  /** Send a message in a room. Acknowledged once durable; `client_id` makes it safe to repeat. */
  export interface ChatSend {
    type: "chat.send";
    id?: string | number;
    /** a UUID in lower case (RFC 9562 section 4) */
    room_id: string;
    client_id: string;
    /** 1 to 500 characters after trimming, at least one of them visible */
    body: string;
  }

  /** The message, now durable. */
  export interface ChatSendResult {
    type: "reply";
    id: string | number;
    message: Message;
  }

  /** Tell the peer that something is being typed; not stored. */
  export interface ChatTyping {
    type: "chat.typing";
    id?: string | number;
    /** a UUID in lower case (RFC 9562 section 4) */
    room_id: string;
  }

  /** The peer is typing. */
  export interface ChatTypingEvent {
    /** rises by one within a resumable session */
    seq: number;
    type: "chat.typing";
    room_id: string;
    from: string;
  }

  /** An RTCSessionDescriptionInit (W3C WebRTC section 4.6.2); other members are forwarded unread. */
  export interface Description {
    type: "answer" | "offer" | "pranswer" | "rollback";
    sdp?: string | null;
  }

  /** List people who are waiting. */
  export interface Discover {
    type: "discover";
    id?: string | number;
    mode?: "text" | "video" | null;
    limit?: number;
    include_seen?: boolean;
  }

  /** Waiting users. */
  export interface DiscoverResult {
    type: "reply";
    id: string | number;
    people: PersonObject[];
  }

  /** The server goes away: reconnect at a random moment within this time. */
  export interface DrainingEvent {
    /** rises by one within a resumable session */
    seq: number;
    type: "server.draining";
    reconnect_in_ms: number;
  }

  /** A frame that was refused; nothing has changed. */
  export interface ErrorFrame {
    type: "error";
    code: "access_required" | "account_required" | "bad_frame" | "banned" | "channel_closed" | "conflict" | "cooldown_active" | "edit_expired" | "forbidden" | "gate_required" | "internal" | "invalid" | "invite_gone" | "limit_reached" | "not_found" | "not_in_room" | "password_required" | "rate_limited" | "target_unavailable" | "too_large" | "unauthenticated" | "unavailable" | "unknown_type" | "wrong_phase";
    message: string;
    field?: string;
    phase?: "idle" | "in_room" | "invited" | "queued";
    until_at?: number;
    statement?: string;
    retry_after_ms?: number;
    limit?: string;
    max?: number;
    id?: string | number;
  }

  /** You are friends: each has asked the other. */
  export interface FriendAdded {
    /** rises by one within a session; starts at 1 again after `people.reset` and `people_resumed: false` */
    people_seq: number;
    type: "friend.added";
    friend: FriendObject;
  }

  /** Send a friend request to a user you have met; they learn of it only if they send you one too. */
  export interface FriendAsk {
    type: "friend.ask";
    id?: string | number;
    /** a UUID in lower case (RFC 9562 section 4) */
    user_id: string;
    quiet?: boolean;
    /** for the one who is asked; a like has none */
    note?: string;
  }

  /** The friendship or request that now exists. */
  export interface FriendAskResult {
    type: "reply";
    id: string | number;
    status: "friends" | "needs_account" | "requested";
  }

  /** A friend, as you see them. */
  export interface FriendObject {
    user_id: string;
    display_name: string;
    avatar_url: string | null;
    bio: string;
    status_text: string;
    /** yours for them; they never see it */
    nickname: string;
    /** yours about them; they never see it */
    note: string;
    since_at: number;
    presence: "in_call" | "offline" | "online";
    channel_id: string | null;
    gender: "female" | "male" | "nonbinary" | "unspecified";
    interests?: string[];
  }

  /** A friend connected, entered or left a call, or disconnected. */
  export interface FriendPresence {
    /** rises by one within a session; starts at 1 again after `people.reset` and `people_resumed: false` */
    people_seq: number;
    type: "friend.presence";
    user_id: string;
    presence: "in_call" | "offline" | "online";
  }

  /** Where a friend is now. */
  export interface FriendPresenceObject {
    user_id: string;
    presence: "in_call" | "offline" | "online";
  }

  /** A friend request, as one of the two sees it. */
  export interface FriendRequestObject {
    user: Profile;
    note: string;
    quiet?: boolean;
    asked_at: number;
    until_at: number;
  }

  /** A user you have met asks to be your friend. */
  export interface FriendRequested {
    /** rises by one within a session; starts at 1 again after `people.reset` and `people_resumed: false` */
    people_seq: number;
    type: "friend.requested";
    request: FriendRequestObject;
  }

  /** A member is away; the room ends then. */
  export interface GraceObject {
    ends_at: number;
    ends_in_ms: number;
  }

  /** The three numbers of the heartbeat, in seconds. They apply in the phases `invited` and `in_room`. */
  export interface Heartbeat {
    /** the client sends something at least this often */
    ping_s: number;
    /** the client leaves a server that was silent this long */
    server_silent_s: number;
    /** the server gives up a client that was silent this long */
    client_silent_s: number;
  }

  /** The first frame: the token, and the last event received. */
  export interface Hello {
    type: "hello";
    id?: string | number;
    token: string;
    resume?: Resume | null;
    heartbeat?: boolean;
    features?: string[];
  }

  /** Messages, oldest first. */
  export interface HistoryResult {
    type: "reply";
    id: string | number;
    messages: Message[];
  }

  /** Who made an introduction, by name. */
  export interface IntroducerObject {
    display_name: string;
  }

  /** Accept an invite. */
  export interface InviteAccept {
    type: "invite.accept";
    id?: string | number;
    /** a UUID in lower case (RFC 9562 section 4) */
    invite_id: string;
    duration_s?: number | null;
  }

  /** The peer accepted; you have yet to answer. */
  export interface InviteAcceptedEvent {
    /** rises by one within a resumable session */
    seq: number;
    type: "invite.accepted";
    invite_id: string;
  }

  /** Cancel your own invite. */
  export interface InviteCancel {
    type: "invite.cancel";
    id?: string | number;
    /** a UUID in lower case (RFC 9562 section 4) */
    invite_id: string;
  }

  /** The invite ended, with this one outcome. */
  export interface InviteClosedEvent {
    /** rises by one within a resumable session */
    seq: number;
    type: "invite.closed";
    invite_id: string;
    outcome: "accepted" | "cancelled" | "declined" | "expired" | "unavailable";
    by: string | null;
    cooldown_until_at: number | null;
  }

  /** Decline an invite. */
  export interface InviteDecline {
    type: "invite.decline";
    id?: string | number;
    /** a UUID in lower case (RFC 9562 section 4) */
    invite_id: string;
  }

  /** An open invite, as one of the two sees it. */
  export interface InviteObject {
    invite_id: string;
    kind: "direct" | "friend" | "match";
    role: "invitee" | "inviter" | "matched";
    peer: Profile;
    mode: "text" | "video";
    duration_s: number | null;
    accepted: boolean;
    peer_accepted: boolean;
    expires_at: number;
    expires_in_ms: number;
  }

  /** A user, or the queue, invites you. */
  export interface InviteReceivedEvent {
    /** rises by one within a resumable session */
    seq: number;
    type: "invite.received";
    invite: InviteObject;
  }

  /** The invite that is open now. */
  export interface InviteResult {
    type: "reply";
    id: string | number;
    invite: InviteObject;
  }

  /** Invite a user who is waiting, or call a friend. */
  export interface InviteSend {
    type: "invite.send";
    id?: string | number;
    /** a UUID in lower case (RFC 9562 section 4) */
    user_id: string;
    mode: "text" | "video";
    kind?: "direct" | "friend";
    duration_s?: number | null;
  }

  /** One chat message, as stored and as sent. */
  export interface Message {
    message_id: string;
    room_id: string;
    from: string;
    body: string;
    sent_at: number;
    client_id: string;
    delivered_at: number | null;
    read_at: number | null;
  }

  /** A message. Of a user whom you have blocked, in a group: `channel_id`, `n`, `rev` and `hidden` only. */
  export interface MessageObject {
    channel_id: string;
    n: number;
    rev: number;
    hidden?: true;
    kind?: "call" | "notice" | "text";
    from?: string | null;
    body?: string;
    client_id?: string | null;
    reply_to?: number | null;
    sent_at?: number;
    edited_at?: number | null;
    deleted_at?: number | null;
    attachments?: AttachmentObject[];
    reactions?: ReactionObject[];
    /** Of a call `outcome`, `live_s` and `mode`; of a notice `notice` (created, added, left, removed, renamed, owner_changed, closed, reopened) and, as it applies, `by`, `user_id` and `name` */
    details?: { [key: string]: unknown };
  }

  /** A notification, which is stored as well. */
  export interface NotificationEvent {
    /** rises by one within a resumable session */
    seq: number;
    type: "notification";
    notification: NotificationObject;
  }

  /** A notification; it is stored as well. */
  export interface NotificationObject {
    notification_id: string;
    kind: string;
    created_at: number;
    read_at: number | null;
    person: Profile | null;
    introduced_by: IntroducerObject | null;
    until_at: number | null;
    accepted: boolean | null;
    details: { [key: string]: unknown };
  }

  /** Success without a value. */
  export interface OkResult {
    type: "reply";
    id: string | number;
  }

  /** The peer's connection was lost; the room ends at `ends_at` unless they return. */
  export interface PeerAwayEvent {
    /** rises by one within a resumable session */
    seq: number;
    type: "room.peer_away";
    room_id: string;
    ends_at: number;
    ends_in_ms: number;
  }

  /** The peer has returned. */
  export interface PeerBackEvent {
    /** rises by one within a resumable session */
    seq: number;
    type: "room.peer_back";
    room_id: string;
  }

  /** What the operator allows in channels, for a client that checks before it sends. */
  export interface PeopleLimits {
    message_chars: number;
    mentions_max: number;
    reactions_max: number;
    edit_s: number;
    typing_every_s: number;
    attachments_per_message: number;
    attachment_bytes: number;
    group_members_max: number;
    unread_max: number;
  }

  /** Events of the people stream were dropped: read the inbox again. Numbering starts at 1 after this event. */
  export interface PeopleReset {
    /** rises by one within a session; starts at 1 again after `people.reset` and `people_resumed: false` */
    people_seq: number;
    type: "people.reset";
    /** read it at a random moment within it */
    within_ms: number;
  }

  /** A waiting user: profile and filters. */
  export interface PersonObject {
    user_id: string;
    display_name: string;
    mode: "text" | "video";
    waiting_since_at: number;
    introduced_by: IntroducerObject | null;
    gender: "female" | "male" | "nonbinary" | "unspecified";
    interests?: string[];
  }

  /** Request a pong; `data` is returned unchanged. */
  export interface Ping {
    type: "ping";
    id?: string | number;
    data?: unknown;
  }

  /** The answer to ping. */
  export interface Pong {
    type: "pong";
    id?: string | number;
    data: unknown;
    server_at: number;
  }

  /** A user as other users see them. */
  export interface Profile {
    user_id: string;
    display_name: string;
    gender?: "female" | "male" | "nonbinary" | "unspecified";
    interests?: string[];
    mirror?: boolean;
  }

  /** Join the queue, or change the filters while in it. */
  export interface QueueJoin {
    type: "queue.join";
    id?: string | number;
    mode: "text" | "video";
    pairing?: "auto" | "manual";
    listed?: boolean;
    auto_accept?: boolean;
    auto_next?: boolean;
    /** whole seconds */
    duration_s?: number;
    interests?: string[] | null;
    want?: WantFilter | null;
  }

  /** The place in the queue. */
  export interface QueueJoinResult {
    type: "reply";
    id: string | number;
    queue: QueueObject;
  }

  /** Leave the queue; idempotent. */
  export interface QueueLeave {
    type: "queue.leave";
    id?: string | number;
  }

  /** A place in the queue. */
  export interface QueueObject {
    mode: "text" | "video";
    joined_at: number;
  }

  /** You entered or left the queue without having asked. */
  export interface QueueUpdateEvent {
    /** rises by one within a resumable session */
    seq: number;
    type: "queue.update";
    queued: boolean;
    reason: string;
  }

  /** How many users added an emoji. */
  export interface ReactionObject {
    emoji: string;
    count: number;
    mine: boolean;
  }

  /** Report a user you met in a room, by an invite or by an introduction; you are blocked, and the room ends. */
  export interface ReportFrame {
    type: "report";
    id?: string | number;
    /** a UUID in lower case (RFC 9562 section 4) */
    user_id: string;
    room_id?: string | null;
    invite_id?: string | null;
    referral_code?: string | null;
    channel_id?: string | null;
    n?: number | null;
    /** a word of the client: sexual, harassment, hate, violence, minor, spam, other */
    category: string;
    /** what happened, in your own words */
    details?: string;
  }

  /** The report, as stored. */
  export interface ReportResult {
    type: "reply";
    id: string | number;
    report_id: string;
  }

  /** Where a client continues. */
  export interface Resume {
    key: string;
    seq: number;
    people_seq?: number | null;
  }

  /** The room is over. */
  export interface RoomEndedEvent {
    /** rises by one within a resumable session */
    seq: number;
    type: "room.ended";
    room_id: string;
    reason: "banned" | "blocked" | "connect_failed" | "deleted" | "grace_expired" | "hangup" | "next" | "reported" | "time_up" | "torch";
    by: string | null;
    live_s: number;
    cooldown_until_at: number | null;
  }

  /** End the room; idempotent. */
  export interface RoomLeave {
    type: "room.leave";
    id?: string | number;
    /** a UUID in lower case (RFC 9562 section 4) */
    room_id: string;
    reason?: "connect_failed" | "hangup" | "next";
  }

  /** Both have media; the call clock runs. */
  export interface RoomLiveEvent {
    /** rises by one within a resumable session */
    seq: number;
    type: "room.live";
    room_id: string;
    live_at: number;
    ends_at: number | null;
  }

  /** Both agreed on video. */
  export interface RoomModeChangedEvent {
    /** rises by one within a resumable session */
    seq: number;
    type: "room.mode_changed";
    room: RoomObject;
  }

  /** A room, as one of the two sees it. */
  export interface RoomObject {
    room_id: string;
    mode: "text" | "video";
    status: "connecting" | "grace" | "live";
    role: "answerer" | "offerer";
    peer: Profile;
    peer_connected: boolean;
    started_at: number;
    live_at: number | null;
    ends_at: number | null;
    grace: GraceObject | null;
    torch: TorchObject | null;
    messages: Message[];
    ice_servers: { [key: string]: unknown }[];
    kind?: "friend" | "match";
    /** For RTCConfiguration.iceTransportPolicy. With `relay` no address is passed on but a relay's: other candidates are dropped, descriptions are rewritten */
    ice_transport_policy: "all" | "relay";
  }

  /** Media flows on this side; idempotent. */
  export interface RoomReady {
    type: "room.ready";
    id?: string | number;
    /** a UUID in lower case (RFC 9562 section 4) */
    room_id: string;
  }

  /** You are in a room. */
  export interface RoomStartedEvent {
    /** rises by one within a resumable session */
    seq: number;
    type: "room.started";
    room: RoomObject;
  }

  /** Ask for video, or agree to it. */
  export interface RoomUpgrade {
    type: "room.upgrade";
    id?: string | number;
    /** a UUID in lower case (RFC 9562 section 4) */
    room_id: string;
  }

  /** Decline the peer's request for video. */
  export interface RoomUpgradeDecline {
    type: "room.upgrade_decline";
    id?: string | number;
    /** a UUID in lower case (RFC 9562 section 4) */
    room_id: string;
  }

  /** A description or a candidate for the peer: raw JSON, forwarded unchanged. */
  export interface Signal {
    type: "signal";
    id?: string | number;
    room_id: string;
    description?: Description;
    candidate?: { [key: string]: unknown } | null;
  }

  /** The peer's description or candidate, unchanged; one of the two is present. */
  export interface SignalEvent {
    /** rises by one within a resumable session */
    seq: number;
    type: "signal";
    room_id: string;
    from: string;
    description?: { [key: string]: unknown };
    candidate?: { [key: string]: unknown } | null;
  }

  /** Everything a client needs after a reload. */
  export interface StateObject {
    phase: "idle" | "in_room" | "invited" | "queued";
    queue: QueueObject | null;
    invite: InviteObject | null;
    room: RoomObject | null;
    friends?: FriendPresenceObject[];
  }

  /** Every idle user has sent a message. */
  export interface TorchClearedEvent {
    /** rises by one within a resumable session */
    seq: number;
    type: "torch.cleared";
    room_id: string;
  }

  /** A member is idle; the room ends then. While the room is in grace the time stands still. */
  export interface TorchObject {
    idle: string[];
    ends_at: number;
    ends_in_ms: number;
  }

  /** A user has been silent for too long; the room ends at `ends_at` unless every idle user sends a message. */
  export interface TorchWarningEvent {
    /** rises by one within a resumable session */
    seq: number;
    type: "torch.warning";
    room_id: string;
    idle: string[];
    ends_at: number;
    ends_in_ms: number;
  }

  /** The peer declined: the room stays a text room. */
  export interface UpgradeDeclinedEvent {
    /** rises by one within a resumable session */
    seq: number;
    type: "room.upgrade_declined";
    room_id: string;
    by: string;
  }

  /** The peer asks for video. */
  export interface UpgradeRequestedEvent {
    /** rises by one within a resumable session */
    seq: number;
    type: "room.upgrade_requested";
    room_id: string;
    by: string;
  }

  /** Filters of a search. */
  export interface WantFilter {
    gender?: ("female" | "male" | "nonbinary" | "unspecified")[] | null;
  }

  /** The answer to hello. */
  export interface Welcome {
    type: "welcome";
    id?: string | number;
    user: {
      user_id: string;
      display_name: string;
    };
    resume_key: string;
    resumed: boolean;
    features?: string[];
    people_resumed?: boolean;
    limits?: PeopleLimits;
    server_at: number;
    /** how often the server pings; dead after two that are missed */
    heartbeat_s: number;
    heartbeat?: Heartbeat;
    state: StateObject;
  }
}

export declare namespace Http {
  /** Whether an invite code is required to meet people, and the minimum age. */
  export interface AccessPolicyResponse {
    access: "invite_only" | "open";
    min_age: number;
    asks_birth_date: boolean;
    parts_by_age: boolean;
  }

  /** Your access. */
  export interface AccessResponse {
    access: "grace" | "paid" | "unpaid" | "verified";
  }

  /** Your account. */
  export interface AccountResponse {
    user: User;
  }

  /** Your private fields about a friend; fields that are left out stay. */
  export interface Annotation {
    /** only you see it; empty: none */
    nickname?: string;
    /** only you see it; empty: none */
    note?: string;
  }

  /** The text of your appeal. */
  export interface AppealRequest {
    /** 1 to 2000 characters, not only spaces */
    text: string;
  }

  /** Bans with an appeal, the oldest appeal first. */
  export interface AppealsResponse {
    appeals: BanRecord[];
  }

  /** A file of a message. */
  export interface AttachmentObject {
    attachment_id: string;
    name: string;
    media_type: string;
    bytes: number;
    width: number | null;
    height: number | null;
    url: string | null;
  }

  /** The file, checked and stored; send its id with a message within the hour. */
  export interface AttachmentShown {
    attachment: AttachmentObject;
  }

  /** One entry of the log, as a moderator sees it. */
  export interface AuditEntry {
    n: number;
    at: number;
    action: string;
    actor_id: string | null;
    actor: string | null;
    subject_id: string | null;
    details: { [key: string]: unknown };
    hash: string;
  }

  /** Decisions, the newest first; `cursor` leads to earlier entries, null: there are none. */
  export interface AuditResponse {
    entries: AuditEntry[];
    cursor: number | null;
  }

  /** A ban, as shown to its user. Instants are Unix milliseconds. */
  export interface Ban {
    ban_id: string;
    kind: "permanent" | "temporary";
    statement: string;
    imposed_at: number;
    until_at: number | null;
    appeal_status: "granted" | "open" | "rejected" | null;
    appeal_answer: string | null;
  }

  /** An address, or a network of them, to ban. */
  export interface BanNetworkRequest {
    /** like 192.0.2.7 or 2001:db8::/32 */
    network: string;
    /** what happened, in your own words */
    reason?: string;
    until_at?: number | null;
  }

  /** A ban as a moderator sees it. */
  export interface BanRecord {
    ban_id: string;
    kind: "permanent" | "temporary";
    statement: string;
    imposed_at: number;
    until_at: number | null;
    appeal_status: "granted" | "open" | "rejected" | null;
    appeal_answer: string | null;
    user_id: string;
    display_name: string | null;
    imposed_by: string | null;
    lifted_at: number | null;
    lifted_by: string | null;
    lifted_why: string | null;
    appeal: string | null;
    appealed_at: number | null;
  }

  /** A ban. */
  export interface BanRequest {
    /** a UUID in lower case (RFC 9562 section 4) */
    user_id: string;
    /** 1 to 2000 characters, not only spaces */
    statement: string;
    kind?: "permanent" | "temporary";
    until_at?: number | null;
  }

  /** Bans in force, the newest first. */
  export interface BannedNetworksResponse {
    ip_bans: IpBan[];
  }

  /** Bans, newest first; `cursor` leads to older ones, null: there are none. */
  export interface BansResponse {
    bans: BanRecord[];
    cursor: string | null;
  }

  /** A blocked user, as the blocker sees them. */
  export interface BlockedUser {
    user_id: string;
    display_name: string;
    since_at: number;
  }

  /** The users you have blocked, the latest first. */
  export interface BlocksResponse {
    blocks: BlockedUser[];
  }

  /** A count per mode. */
  export interface ByMode {
    video: number;
    text: number;
  }

  /** Conversations, newest first; `cursor` leads to older ones, null: there are none. */
  export interface CallHistory {
    calls: PastCall[];
    cursor: string | null;
  }

  /** The current password, and the new one. */
  export interface ChangePasswordRequest {
    password: string;
    new_password: string;
  }

  /** Messages, rising by `n`, with `changed_after` by `rev`; the position of the channel, and whether there are more. */
  export interface ChannelMessages {
    messages: MessageObject[];
    last_n: number;
    rev: number;
    has_before: boolean;
    has_after: boolean;
  }

  /** A channel, as one of its members sees it. */
  export interface ChannelObject {
    channel_id: string;
    kind: "dm" | "group";
    name: string | null;
    peer: ChannelUserObject | null;
    members: ChannelUserObject[];
    owner_id: string | null;
    writable: boolean;
    last_n: number;
    rev: number;
    last_at: number;
    last_message: MessageObject | null;
    read_n: number;
    /** counted up to a maximum (100) */
    unread: number;
    /** of them, that mention you */
    mentions: number;
    notify: "all" | "mentions" | "none";
  }

  /** The changes; fields that are left out stay. */
  export interface ChannelRevision {
    /** 1 to 60 characters after trimming, at least one of them visible */
    name?: string;
    notify?: "all" | "mentions" | "none";
  }

  /** A channel, as you see it. */
  export interface ChannelShown {
    channel: ChannelObject;
  }

  /** A user of a channel. */
  export interface ChannelUserObject {
    user_id: string;
    display_name: string;
    gender?: "female" | "male" | "nonbinary" | "unspecified";
    interests?: string[];
    deleted?: boolean;
  }

  /** A user's settings for a kind. */
  export interface Choice {
    live: boolean;
    email: boolean;
  }

  /** By kind: whether it is in the list and announced while you are connected, and whether you get an e-mail. */
  export interface Choices {
    /** a PUT changes the kinds that it names; `security` can be named, but not changed */
    kinds: { [key in "friend_request" | "friend_added" | "group_added" | "introduction" | "introduction_request" | "missed_call" | "message" | "mention" | "report_decided" | "ban" | "ban_lifted" | "appeal_answered" | "security"]?: Choice };
  }

  /** The client address, and how it was found. */
  export interface ClientAddressResponse {
    address: string;
    forwarded: number;
    believed: number;
    edges: number;
    server_at: number;
  }

  /** The confirmation of a report: the reasons, and how long the user is banned. */
  export interface ConfirmRequest {
    /** 1 to 2000 characters, not only spaces */
    statement: string;
    until_at?: number | null;
  }

  /** A user in a cooldown, as the other one sees them. */
  export interface Cooldown {
    user_id: string;
    until_at: number;
  }

  /** The users you will not meet before a time, the earliest time first. */
  export interface Cooldowns {
    cooldowns: Cooldown[];
  }

  /** How often a new code can be used. */
  export interface CreateCodesRequest {
    /** at most RONDO_INVITE_CODE_USES_MAX */
    uses: number;
  }

  /** A user you have met, to whom you want to introduce a friend. */
  export interface CreateReferralRequest {
    /** a UUID in lower case (RFC 9562 section 4) */
    target_user_id: string;
  }

  /** The reasons of a decision; the user it is about reads them. */
  export interface DecisionRequest {
    /** 1 to 2000 characters, not only spaces */
    statement: string;
  }

  /** The text of a message before an edit or its deletion. */
  export interface EarlierText {
    body: string;
    replaced_at: number;
  }

  /** The new text. */
  export interface Edited {
    /** after trimming at most 2000 characters (RONDO_MESSAGE_CHARS), one of them visible; none only beside attachments */
    body: string;
  }

  /** The code from the e-mail. */
  export interface EmailCodeRequest {
    code: string;
  }

  /** The address to send an e-mail to. */
  export interface EmailRequest {
    /** an e-mail address, printable; at most 254 characters after trimming */
    email: string;
  }

  /** The error: `code` is for programs, `message` for people. */
  export interface ErrorBody {
    code: "access_required" | "account_required" | "bad_frame" | "banned" | "channel_closed" | "conflict" | "cooldown_active" | "edit_expired" | "forbidden" | "gate_required" | "internal" | "invalid" | "invite_gone" | "limit_reached" | "not_found" | "not_in_room" | "password_required" | "rate_limited" | "target_unavailable" | "too_large" | "unauthenticated" | "unavailable" | "unknown_type" | "wrong_phase";
    message: string;
    field?: string;
    phase?: "idle" | "in_room" | "invited" | "queued";
    until_at?: number;
    statement?: string;
    retry_after_ms?: number;
    limit?: string;
    max?: number;
    kind?: string;
    challenge?: string | null;
    bits?: number | null;
    site_key?: string | null;
  }

  /** The body of every answer with a status of 400 or more. */
  export interface ErrorResponse {
    error: ErrorBody;
  }

  /** A message of the room or channel. */
  export interface EvidenceMessage {
    from: string;
    body: string;
    sent_at: number;
    n?: number | null;
    edited_at?: number | null;
    deleted_at?: number | null;
    versions?: EarlierText[];
    attachments?: SaidFile[];
  }

  /** Everything held about you. `*_at` and `until_at` are Unix milliseconds; ids are those of the other requests. */
  export interface Export {
    exported_at: number;
    not_included: { [key: string]: string };
    sections: { [key: string]: { [key: string]: unknown }[] };
  }

  /** An e-mail that was given up, for operators. Without address and text. */
  export interface FailedEmail {
    email_id: string;
    user_id: string | null;
    kind: string;
    attempts: number;
    created_at: number;
    failed_at: number;
  }

  /** E-mails that were given up, the latest first; `cursor` leads to earlier ones, null: there are none. */
  export interface FailedEmails {
    emails: FailedEmail[];
    cursor: string | null;
  }

  /** The user to meet; you are paired first with each other after they agree. */
  export interface FollowResponse {
    target: Profile;
  }

  /** An account, for moderators. */
  export interface FoundUser {
    user_id: string;
    display_name: string;
    email: string | null;
    email_verified: boolean;
    permanent: boolean;
    access: "grace" | "paid" | "unpaid" | "verified";
    role: "admin" | "moderator" | null;
    created_at: number;
    node_id: string | null;
    connected_at: number | null;
    banned: boolean;
  }

  /** A friend, as you see them. */
  export interface FriendObject {
    user_id: string;
    display_name: string;
    avatar_url: string | null;
    bio: string;
    status_text: string;
    /** yours for them; they never see it */
    nickname: string;
    /** yours about them; they never see it */
    note: string;
    since_at: number;
    presence: "in_call" | "offline" | "online";
    channel_id: string | null;
    gender: "female" | "male" | "nonbinary" | "unspecified";
    interests?: string[];
  }

  /** The request: quiet, so that they learn of it only if they send one too, or with a note. */
  export interface FriendRequestBody {
    quiet?: boolean;
    /** for the one who is asked; a like has none */
    note?: string;
  }

  /** A friend request, as one of the two sees it. */
  export interface FriendRequestObject {
    user: Profile;
    note: string;
    quiet?: boolean;
    asked_at: number;
    until_at: number;
  }

  /** The friendship or request that now exists. */
  export interface FriendRequestResponse {
    status: "friends" | "needs_account" | "requested";
  }

  /** Your friend. */
  export interface FriendShown {
    friend: FriendObject;
  }

  /** Your friends, the latest first; `cursor` leads to earlier ones, null: there are none. */
  export interface FriendsResponse {
    friends: FriendObject[];
    cursor: string | null;
  }

  /** What a sign-up from the address of this request needs now. */
  export interface Gate {
    kind: "none" | "pow" | "turnstile";
    challenge?: string | null;
    bits?: number | null;
    site_key?: string | null;
  }

  /** The proof: of `pow` challenge and solution, of `turnstile` the token. */
  export interface GateAnswer {
    challenge?: string | null;
    solution?: string | null;
    token?: string | null;
  }

  /** One entry of `RTCConfiguration.iceServers`. */
  export interface IceServer {
    urls: string[];
    username?: string | null;
    credential?: string | null;
  }

  /** The configuration of an RTCPeerConnection, and when its TURN credentials expire. */
  export interface IceServers {
    ice_servers: IceServer[];
    /** For RTCConfiguration.iceTransportPolicy. With `relay` no address is passed on but a relay's: other candidates are dropped, descriptions are rewritten */
    ice_transport_policy: "all" | "relay";
    expires_at: number;
  }

  /** Your channels, latest first, and how many have unread messages; `cursor` leads to earlier ones. */
  export interface Inbox {
    channels: ChannelObject[];
    unread_channels: number;
    cursor: string | null;
  }

  /** Who made an introduction, by name. */
  export interface IntroducerObject {
    display_name: string;
  }

  /** A code, and how often it can still be used. */
  export interface InviteCode {
    code: string;
    uses: number;
    uses_left: number;
    created_at: number;
  }

  /** The codes of administrators, newest first. */
  export interface InviteCodesResponse {
    invite_codes: Made[];
  }

  /** A banned address, or network of addresses. Instants are Unix milliseconds. */
  export interface IpBan {
    ip_ban_id: string;
    network: string;
    reason: string;
    until_at: number | null;
    created_at: number;
    created_by: string | null;
  }

  /** The state of all nodes together, now and during the last hour. */
  export interface LiveStatsResponse {
    server_at: number;
    now: StatsSample;
    work: OpenWork;
    every_s: number;
    points: StatsSample[];
  }

  /** Its URL until then. */
  export interface Located {
    url: string;
    expires_at: number;
  }

  /** Credentials of a permanent account. */
  export interface LogInRequest {
    /** an e-mail address, printable; at most 254 characters after trimming */
    email: string;
    password: string;
  }

  /** A code created by an administrator. */
  export interface Made {
    code: string;
    uses: number;
    uses_left: number;
    created_at: number;
    made_by: string | null;
  }

  /** Credentials that a permanent account will have. */
  export interface MakePermanentRequest {
    /** exactly one mailbox (RFC 5321, RFC 6531, IDNA 2008): no list, name, comment, quotes or literal; at most 254 characters after trimming */
    email: string;
    password: string;
  }

  /** The last message you have read, and received. */
  export interface Marks {
    read?: number | null;
    delivered?: number | null;
  }

  /** Messages, newest first; `cursor` leads to earlier ones, null: there are none. */
  export interface Matches {
    messages: MessageObject[];
    cursor: string | null;
  }

  /** A member; marks are null unless the channel is open, both of you send receipts, and you have not blocked them. */
  export interface MemberObject {
    user_id: string;
    display_name: string;
    gender: string;
    interests: string[];
    is_owner: boolean;
    joined_at: number;
    read_n: number | null;
    delivered_n: number | null;
  }

  /** The members; all of them fit one page. */
  export interface Members {
    members: MemberObject[];
    former: ChannelUserObject[];
    cursor: string | null;
  }

  /** One chat message, as stored and as sent. */
  export interface Message {
    message_id: string;
    room_id: string;
    from: string;
    body: string;
    sent_at: number;
    client_id: string;
    delivered_at: number | null;
    read_at: number | null;
  }

  /** A message. Of a user whom you have blocked, in a group: `channel_id`, `n`, `rev` and `hidden` only. */
  export interface MessageObject {
    channel_id: string;
    n: number;
    rev: number;
    hidden?: true;
    kind?: "call" | "notice" | "text";
    from?: string | null;
    body?: string;
    client_id?: string | null;
    reply_to?: number | null;
    sent_at?: number;
    edited_at?: number | null;
    deleted_at?: number | null;
    attachments?: AttachmentObject[];
    reactions?: ReactionObject[];
    /** Of a call `outcome`, `live_s` and `mode`; of a notice `notice` (created, added, left, removed, renamed, owner_changed, closed, reopened) and, as it applies, `by`, `user_id` and `name` */
    details?: { [key: string]: unknown };
  }

  /** The message. */
  export interface MessageShown {
    message: MessageObject;
  }

  /** Messages, oldest first; `cursor` leads to later ones, null: there are none. */
  export interface Messages {
    messages: Message[];
    cursor: string | null;
  }

  /** A file that you want to upload, and its purpose. */
  export interface NewFile {
    purpose: "avatar" | "message";
    /** of the file; a path is left out */
    name: string;
    /** exactly how many it has */
    bytes: number;
    /** image/jpeg, image/png, image/webp, image/gif; of a message application/pdf and text/plain too */
    media_type: string;
  }

  /** A group and the friends in it. */
  export interface NewGroup {
    /** 1 to 60 characters after trimming, at least one of them visible */
    name: string;
    /** friends, without yourself */
    user_ids: string[];
  }

  /** A message to send. `client_id` makes it safe to repeat. */
  export interface NewMessage {
    /** unique per sender and channel; `call:` begins those of messages about calls */
    client_id: string;
    /** after trimming at most 2000 characters (RONDO_MESSAGE_CHARS), one of them visible; none only beside attachments */
    body?: string;
    /** your uploaded files, each once */
    attachment_ids?: string[];
    reply_to?: number | null;
  }

  /** Whether you want to be introduced. */
  export interface NotificationAnswer {
    accept: boolean;
  }

  /** A notification; it is stored as well. */
  export interface NotificationObject {
    notification_id: string;
    kind: string;
    created_at: number;
    read_at: number | null;
    person: Profile | null;
    introduced_by: IntroducerObject | null;
    until_at: number | null;
    accepted: boolean | null;
    details: { [key: string]: unknown };
  }

  /** Your notifications, newest first; `cursor` leads to older ones, null: there are none. */
  export interface NotificationsResponse {
    notifications: NotificationObject[];
    unread: number;
    cursor: string | null;
  }

  /** An account with its totals. */
  export interface OneUser {
    user: FoundUser;
    counts: UserCounts;
  }

  /** About how many users are connected. */
  export interface Online {
    people: number;
  }

  /** All open reports about one user. */
  export interface OpenCase {
    reported_id: string;
    reported: string | null;
    open_reports: number;
    counting: number;
    needed: number;
    suspended: boolean;
    latest_at: number;
    reports: ReportCase[];
  }

  /** Cases, the latest reported first; `cursor` leads to earlier ones, null: there are none. */
  export interface OpenCasesResponse {
    cases: OpenCase[];
    cursor: string | null;
  }

  /** What waits for a moderator. */
  export interface OpenWork {
    open_reports: number;
    open_appeals: number;
    standing_bans: number;
    ip_bans: number;
    message_erasures: number;
  }

  /** One conversation of five seconds or longer. */
  export interface PastCall {
    room_id: string;
    mode: "text" | "video";
    peer: Profile | null;
    started_at: number;
    duration_s: number;
    end_reason: "banned" | "blocked" | "connect_failed" | "deleted" | "grace_expired" | "hangup" | "next" | "reported" | "time_up" | "torch";
    message_count: number;
    kind: "friend" | "match";
  }

  /** The outcome. */
  export interface PaymentReceipt {
    status: "kept" | "paid" | "repeated" | "unknown_user" | "ignored";
  }

  /** Upload the file, then complete it. */
  export interface Permitted {
    attachment_id: string;
    upload: UploadObject;
  }

  /** A user as other users see them. */
  export interface Profile {
    user_id: string;
    display_name: string;
    gender?: "female" | "male" | "nonbinary" | "unspecified";
    interests?: string[];
    mirror?: boolean;
  }

  /** How many users added an emoji. */
  export interface ReactionObject {
    emoji: string;
    count: number;
    mine: boolean;
  }

  /** An invite code. */
  export interface RedeemRequest {
    /** 16 characters; capitals, spaces and hyphens do not matter */
    code: string;
  }

  /** The link for the friend; valid for 90 days, for a few friends a day. */
  export interface ReferralLink {
    code: string;
    url: string;
  }

  /** The introducer and the user to meet, by first name. */
  export interface ReferralPreview {
    target: IntroducerObject;
    introduced_by: IntroducerObject;
  }

  /** A report as a moderator sees it. */
  export interface ReportCase {
    report_id: string;
    reporter_id: string;
    reporter: string | null;
    reported_id: string;
    reported: string | null;
    met_by: "channel" | "introduction" | "invite" | "room";
    room_id: string | null;
    channel_id: string | null;
    channel_n: number | null;
    invite_id: string | null;
    referral_code: string | null;
    counts: boolean;
    category: string;
    details: string;
    status: "confirmed" | "open" | "vindicated";
    statement: string | null;
    created_at: number;
    decided_at: number | null;
    decided_by: string | null;
    open_reports: number;
    evidence: ReportEvidence;
  }

  /** Your report, as stored. */
  export interface ReportCreated {
    report_id: string;
  }

  /** The room, invite or introduction as it was at the report: column `session_data`. */
  export interface ReportEvidence {
    mode: string;
    started_at: number;
    duration_ms: number;
    ended: boolean;
    messages: EvidenceMessage[];
    reporter: Shown | null;
    reported: Shown | null;
  }

  /** A report about a user you met in a room, by an invite or by an introduction. */
  export interface ReportRequest {
    /** a UUID in lower case (RFC 9562 section 4) */
    user_id: string;
    room_id?: string | null;
    invite_id?: string | null;
    referral_code?: string | null;
    channel_id?: string | null;
    n?: number | null;
    /** a word of the client: sexual, harassment, hate, violence, minor, spam, other */
    category: string;
    /** what happened, in your own words */
    details?: string;
  }

  /** Reports, newest first; `cursor` leads to older ones, null: there are none. */
  export interface ReportsResponse {
    reports: ReportCase[];
    cursor: string | null;
  }

  /** Open requests, the latest first; a page holds `limit` of both kinds together. */
  export interface Requests {
    received: FriendRequestObject[];
    sent: FriendRequestObject[];
    cursor: string | null;
  }

  /** The code from the e-mail, and the new password. */
  export interface ResetPasswordRequest {
    code: string;
    password: string;
  }

  /** A file of a message, which moderators can get by its id while the report is open. */
  export interface SaidFile {
    attachment_id: string;
    name: string;
    media_type: string;
    bytes: number;
  }

  /** A login session of yours. */
  export interface SessionResponse {
    session_id: string;
    device: string;
    address: string;
    permanent: boolean;
    created_at: number;
    last_seen_at: number;
    expires_at: number;
    current: boolean;
  }

  /** Your sessions, the last used first. */
  export interface SessionsResponse {
    sessions: SessionResponse[];
  }

  /** A name that a user had. */
  export interface Shown {
    display_name: string;
    interests: string[];
  }

  /** The fields of a sign-up. */
  export interface SignUpRequest {
    /** 1 to 40 characters after trimming and composing (NFC), at least one of them visible */
    display_name: string;
    /** confirms to be an adult */
    adult: true;
    birth_date?: string | null;
    gender?: "female" | "male" | "nonbinary" | "unspecified";
    /** tags */
    interests?: string[];
    referral_code?: string | null;
    invite_code?: string | null;
    gate?: GateAnswer | null;
  }

  /** Your account and its token, which is shown only once. */
  export interface SignUpResponse {
    token: string;
    user: User;
  }

  /** The state at one time, and the events since the previous sample. */
  export interface StatsSample {
    at: number;
    connected: number;
    waiting: ByMode;
    rooms: ByMode;
    pairs: number;
    pairs_per_minute: number;
    time_to_pair_ms: number | null;
    resumed: number;
    fresh: number;
  }

  /** `ok`; `redis` while Redis does not answer: users are served, and meet within a node only. */
  export interface Status {
    status: string;
    redis?: "unavailable";
  }

  /** How far you have read. */
  export interface UpTo {
    /** id of the latest notification you have seen */
    up_to: string;
  }

  /** What to change; what is left out stays. */
  export interface UpdateProfileRequest {
    /** 1 to 40 characters after trimming and composing (NFC), at least one of them visible */
    display_name?: string;
    gender?: "female" | "male" | "nonbinary" | "unspecified";
    /** tags */
    interests?: string[];
    /** once, where it is asked for and was not given; like 1990-12-31 */
    birth_date?: string;
    /** only friends see it */
    bio?: string;
    /** only friends see it; empty: none */
    status_text?: string;
    status_until_at?: number | null;
    shows_presence?: boolean;
    sends_receipts?: boolean;
    accepts_requests?: "met" | "none";
    avatar_id?: string | null;
  }

  /** The request that uploads the file: with these headers, without a token. */
  export interface UploadObject {
    method: "PUT";
    url: string;
    headers: { [key: string]: string };
    expires_at: number;
  }

  /** An account, as its owner may see it. */
  export interface User {
    user_id: string;
    display_name: string;
    gender: "female" | "male" | "nonbinary" | "unspecified";
    interests: string[];
    permanent: boolean;
    email: string | null;
    email_verified: boolean;
    access: "grace" | "paid" | "unpaid" | "verified";
    role: "admin" | "moderator" | null;
    calls: number;
    completions: number;
    talk_s: number;
    created_at: number;
    bio?: string;
    status_text?: string;
    status_until_at?: number | null;
    shows_presence?: boolean;
    sends_receipts?: boolean;
    accepts_requests?: "met" | "none";
    avatar_id?: string | null;
    pending_email: string | null;
    birth_date: string | null;
    ban: Ban | null;
  }

  /** Totals of an account. */
  export interface UserCounts {
    sessions: number;
    friends: number;
    channels: number;
    messages: number;
    reports_about: number;
    reports_made: number;
    blocked_by: number;
    calls: number;
    completions: number;
  }

  /** The users found, by id; `cursor` leads to more, null: there are none. */
  export interface UsersResponse {
    users: FoundUser[];
    cursor: string | null;
  }
}

/** Frames that a client sends, by `type`, and what each is answered by. */
export interface Requests {
  /** The first frame: the token, and the last event received. */
  hello: { frame: Wire.Hello; reply: Wire.Welcome };
  /** Join the queue, or change the filters while in it. */
  "queue.join": { frame: Wire.QueueJoin; reply: Wire.QueueJoinResult };
  /** Leave the queue; idempotent. */
  "queue.leave": { frame: Wire.QueueLeave; reply: Wire.OkResult };
  /** List people who are waiting. */
  discover: { frame: Wire.Discover; reply: Wire.DiscoverResult };
  /** Invite a user who is waiting, or call a friend. */
  "invite.send": { frame: Wire.InviteSend; reply: Wire.InviteResult };
  /** Accept an invite. */
  "invite.accept": { frame: Wire.InviteAccept; reply: Wire.OkResult };
  /** Decline an invite. */
  "invite.decline": { frame: Wire.InviteDecline; reply: Wire.OkResult };
  /** Cancel your own invite. */
  "invite.cancel": { frame: Wire.InviteCancel; reply: Wire.OkResult };
  /** A description or a candidate for the peer: raw JSON, forwarded unchanged. */
  signal: { frame: Wire.Signal; reply: Wire.OkResult };
  /** Media flows on this side; idempotent. */
  "room.ready": { frame: Wire.RoomReady; reply: Wire.OkResult };
  /** End the room; idempotent. */
  "room.leave": { frame: Wire.RoomLeave; reply: Wire.OkResult };
  /** Ask for video, or agree to it. */
  "room.upgrade": { frame: Wire.RoomUpgrade; reply: Wire.OkResult };
  /** Decline the peer's request for video. */
  "room.upgrade_decline": { frame: Wire.RoomUpgradeDecline; reply: Wire.OkResult };
  /** Send a message in a room. Acknowledged once durable; `client_id` makes it safe to repeat. */
  "chat.send": { frame: Wire.ChatSend; reply: Wire.ChatSendResult };
  /** Report that everything up to and including a message was delivered or read. */
  "chat.receipt": { frame: Wire.ChatReceipt; reply: Wire.OkResult };
  /** Tell the peer that something is being typed; not stored. */
  "chat.typing": { frame: Wire.ChatTyping; reply: Wire.OkResult };
  /** Read earlier messages of a room. */
  "chat.history": { frame: Wire.ChatHistory; reply: Wire.HistoryResult };
  /** Block a user: you no longer see or meet each other; ends a shared room. */
  block: { frame: Wire.BlockFrame; reply: Wire.OkResult };
  /** Report a user you met in a room, by an invite or by an introduction; you are blocked, and the room ends. */
  report: { frame: Wire.ReportFrame; reply: Wire.ReportResult };
  /** Send a friend request to a user you have met; they learn of it only if they send you one too. */
  "friend.ask": { frame: Wire.FriendAsk; reply: Wire.FriendAskResult };
  /** Send a message. Acknowledged once durable; `client_id` makes it safe to repeat. */
  "channel.send": { frame: Wire.ChannelSend; reply: Wire.ChannelSent };
  /** Note that everything up to a message was read, or delivered. */
  "channel.mark": { frame: Wire.ChannelMark; reply: Wire.OkResult };
  /** Tell the other members that something is being typed; not stored. */
  "channel.typing": { frame: Wire.ChannelTyping; reply: Wire.OkResult };
  /** Request a pong; `data` is returned unchanged. */
  ping: { frame: Wire.Ping; reply: Wire.Pong };
}

/** What the server tells without being asked, by `type`. */
export interface Events {
  /** You entered or left the queue without having asked. */
  "queue.update": Wire.QueueUpdateEvent;
  /** A user, or the queue, invites you. */
  "invite.received": Wire.InviteReceivedEvent;
  /** The peer accepted; you have yet to answer. */
  "invite.accepted": Wire.InviteAcceptedEvent;
  /** The invite ended, with this one outcome. */
  "invite.closed": Wire.InviteClosedEvent;
  /** You are in a room. */
  "room.started": Wire.RoomStartedEvent;
  /** Both have media; the call clock runs. */
  "room.live": Wire.RoomLiveEvent;
  /** Both agreed on video. */
  "room.mode_changed": Wire.RoomModeChangedEvent;
  /** The peer asks for video. */
  "room.upgrade_requested": Wire.UpgradeRequestedEvent;
  /** The peer declined: the room stays a text room. */
  "room.upgrade_declined": Wire.UpgradeDeclinedEvent;
  /** The peer's connection was lost; the room ends at `ends_at` unless they return. */
  "room.peer_away": Wire.PeerAwayEvent;
  /** The peer has returned. */
  "room.peer_back": Wire.PeerBackEvent;
  /** The room is over. */
  "room.ended": Wire.RoomEndedEvent;
  /** The peer's description or candidate, unchanged; one of the two is present. */
  signal: Wire.SignalEvent;
  /** The peer sent a message. */
  "chat.message": Wire.ChatMessageEvent;
  /** The peer has received, or read, everything up to and including this message. */
  "chat.receipt": Wire.ChatReceiptEvent;
  /** The peer is typing. */
  "chat.typing": Wire.ChatTypingEvent;
  /** A user has been silent for too long; the room ends at `ends_at` unless every idle user sends a message. */
  "torch.warning": Wire.TorchWarningEvent;
  /** Every idle user has sent a message. */
  "torch.cleared": Wire.TorchClearedEvent;
  /** A notification, which is stored as well. */
  notification: Wire.NotificationEvent;
  /** The server goes away: reconnect at a random moment within this time. */
  "server.draining": Wire.DrainingEvent;
  /** A user you have met asks to be your friend. */
  "friend.requested": Wire.FriendRequested;
  /** You are friends: each has asked the other. */
  "friend.added": Wire.FriendAdded;
  /** A friend connected, entered or left a call, or disconnected. */
  "friend.presence": Wire.FriendPresence;
  /** Events of the people stream were dropped: read the inbox again. Numbering starts at 1 after this event. */
  "people.reset": Wire.PeopleReset;
  /** A new message. Your own is the reply to what you sent, and no event. */
  "channel.message": Wire.ChannelMessage;
  /** A message was edited or deleted, or its reactions changed. */
  "channel.message_changed": Wire.ChannelMessageChanged;
  /** A member has received, or read, everything up to a message; exactly one of the two is there. */
  "channel.marked": Wire.ChannelMarked;
  /** A member is typing; show it for 6 seconds. */
  "channel.typing": Wire.ChannelTypingNotice;
  /** A channel is new to you, or its name, members, owner or state has changed. */
  "channel.changed": Wire.ChannelChanged;
  /** You are no member any more, or you do not see the channel any more. */
  "channel.gone": Wire.ChannelGone;
}

/** Every HTTP resource: what goes in, and what comes out when all is well. */
export interface Routes {
  /** Get what a sign-up from your address needs now: nothing, a proof of work, or a Turnstile token. */
  "GET /v1/auth/gate": { answer: Http.Gate };
  /** Sign up as a guest. */
  "POST /v1/auth/guest": { body: Http.SignUpRequest; answer: Http.SignUpResponse };
  /** Become permanent: add an e-mail address and a password; id, history and cooldowns stay. */
  "POST /v1/auth/upgrade": { body: Http.MakePermanentRequest; answer: Http.AccountResponse };
  /** Log in to a permanent account on one more device; with more than 20 sessions the oldest ends. */
  "POST /v1/auth/login": { body: Http.LogInRequest; answer: Http.SignUpResponse };
  /** Log out: the token is revoked and its socket is closed. */
  "POST /v1/auth/logout": { answer: null };
  /** Change your password: every other session of yours ends, and its socket is closed. */
  "POST /v1/auth/password": { body: Http.ChangePasswordRequest; answer: null };
  /** Get an e-mail with a code that verifies your address; earlier codes become invalid. */
  "POST /v1/auth/email/letter": { answer: null };
  /** Verify your e-mail address with the code from an e-mail: your account is permanent from then on. */
  "POST /v1/auth/email/verify": { body: Http.EmailCodeRequest; answer: null };
  /** Get an e-mail with a code for a new password; the answer is the same whether or not there is such an account. */
  "POST /v1/auth/reset/letter": { body: Http.EmailRequest; answer: null };
  /** Set a new password with the code from an e-mail: every session of yours ends. */
  "POST /v1/auth/reset": { body: Http.ResetPasswordRequest; answer: null };
  /** Get your account; while banned, with the reason and the end of the ban. */
  "GET /v1/me": { answer: Http.User };
  /** Change your name, gender or interests; users who meet you from now on see the new values. */
  "PATCH /v1/me": { body: Http.UpdateProfileRequest; answer: Http.User };
  /** Delete your account: personal data is removed immediately, a room ends, every socket is closed. */
  "DELETE /v1/me": { query: { erase_messages?: boolean }; answer: null };
  /** Get all data that is stored about you, as one document. */
  "GET /v1/me/export": { answer: Http.Export };
  /** List your login sessions: device, address, last seen to the hour. */
  "GET /v1/sessions": { answer: Http.SessionsResponse };
  /** Sign out a device: its token is revoked and its socket is closed. */
  "DELETE /v1/sessions/{session_id}": { answer: null };
  /** List your past conversations, newest first. */
  "GET /v1/history": { query: { cursor?: string | null; limit?: number }; answer: Http.CallHistory };
  /** Read the messages of a conversation of yours, oldest first. */
  "GET /v1/history/{room_id}/messages": { query: { cursor?: string | null; limit?: number }; answer: Http.Messages };
  /** List the users you will not meet before a time, and that time. */
  "GET /v1/cooldowns": { answer: Http.Cooldowns };
  /** List the users you have blocked. */
  "GET /v1/blocks": { answer: Http.BlocksResponse };
  /** Block a user: you no longer see or meet each other, and a room you share ends. Idempotent. */
  "PUT /v1/blocks/{user_id}": { answer: null };
  /** Remove a block. Idempotent. */
  "DELETE /v1/blocks/{user_id}": { answer: null };
  /** Report a user: the room is kept as evidence, you are blocked from each other, and a shared room ends. */
  "POST /v1/reports": { body: Http.ReportRequest; answer: Http.ReportCreated };
  /** Appeal against your ban, once: a moderator reads it, and you see the answer in your account. */
  "POST /v1/appeal": { body: Http.AppealRequest; answer: Http.Ban };
  /** Get live statistics. */
  "GET /v1/admin/stats": { answer: Http.LiveStatsResponse };
  /** List open cases by reported user, the latest reported first: one decision closes all of a case. */
  "GET /v1/admin/cases": { query: { cursor?: string | null; limit?: number }; answer: Http.OpenCasesResponse };
  /** List reports with their evidence, newest first. */
  "GET /v1/admin/reports": { query: { status?: "confirmed" | "open" | "vindicated"; user_id?: string | null; category?: string | null; cursor?: string | null; limit?: number }; answer: Http.ReportsResponse };
  /** Get one report with its evidence. */
  "GET /v1/admin/reports/{report_id}": { answer: Http.ReportCase };
  /** Confirm a report: the user is banned, until a time or permanently, and reads your reasons. */
  "POST /v1/admin/reports/{report_id}/confirm": { body: Http.ConfirmRequest; answer: Http.ReportCase };
  /** Dismiss the reports about a user: a suspension ends, and the count of reports starts at 0. */
  "POST /v1/admin/reports/{report_id}/vindicate": { body: Http.DecisionRequest; answer: Http.ReportCase };
  /** List bans, newest first. */
  "GET /v1/admin/bans": { query: { standing?: boolean; user_id?: string | null; cursor?: string | null; limit?: number }; answer: Http.BansResponse };
  /** Ban a user: the socket closes, the room ends, and the user reads your statement. */
  "POST /v1/admin/bans": { body: Http.BanRequest; answer: Http.Ban };
  /** Lift a ban. */
  "POST /v1/admin/bans/{ban_id}/lift": { body: Http.DecisionRequest; answer: null };
  /** List appeals, the oldest first. */
  "GET /v1/admin/appeals": { query: { status?: "granted" | "open" | "rejected" }; answer: Http.AppealsResponse };
  /** Grant an appeal: the ban ends. */
  "POST /v1/admin/appeals/{ban_id}/grant": { body: Http.DecisionRequest; answer: null };
  /** Reject an appeal: the ban stands. */
  "POST /v1/admin/appeals/{ban_id}/reject": { body: Http.DecisionRequest; answer: null };
  /** List banned addresses and networks. */
  "GET /v1/admin/ip-bans": { answer: Http.BannedNetworksResponse };
  /** Ban an address or a network; open sockets of it are closed. */
  "POST /v1/admin/ip-bans": { body: Http.BanNetworkRequest; answer: Http.IpBan };
  /** Lift the ban of an address or a network. */
  "DELETE /v1/admin/ip-bans/{ip_ban_id}": { answer: null };
  /** List the codes of administrators: the latest 200. */
  "GET /v1/admin/invite-codes": { answer: Http.InviteCodesResponse };
  /** Make an invite code. */
  "POST /v1/admin/invite-codes": { body: Http.CreateCodesRequest; answer: Http.Made };
  /** Read the audit log, the newest first. */
  "GET /v1/admin/audit": { query: { cursor?: number | null; subject_id?: string | null; limit?: number }; answer: Http.AuditResponse };
  /** Create a link that introduces a friend to a user you have met. Repeating it extends the same link. */
  "POST /v1/referrals": { body: Http.CreateReferralRequest; answer: Http.ReferralLink };
  /** See who a link is about, and who made it. */
  "GET /v1/referrals/{code}": { answer: Http.ReferralPreview };
  /** Follow a link: its target is asked once, and you are paired first with each other if they agree. Idempotent. */
  "POST /v1/referrals/{code}/follow": { answer: Http.FollowResponse };
  /** List your notifications, newest first. */
  "GET /v1/notifications": { query: { cursor?: string | null; limit?: number }; answer: Http.NotificationsResponse };
  /** Mark a notification as read. Idempotent. */
  "POST /v1/notifications/{notification_id}/read": { answer: null };
  /** Agree to an introduction, or decline it. Idempotent; a different second answer is a `conflict`. */
  "POST /v1/notifications/{notification_id}/answer": { body: Http.NotificationAnswer; answer: null };
  /** Mark every notification up to one as read. Idempotent. */
  "POST /v1/notifications/read": { body: Http.UpTo; answer: null };
  /** Get your notification settings. */
  "GET /v1/notification-settings": { answer: Http.Choices };
  /** Change your notification settings; kinds that are left out stay. */
  "PUT /v1/notification-settings": { body: Http.Choices; answer: Http.Choices };
  /** Get no e-mail of one kind any more, by the link of an e-mail (RFC 8058). Idempotent. */
  "POST /v1/unsubscribe/{token}": { answer: null };
  /** Search for users by id, by address, or by the start of their name. */
  "GET /v1/admin/users": { query: { query?: string; cursor?: string | null; limit?: number }; answer: Http.UsersResponse };
  /** Get one user, with totals. */
  "GET /v1/admin/users/{user_id}": { answer: Http.OneUser };
  /** List e-mail that was given up. */
  "GET /v1/admin/email": { query: { cursor?: string | null; limit?: number }; answer: Http.FailedEmails };
  /** List your friends, the latest first. */
  "GET /v1/friends": { query: { cursor?: string | null; limit?: number }; answer: Http.FriendsResponse };
  /** List open requests to you and from you. */
  "GET /v1/friends/requests": { query: { cursor?: string | null; limit?: number }; answer: Http.Requests };
  /** Decline a request; the other is not told. Idempotent. */
  "POST /v1/friends/requests/{user_id}/decline": { answer: null };
  /** Send a friend request to a user you have met; if they have sent you one, you become friends. Idempotent. */
  "PUT /v1/friends/{user_id}": { body: Http.FriendRequestBody; answer: Http.FriendRequestResponse };
  /** End a friendship, or withdraw your request; the other is not told. Idempotent. */
  "DELETE /v1/friends/{user_id}": { answer: null };
  /** Store a nickname and a note about a friend, for you only. */
  "PATCH /v1/friends/{user_id}": { body: Http.Annotation; answer: Http.FriendShown };
  /** List your channels, latest first. */
  "GET /v1/inbox": { query: { cursor?: string | null; limit?: number }; answer: Http.Inbox };
  /** Open the conversation with a friend. Idempotent. */
  "PUT /v1/dms/{user_id}": { answer: Http.ChannelShown };
  /** Create a group with friends; it is yours. */
  "POST /v1/channels": { body: Http.NewGroup; answer: Http.ChannelShown };
  /** Get a channel. */
  "GET /v1/channels/{channel_id}": { answer: Http.ChannelShown };
  /** Rename a group that you own, or change your notification setting. */
  "PATCH /v1/channels/{channel_id}": { body: Http.ChannelRevision; answer: Http.ChannelShown };
  /** List the members of a channel, and former ones. */
  "GET /v1/channels/{channel_id}/members": { answer: Http.Members };
  /** Add a friend to a group. Idempotent. */
  "PUT /v1/channels/{channel_id}/members/{user_id}": { answer: null };
  /** Leave a group, or remove a member from one that you own. Idempotent. */
  "DELETE /v1/channels/{channel_id}/members/{user_id}": { answer: null };
  /** Report that everything up to a message was read, or delivered. */
  "PUT /v1/channels/{channel_id}/marks": { body: Http.Marks; answer: null };
  /** Read messages of a channel. */
  "GET /v1/channels/{channel_id}/messages": { query: { before?: number | null; after?: number | null; around?: number | null; changed_after?: number | null; limit?: number }; answer: Http.ChannelMessages };
  /** Send a message; answered once it is durable. */
  "POST /v1/channels/{channel_id}/messages": { body: Http.NewMessage; answer: Http.MessageShown };
  /** Replace the text of your message, within 15 minutes. */
  "PATCH /v1/channels/{channel_id}/messages/{n}": { body: Http.Edited; answer: Http.MessageShown };
  /** Delete your message, or as the owner of a group any message of it. Idempotent. */
  "DELETE /v1/channels/{channel_id}/messages/{n}": { answer: null };
  /** Add an emoji to a message. Idempotent. */
  "PUT /v1/channels/{channel_id}/messages/{n}/reactions/{emoji}": { answer: null };
  /** Remove your emoji. Idempotent. */
  "DELETE /v1/channels/{channel_id}/messages/{n}/reactions/{emoji}": { answer: null };
  /** Search in the messages you can read, newest match first; new messages are found within seconds. */
  "GET /v1/search": { query: { q: string; channel_id?: string | null; cursor?: string | null; limit?: number }; answer: Http.Matches };
  /** Ask for the permission to upload a file. */
  "POST /v1/attachments": { body: Http.NewFile; answer: Http.Permitted };
  /** Have an uploaded file checked and stored. Idempotent. */
  "POST /v1/attachments/{attachment_id}/complete": { answer: Http.AttachmentShown };
  /** Get a link to a file of yours or a friend's. */
  "GET /v1/attachments/{attachment_id}": { answer: Http.Located };
  /** Upload a file with the permission in the URL; another file is refused before its body is read. */
  "PUT /v1/uploads/{attachment_id}": { query: { bytes: number; until: number; sig: string }; answer: null };
  /** Get a file by a link. */
  "GET /v1/files/{attachment_id}": { query: { until: number; sig: string }; answer: string };
  /** Return whether the service is open or invite-only. */
  "GET /v1/access": { answer: Http.AccessPolicyResponse };
  /** Get your own invite code, once you have earned it, and how often it can still be used. */
  "GET /v1/invite-code": { answer: Http.InviteCode };
  /** Get your own invite code as a QR image: a link to the page that has it filled in. */
  "GET /v1/invite-code/qr.svg": { answer: string };
  /** Redeem an invite code: from now on you may meet people. Using the same one again costs nothing. */
  "POST /v1/invite-code/redeem": { body: Http.RedeemRequest; answer: Http.AccessResponse };
  /** Accept a payment of a provider, signed as `t=<Unix seconds>,v1=<hex HMAC-SHA256 of "t.body">`. */
  "POST /v1/payments/webhook": { answer: Http.PaymentReceipt };
  /** Get STUN and TURN servers, with credentials that are valid for a limited time. */
  "GET /v1/ice": { answer: Http.IceServers };
  /** Get about how many users are connected. */
  "GET /v1/online": { answer: Http.Online };
  /** Get your address as the service sees it, and how it was found. */
  "GET /v1/address": { answer: Http.ClientAddressResponse };
  /** Report that the process is alive. */
  "GET /healthz": { answer: Http.Status };
  /** Report whether users may be sent here: started, not draining, the database can be written. */
  "GET /readyz": { answer: Http.Status };
  /** Get the metrics for Prometheus. */
  "GET /metrics": { answer: string };
  /** Get the description of the HTTP interface (OpenAPI 3.1). */
  "GET /openapi.json": { answer: unknown };
  /** Get the description of the socket (AsyncAPI 3). */
  "GET /asyncapi.json": { answer: unknown };
}

export type ErrorCode = Wire.ErrorFrame['code'];
