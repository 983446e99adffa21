/** Types of the Rondo browser client. Objects of the wire keep their wire names; `*_at` are Unix milliseconds of the server. */

export type Mode = 'video' | 'text';
export type Gender = 'female' | 'male' | 'nonbinary' | 'unspecified';
export type Phase = 'idle' | 'queued' | 'invited' | 'in_room';
export type LinkStatus = 'idle' | 'connecting' | 'online' | 'waiting' | 'stopped';
/** Why the client does not come back by itself. */
export type StopReason = 'closed' | 'taken_over' | 'banned' | 'signed_out';
export type EndReason =
  | 'hangup' | 'next' | 'time_up' | 'torch' | 'grace_expired' | 'connect_failed' | 'blocked' | 'reported' | 'banned' | 'deleted'
  /** The room was over when we came back, and nobody can say how. */
  | 'gone';

export interface SignUp {
  display_name: string;
  adult: true;
  gender?: Gender;
  /** Where the service asks for it, like 1990-12-31. */
  birth_date?: string;
  interests?: string[];
  referral_code?: string;
  invite_code?: string;
}

export interface Profile {
  user_id: string;
  display_name: string;
  gender?: Gender;
  interests?: string[];
  /** Not a person: it sends your own video back until somebody comes. */
  mirror?: boolean;
}

/** Who one is to the service while it is invite-only: `unpaid` may look around, the others may meet people. */
export type Access = 'unpaid' | 'grace' | 'verified' | 'paid';

/** Somebody, by first name only. */
export interface Named {
  display_name: string;
}

/** Something that was told to us, perhaps while we were away. */
export interface Notification {
  notification_id: string;
  /** `introduction_request`: a question, answered with `api.answerNotification` before `until_at`. */
  kind: 'introduction' | 'introduction_request' | string;
  created_at: number;
  read_at: number | null;
  person: Profile | null;
  introduced_by: Named | null;
  /** Of a question: until when it can be answered; after that the answer is no. */
  until_at: number | null;
  /** Of a question: the answer; null: there is none yet. */
  accepted: boolean | null;
  details: Record<string, unknown>;
}

export interface InviteCode {
  code: string;
  uses: number;
  uses_left: number;
  created_at: number;
}

export interface PastCall {
  room_id: string;
  mode: Mode;
  /** null: the account is no more. */
  peer: Profile | null;
  started_at: number;
  duration_s: number;
  end_reason: EndReason;
  message_count: number;
}

export interface Wishes {
  mode: Mode;
  /** `false`: not in `discover`, and closed to direct invites; the queue pairs them as ever. */
  listed?: boolean;
  /** `manual`: be listed and open to invites, but never paired by the queue. */
  pairing?: 'auto' | 'manual';
  auto_accept?: boolean;
  auto_next?: boolean;
  duration_s?: number;
  interests?: string[];
  want?: { gender?: Gender[] };
}

export interface Queue {
  mode: Mode;
  joined_at: number;
}

export interface Waiting extends Profile {
  mode: Mode;
  waiting_since_at: number;
  introduced_by: Named | null;
}

export interface Invite {
  invite_id: string;
  kind: 'direct' | 'match';
  role: 'inviter' | 'invitee' | 'matched';
  peer: Profile;
  mode: Mode;
  duration_s: number;
  accepted: boolean;
  peer_accepted: boolean;
  expires_at: number;
  expires_in_ms: number;
}

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

/** A line that the server has not confirmed yet; `failed` is the code it was refused with. */
export interface Unsent {
  client_id: string;
  body: string;
  failed: string | null;
}

export interface Torch {
  /** Who has said nothing for too long. */
  idle: string[];
  ends_at: number;
  ends_in_ms: number;
  /** The whole of the countdown, to draw what is left of it. Added by this client. */
  whole_ms?: number;
  /** What was left when somebody went away; the countdown stands still until they are back. Added by this client. */
  paused_ms?: number;
}

/** How two browsers may reach each other. */
export interface Ways {
  ice_servers: RTCIceServer[];
  /** `relay`: the server passes on no other candidates, so that neither learns the other's address. */
  ice_transport_policy?: RTCIceTransportPolicy;
}

export interface Room extends Ways {
  room_id: string;
  mode: Mode;
  status: 'connecting' | 'live' | 'grace';
  role: 'offerer' | 'answerer';
  peer: Profile;
  peer_connected: boolean;
  started_at: number;
  live_at: number | null;
  ends_at: number | null;
  grace: { ends_at: number; ends_in_ms: number } | null;
  torch: Torch | null;
  messages: Message[];
}

export interface Ended {
  room_id: string;
  peer: Profile;
  mode: Mode;
  reason: EndReason;
  /** Whether it was us. */
  mine: boolean;
  live_s: number | null;
  cooldown_until_at: number | null;
}

/** Something that happened on the way and is worth a sentence: an invite's outcome, a lost place. */
export interface Notice {
  kind: 'declined' | 'cancelled' | 'expired' | 'unavailable' | 'no_answer' | 'expired_hold' | 'gone' | string;
  peer: Profile | null;
}

export interface State {
  readonly link: LinkStatus;
  readonly why: StopReason | null;
  readonly me: Profile | null;
  readonly phase: Phase;
  readonly queue: Queue | null;
  readonly invite: Invite | null;
  readonly room: Room | null;
  /** An open or declined request to turn a text room into a video call. */
  readonly upgrade: { by: string; declined: boolean } | null;
  /** The peer is typing until then (server time). */
  readonly typingUntil: number;
  /** The room we decided to leave, while the server may not know yet. */
  readonly leaving: string | null;
  readonly ended: Ended | null;
  readonly notice: Notice | null;
  readonly unsent: Unsent[];
}

export interface CallState {
  /** `connected`: a path exists; `live`: media was received; `interrupted`: looking for a new path. */
  status: 'connecting' | 'connected' | 'live' | 'interrupted' | 'closed';
  /** What the peer sends just now, by its own word. */
  peer: {
    mic: boolean;
    camera: boolean;
    /** What comes instead of the camera is a screen. */
    screen: boolean;
  };
}

export interface Tracks {
  audio: MediaStreamTrack | null;
  video: MediaStreamTrack | null;
}

/** What goes to the peer: what was made of the tracks. */
export interface Sent extends Tracks {
  /** Whose `enabled` is the mute switch of `video`. */
  source?: MediaStreamTrack | null;
  /** `video` is a screen. */
  screen?: boolean;
}

/** Makes one video track of another, such as a blurred one; a track that is given up is stopped. */
export type VideoEffect = (camera: MediaStreamTrack) => MediaStreamTrack | Promise<MediaStreamTrack>;

/** What a `Rondo` emits. */
export interface RondoEvents {
  [type: string]: any[];
  state: [State, State];
  call: [Call | null];
  /** Every event of the server. */
  event: [any];
  /** Why the server could not be reached at first. */
  error: [RondoError];
}

export declare class Emitter<Events extends Record<string, any[]>> {
  /** Returns the way to stop listening. */
  on<K extends keyof Events>(type: K, listener: (...args: Events[K]) => void): () => void;
  emit<K extends keyof Events>(type: K, ...args: Events[K]): void;
  has(type: keyof Events): boolean;
}

export declare class RondoError extends Error {
  constructor(code: string, message?: string, details?: Record<string, unknown>);
  /** One of the contract's error codes, or `offline`, `timeout`, `cancelled`, `network`, `origin_refused`, `unsupported`. */
  readonly code: string;
  readonly details: Record<string, unknown>;
  readonly retryAfterMs: number;
}

export declare class Clock {
  constructor(monotonic?: () => number);
  monotonic: () => number;
  reset(): void;
  sync(serverAt: number, askedAt: number): void;
  now(): number;
  left(at: number | null | undefined): number;
}

/** What a sign-up has to bring along. */
export interface Gate {
  kind: 'none' | 'pow' | 'turnstile';
  challenge?: string;
  bits?: number;
  site_key?: string;
}

export type GateAnswer = { challenge: string; solution: string } | { token: string };

export interface GateOptions {
  /** Of a proof of work: the probability that it is done by now, from 0 to 1. */
  onProgress?: (done: number) => void;
  /** Shows the Turnstile widget with this site key and returns its token. Without it such a gate is `gate_required`. */
  turnstile?: (siteKey: string) => Promise<string>;
  /** Ends the work; the sign-up fails with `cancelled`. */
  signal?: AbortSignal;
  fetch?: typeof globalThis.fetch;
}

/** Do a proof of work, in a worker where there may be one. */
export declare function solve(challenge: string, bits: number, options?: GateOptions): Promise<string>;

/** Why somebody may not come in. */
export interface Ban {
  ban_id: string;
  kind: 'temporary' | 'permanent';
  statement: string;
  imposed_at: number;
  until_at: number | null;
  appeal_status: 'open' | 'granted' | 'rejected' | null;
  appeal_answer: string | null;
}

/** One's own account. */
export interface Account extends Profile {
  permanent: boolean;
  email: string | null;
  email_verified: boolean;
  /** Waits for its letter to be answered; then the account is permanent. */
  pending_email: string | null;
  access: Access;
  calls: number;
  completions: number;
  talk_s: number;
  birth_date?: string | null;
  ban?: Ban | null;
}

/** A place where one is signed in; of its address only the network is known. */
export interface Device {
  session_id: string;
  device: string;
  address: string;
  permanent: boolean;
  current: boolean;
  created_at: number;
  last_seen_at: number;
  expires_at: number;
}

export interface Door {
  access: 'open' | 'invite_only';
  min_age: number;
  asks_birth_date: boolean;
  parts_by_age: boolean;
}

export declare class Api {
  constructor(base?: string, token?: string | null, fetch?: typeof globalThis.fetch);
  readonly base: string;
  fetch: typeof globalThis.fetch;
  gate(): Promise<Gate>;
  signUp(person: SignUp & { gate?: GateAnswer }): Promise<{ token: string; user: Profile }>;
  me(): Promise<Profile & { ban?: Ban | null }>;
  appeal(text: string): Promise<Ban>;
  update(changes: Partial<SignUp>): Promise<Profile>;
  ice(): Promise<Ways>;
  signOut(): Promise<null>;
  logIn(email: string, password: string): Promise<{ token: string; user: Account }>;
  upgrade(email: string, password: string): Promise<{ user: Account }>;
  changePassword(password: string, newPassword: string): Promise<null>;
  askToVerify(): Promise<null>;
  verify(code: string): Promise<null>;
  askToReset(email: string): Promise<null>;
  reset(code: string, password: string): Promise<null>;
  sessions(): Promise<{ sessions: Device[] }>;
  endSession(id: string): Promise<null>;
  /** A permanent account needs its password; else `password_required`. */
  exportAll(password?: string): Promise<{ exported_at: number; not_included: Record<string, string>; sections: Record<string, unknown[]> }>;
  /** A permanent account needs its password; else `password_required`. */
  deleteAccount(password?: string): Promise<null>;
  block(userId: string): Promise<null>;
  history(cursor?: string): Promise<{ calls: PastCall[]; cursor: string | null }>;
  transcript(roomId: string, cursor?: string): Promise<{ messages: Message[]; cursor: string | null }>;
  introduce(userId: string): Promise<{ code: string; url: string }>;
  introduction(code: string): Promise<{ target: Named; introduced_by: Named }>;
  follow(code: string): Promise<{ target: Profile }>;
  notifications(cursor?: string): Promise<{ notifications: Notification[]; cursor: string | null }>;
  readNotification(id: string): Promise<null>;
  /** Say whether we want to be introduced. Rejects with `conflict` when it was answered otherwise, or too late. */
  answerNotification(id: string, accept: boolean): Promise<null>;
  door(): Promise<Door>;
  /** About how many people are connected, rounded down; fewer than 10 are 0. */
  online(): Promise<{ people: number }>;
  inviteCode(): Promise<InviteCode>;
  inviteImage(): Promise<string>;
  redeem(code: string): Promise<{ access: Access }>;
}

export declare class Socket extends Emitter<{ status: [LinkStatus]; welcome: [any]; event: [any]; unreachable: [] }> {
  constructor(options: { url: string; token: string; random?: () => number; WebSocket?: typeof globalThis.WebSocket });
  status: LinkStatus;
  why: StopReason | null;
  clock: Clock;
  open(): void;
  close(): void;
  /** Ask for a sign of life now; a dead connection is replaced. */
  probe(): void;
  /** In an invite or a room a silent server is left after `welcome.heartbeat.server_silent_s`. `Rondo` does this itself. */
  setUrgent(urgent: boolean): void;
  request(type: string, fields?: Record<string, unknown>, options?: { retry?: boolean; timeoutMs?: number; signal?: AbortSignal }): Promise<any>;
  tell(type: string, fields: Record<string, unknown>): void;
}

/** The timers of the connection: in a worker, so that a hidden page keeps time; `page` where there is none. */
export declare const timers: { readonly kind: 'none' | 'worker' | 'page' };

export declare class Call extends Emitter<{ change: [CallState]; flowing: [] }> {
  readonly roomId: string;
  /** Put it into a `<video>`; it stays the same for the whole call. */
  readonly stream: MediaStream;
  readonly state: CallState;
  readonly connected: boolean;
  readonly flowing: boolean;
  stats(): Promise<RTCStatsReport>;
  receive(signal: { description?: RTCSessionDescriptionInit; candidate?: RTCIceCandidateInit | null }): void;
  reach(online: boolean, ways?: Ways): void;
  setTracks(tracks: Sent): void;
  close(): void;
}

export declare class Rondo extends Emitter<RondoEvents> {
  constructor(options: {
    token: string;
    base?: string;
    random?: () => number;
    WebSocket?: typeof globalThis.WebSocket;
    fetch?: typeof globalThis.fetch;
  });
  static signUp(person: SignUp, base?: string, options?: GateOptions): Promise<{ token: string; user: Profile }>;

  readonly state: State;
  readonly call: Call | null;
  readonly api: Api;
  readonly socket: Socket;

  connect(): void;
  disconnect(): void;
  /** Milliseconds until an instant of the server; 0 when it is past or not set. */
  left(at: number | null | undefined): number;
  now(): number;

  join(wishes: Wishes): Promise<void>;
  leaveQueue(): Promise<void>;
  discover(options?: { mode?: Mode; limit?: number; include_seen?: boolean }): Promise<Waiting[]>;
  invite(userId: string, options: { mode: Mode; duration_s?: number }): Promise<void>;
  accept(durationS?: number): Promise<void>;
  decline(): Promise<void>;
  cancel(): Promise<void>;

  hangUp(): Promise<void>;
  next(): Promise<void>;
  block(userId: string): Promise<void>;
  /** At most one of the last three; none: the room you are in, or else where you met last. */
  report(userId: string, what: { category: string; details?: string; room_id?: string; invite_id?: string; referral_code?: string }): Promise<void>;
  askForVideo(): Promise<void>;
  declineVideo(): Promise<void>;

  say(text: string): void;
  sayAgain(clientId: string): void;
  typing(): void;
  receipt(read: boolean): void;
  older(): Promise<boolean>;

  setTracks(tracks: Tracks): void;
  /** Send a screen in the place of the camera, until it ends. */
  setScreen(track: MediaStreamTrack | null): void;
  /** Send what *effect* makes of the camera; done when it is at work. Until then, and when it fails, the peer sees nothing. */
  setVideoEffect(effect: VideoEffect | null): Promise<void>;
  dismiss(): void;
}

/** The pure rules behind `Rondo.state`. */
export declare const rules: {
  TYPING_MS: number;
  NOBODY: State;
  welcome(state: State, frame: any): State;
  reduce(state: State, frame: any, now: number): State;
  queued(state: State, queue: Queue): State;
  invited(state: State, invite: Invite): State;
  said(state: State, message: Message): State;
  remembered(state: State, roomId: string, older: Message[]): State;
};

// ---- media helpers, free of any framework ----

export type Trouble = 'denied' | 'none' | 'busy' | 'insecure';
export type Facing = 'user' | 'environment';

export interface Devices {
  cameras: MediaDeviceInfo[];
  microphones: MediaDeviceInfo[];
  speakers: MediaDeviceInfo[];
}

/** Empty lists before the first permission: a browser names no device until then. */
export declare function listDevices(): Promise<Devices>;
/** Returns the way to stop listening. */
export declare function onDevicesChange(listener: () => void): () => void;
export declare function permissionOf(device: 'camera' | 'microphone'): Promise<PermissionState | 'unknown'>;
/** Resolves with the reason when the devices cannot be had; it does not reject. */
export declare function openDevices(constraints: MediaStreamConstraints): Promise<MediaStream | Trouble>;
export declare function cameraConstraints(choice?: { deviceId?: string; facing?: Facing }): MediaTrackConstraints;
export declare function microphoneConstraints(choice?: { deviceId?: string }): MediaTrackConstraints;
export declare function facingOf(track: MediaStreamTrack): Facing | null;
export declare function nextCamera(cameras: MediaDeviceInfo[], deviceId?: string): MediaDeviceInfo | null;
export declare function canChooseSpeaker(): boolean;
export declare function setSpeaker(element: HTMLMediaElement, deviceId: string): Promise<boolean>;

export declare function canShareScreen(): boolean;
/** null: the person thought better of it. */
export declare function captureScreen(): Promise<MediaStreamTrack | null>;
export declare class ScreenShare extends Emitter<{ change: [] }> {
  readonly track: MediaStreamTrack | null;
  /** Whether the screen is shared afterwards. */
  start(): Promise<boolean>;
  stop(): void;
}

export type QualityLevel = 'good' | 'fair' | 'weak';
export type QualityReason = 'loss' | 'delay' | 'frames';

/** What happened between two samples; null: the browser does not say, or nothing was sent. */
export interface QualityNumbers {
  rttMs: number | null;
  /** Share of the packets that did not arrive here, 0 to 1. */
  lossIn: number | null;
  /** Share of ours that did not arrive there, by the peer's own report. */
  lossOut: number | null;
  fps: number | null;
  kbpsIn: number | null;
  kbpsOut: number | null;
  jitterMs: number | null;
  /** What keeps our own picture small: `none`, `cpu`, `bandwidth` or `other`. */
  limited: string;
}

export interface Quality {
  level: QualityLevel;
  reasons: QualityReason[];
  numbers: QualityNumbers;
}

/** `measure` every two seconds; `change` when the level is another one: worse after two samples, better after three. */
export declare class QualityMeter extends Emitter<{ change: [Quality]; measure: [Quality] }> {
  constructor(call: Pick<Call, 'stats' | 'connected' | 'state'>, options?: { everyMs?: number });
  readonly quality: Quality | null;
  stop(): void;
}
