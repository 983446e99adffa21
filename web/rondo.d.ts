/** Types of the Rondo client. Objects of the wire keep their wire names; `*_at` are Unix milliseconds of the server. */
import type { ErrorCode, Events, Http, Requests, Routes, Wire } from './client/wire.js';

export type { ErrorCode, Events, Http, Requests, Routes, Wire };

/** An event of the server, whichever it is; `type` tells them apart. */
export type ServerEvent = Events[keyof Events];
/** What the server tells beside calls, to a client that asks for it. */
export type Feature = 'friends' | 'channels';
export type Mode = Wire.QueueObject['mode'];
export type Gender = NonNullable<Wire.Profile['gender']>;
export type Phase = Wire.StateObject['phase'];
export type LinkStatus = 'idle' | 'connecting' | 'online' | 'waiting' | 'stopped';
/** Why the client does not come back by itself. */
export type StopReason = 'closed' | 'taken_over' | 'banned' | 'signed_out';
export type EndReason =
  | Wire.RoomEndedEvent['reason']
  /** The room was over when we came back, and nobody can say how. */
  | 'gone';

export type SignUp = Omit<Http.SignUpRequest, 'gate'>;
/** A person as others see them. `mirror`: not a person, it sends your own video back until somebody comes. */
export type Profile = Wire.Profile;
/** Who one is to the service while it is invite-only: `unpaid` may look around, the others may meet people. */
export type Access = Http.AccessResponse['access'];
/** Somebody, by first name only. */
export type Named = Wire.IntroducerObject;
/**
 * Something that was told to us, perhaps while we were away. `introduction_request` is a question, answered with
 * `api.answerNotification` before `until_at`.
 */
export type Notification = Wire.NotificationObject;
export type InviteCode = Http.InviteCode;
export type PastCall = Http.PastCall;
export type Wishes = Omit<Wire.QueueJoin, 'type' | 'id'>;
export type Queue = Wire.QueueObject;
export type Waiting = Wire.PersonObject & Pick<Profile, 'mirror'>;
export type Invite = Wire.InviteObject;
export type Message = Wire.Message;

/** A line that the server has not confirmed yet; `failed` is the code it was refused with. */
export interface Unsent {
  client_id: string;
  body: string;
  failed: string | null;
}

export interface Torch extends Wire.TorchObject {
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

export interface Room extends Omit<Wire.RoomObject, 'torch' | 'messages' | 'ice_servers' | 'ice_transport_policy'>, Ways {
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
  kind: 'declined' | 'cancelled' | 'expired' | 'missed' | 'unavailable' | 'no_answer' | 'expired_hold' | 'gone' | string;
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

/** What a `Rondo` emits: its own, and every event of the server under its name when the state has taken it. */
export type RondoEvents = {
  state: [now: State, before: State];
  call: [Call | null];
  /** Every event of the server. */
  event: [ServerEvent];
  /** Why the server could not be reached at first. */
  error: [RondoError];
  /** Somebody was blocked here, by `block` or `report`. */
  parted: [{ user_id: string }];
} & { [Type in keyof Events]: [Events[Type]] };

export declare class Emitter<Events extends Record<string, any[]>> {
  /** Returns the way to stop listening. */
  on<K extends keyof Events>(type: K, listener: (...args: Events[K]) => void): () => void;
  emit<K extends keyof Events>(type: K, ...args: Events[K]): void;
  has(type: keyof Events): boolean;
}

/** What this client refuses by itself, beside the codes of the server. */
export type ClientErrorCode = 'offline' | 'timeout' | 'cancelled' | 'network' | 'origin_refused' | 'unsupported';

export declare class RondoError extends Error {
  constructor(code: RondoError['code'], message?: string, details?: Record<string, unknown>);
  readonly code: ErrorCode | ClientErrorCode;
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
export type Gate = Http.Gate;

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
export type Ban = Http.Ban;
/** One's own account; `ban`: why one may not come in. */
export type Account = Http.User;
/** A place where one is signed in; of its address only the network is known. */
export type Device = Http.SessionResponse;
export type Door = Http.AccessPolicyResponse;

type Names<Path> = Path extends `${string}{${infer Name}}${infer Rest}` ? Name | Names<Rest> : never;
/** What goes into a resource: `params` for what is in braces in its path, `query`, `body`. */
export type RouteOptions<Route extends keyof Routes> = { headers?: Record<string, string> } & ([Names<Route>] extends [never]
  ? {}
  : { params: Record<Names<Route>, string | number> }) &
  (Routes[Route] extends { query: infer Query } ? { query?: Query } : {}) &
  (Routes[Route] extends { body: infer Body } ? { body: Body } : {});

export declare class Api {
  constructor(base?: string, token?: string | null, fetch?: typeof globalThis.fetch);
  readonly base: string;
  fetch: typeof globalThis.fetch;
  /** Any resource of the server, by method and path: `request('PUT /v1/dms/{user_id}', { params: { user_id } })`. */
  request<Route extends keyof Routes>(
    route: Route,
    ...options: {} extends RouteOptions<Route> ? [RouteOptions<Route>?] : [RouteOptions<Route>]
  ): Promise<Routes[Route]['answer']>;
  gate(): Promise<Gate>;
  signUp(person: SignUp & { gate?: GateAnswer }): Promise<Http.SignUpResponse>;
  me(): Promise<Account>;
  appeal(text: string): Promise<Ban>;
  update(changes: Http.UpdateProfileRequest): Promise<Account>;
  ice(): Promise<Ways>;
  signOut(): Promise<null>;
  logIn(email: string, password: string): Promise<Http.SignUpResponse>;
  upgrade(email: string, password: string): Promise<Http.AccountResponse>;
  changePassword(password: string, newPassword: string): Promise<null>;
  askToVerify(): Promise<null>;
  verify(code: string): Promise<null>;
  askToReset(email: string): Promise<null>;
  reset(code: string, password: string): Promise<null>;
  sessions(): Promise<Http.SessionsResponse>;
  endSession(id: string): Promise<null>;
  /** A permanent account needs its password; else `password_required`. */
  exportAll(password?: string): Promise<Http.Export>;
  /** A permanent account needs its password; else `password_required`. */
  deleteAccount(password?: string, query?: Routes['DELETE /v1/me']['query']): Promise<null>;
  block(userId: string): Promise<null>;
  history(cursor?: string): Promise<Http.CallHistory>;
  transcript(roomId: string, cursor?: string): Promise<{ messages: Message[]; cursor: string | null }>;
  introduce(userId: string): Promise<Http.ReferralLink>;
  introduction(code: string): Promise<Http.ReferralPreview>;
  follow(code: string): Promise<Http.FollowResponse>;
  notifications(cursor?: string): Promise<Http.NotificationsResponse>;
  readNotification(id: string): Promise<null>;
  /** Say whether we want to be introduced. Rejects with `conflict` when it was answered otherwise, or too late. */
  answerNotification(id: string, accept: boolean): Promise<null>;
  door(): Promise<Door>;
  /** About how many people are connected, rounded down; fewer than 10 are 0. */
  online(): Promise<{ people: number }>;
  inviteCode(): Promise<InviteCode>;
  inviteImage(): Promise<string>;
  redeem(code: string): Promise<Http.AccessResponse>;
}

/** What a connection begins with. */
export type Welcome = Wire.Welcome;

export declare class Socket extends Emitter<{ status: [LinkStatus]; welcome: [Welcome]; event: [ServerEvent]; unreachable: [] }> {
  constructor(options: { url: string; token: string; features?: Feature[]; random?: () => number; WebSocket?: typeof globalThis.WebSocket });
  /** What hello asks for. */
  readonly features: Feature[];
  status: LinkStatus;
  why: StopReason | null;
  clock: Clock;
  open(): void;
  close(): void;
  /** Ask for a sign of life now; a dead connection is replaced. */
  probe(): void;
  /** In an invite or a room a silent server is left after `welcome.heartbeat.server_silent_s`. `Rondo` does this itself. */
  setUrgent(urgent: boolean): void;
  request<Type extends keyof Requests>(
    type: Type,
    fields?: Omit<Requests[Type]['frame'], 'type' | 'id'>,
    options?: { retry?: boolean; timeoutMs?: number; signal?: AbortSignal },
  ): Promise<Requests[Type]['reply']>;
  tell<Type extends keyof Requests>(type: Type, fields: Omit<Requests[Type]['frame'], 'type' | 'id'>): void;
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
    /** What `People` of rondo-client/people needs: both. Without it this client is told nothing of friends and messages. */
    features?: Feature[];
    random?: () => number;
    WebSocket?: typeof globalThis.WebSocket;
    fetch?: typeof globalThis.fetch;
  });
  static signUp(person: SignUp, base?: string, options?: GateOptions): Promise<Http.SignUpResponse>;

  readonly state: State;
  readonly call: Call | null;
  /** What the server granted of the features that were asked for; empty before the first welcome. */
  readonly features: string[];
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
  invite(userId: string, options: { mode: Mode; kind?: 'direct' | 'friend'; duration_s?: number }): Promise<void>;
  accept(durationS?: number): Promise<void>;
  decline(): Promise<void>;
  cancel(): Promise<void>;

  hangUp(): Promise<void>;
  next(): Promise<void>;
  block(userId: string): Promise<void>;
  /** At most one of room, invite, introduction and channel; none: the room you are in, or else where you met last. */
  report(userId: string, what: Omit<Wire.ReportFrame, 'type' | 'id' | 'user_id'>): Promise<void>;
  askForVideo(): Promise<void>;
  declineVideo(): Promise<void>;

  say(text: string): void;
  sayAgain(clientId: string): void;
  typing(): void;
  /** Confirm the messages of the peer up to one of them, the newest by default. */
  receipt(read: boolean, messageId?: string): void;
  older(): Promise<boolean>;

  setTracks(tracks: Tracks): void;
  /** Send a screen in the place of the camera, until it ends. */
  setScreen(track: MediaStreamTrack | null): void;
  /** Send what *effect* makes of the camera; done when it is at work. Until then, and when it fails, the peer sees nothing. */
  setVideoEffect(effect: VideoEffect | null): Promise<void>;
  /** Change name, gender or interests; `state.me` is the new one. */
  revise(changes: Http.UpdateProfileRequest): Promise<Account>;
  dismiss(): void;
}

/** The pure rules behind `Rondo.state`. */
export declare const rules: {
  TYPING_MS: number;
  NOBODY: State;
  welcome(state: State, frame: { user: Profile; state: Pick<State, 'phase' | 'queue' | 'invite' | 'room'> }): State;
  resumed(room: Room | null, truth: Room | null): Room | null;
  reduce(state: State, frame: { type: string; [field: string]: unknown }, now: number): State;
  queued(state: State, queue: Queue): State;
  invited(state: State, invite: Invite): State;
  said(state: State, message: Message): State;
  remembered(state: State, roomId: string, older: Message[]): State;
};
