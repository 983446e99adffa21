/** Types of friends, channels, messages, files and notifications. Objects of the wire keep their wire names. */
import type { Account, Emitter, Http, Rondo, Wire } from './rondo.js';

export type Friend = Wire.FriendObject;
export type Presence = Wire.FriendPresenceObject['presence'];
export type FriendRequest = Wire.FriendRequestObject;
export type Attachment = Wire.AttachmentObject;
export type ChannelUser = Wire.ChannelUserObject;
/** A conversation as one of its members sees it. */
export type Channel = Omit<Wire.ChannelObject, 'last_message'> & { last_message: ChannelMessage | null };
/** How long a message may be, how many files it may have (0: none are stored), and so on. */
export type Limits = Readonly<Wire.PeopleLimits>;
export type Member = Http.MemberObject;
export type NotificationKind = keyof Http.Choices['kinds'];

/** A message that one sees. Its place is `n`; `rev` rises with every change of it. */
export type ShownMessage = Required<Omit<Wire.MessageObject, 'hidden'>> & { hidden?: undefined };
/** A message of somebody one has blocked, in a group. */
export type HiddenMessage = Pick<Wire.MessageObject, 'channel_id' | 'n' | 'rev'> & { hidden: true };
export type ChannelMessage = ShownMessage | HiddenMessage;

/** A file that goes with a message. */
export interface UnsentFile {
  name: string;
  media_type: string;
  bytes: number;
  blob: Blob;
  /** From 0 to 1. */
  progress: number;
  attachment_id: string | null;
}

/** A message that the server has not confirmed yet; `failed` is the code it was refused with. */
export interface UnsentMessage {
  client_id: string;
  channel_id: string;
  body: string;
  reply_to: number | null;
  files: UnsentFile[];
  sent_at: number;
  failed: string | null;
}

export interface PeopleState {
  /** Whether the server granted both features; null: it was not asked yet. */
  readonly available: boolean | null;
  /** Everything below was read. */
  readonly ready: boolean;
  /** The latest first. */
  readonly friends: Friend[];
  /** Open requests to us and from us, the latest first: a thousand at most. */
  readonly received: FriendRequest[];
  readonly sent: FriendRequest[];
  /** The inbox, the latest first: a page, and more with `moreChannels`. */
  readonly channels: Channel[];
  readonly hasMoreChannels: boolean;
  /**
   * By channel: who was a member while we were and is no more, the last to leave first; messages and notices still name
   * them. Known of open channels, and after `readFormer`; users who have deleted their account are not in it.
   */
  readonly former: { readonly [channelId: string]: ChannelUser[] | undefined };
  /** In how many channels something is unread, over all pages. */
  readonly unreadChannels: number;
  readonly unreadNotifications: number;
  /** What the server allows; its defaults until it has told. */
  readonly limits: Limits;
}

export interface ConversationState {
  /** Null as long as it is not known. */
  readonly channel: Channel | null;
  /** In order of `n`, each once. A hole is filled by itself. */
  readonly messages: ChannelMessage[];
  readonly unsent: UnsentMessage[];
  /** Earlier messages exist. */
  readonly hasBefore: boolean;
  /** Later messages exist, after `around`: new ones are not added until `newer` has come to the end, or `latest`. */
  readonly hasAfter: boolean;
  readonly loading: boolean;
  /** Why it cannot be read; `not_found`: we are no member any more. */
  readonly error: string | null;
  /** How far each member is that tells. */
  readonly marks: { readonly [userId: string]: { read: number; delivered: number } };
  /** Who types now. */
  readonly typing: string[];
}

export interface UploadOptions {
  purpose: 'message' | 'avatar';
  /** That of a `File` by default. */
  name?: string;
  /** From 0 to 1. Through a `fetch` that was given to `Rondo`, and in Node, there is nothing between. */
  onProgress?: (done: number) => void;
  signal?: AbortSignal;
}

/** A channel that is looked at: made by `People`. */
export declare class Conversation extends Emitter<{ state: [now: ConversationState, before: ConversationState] }> {
  private constructor();
  readonly channelId: string;
  readonly state: ConversationState;
  /** Stop following it; as often as it was opened. */
  close(): void;

  /** In `unsent` at once; returns its `client_id`, or null when there is nothing in it. Mentions are `<@user_id>`. */
  send(text: string, options?: { reply_to?: number; files?: Blob[] }): string | null;
  /** Try again to send what failed. */
  sendAgain(clientId: string): void;
  /** Give up what is not sent yet. */
  discard(clientId: string): void;
  /** An own message that is younger than `limits.edit_s`. */
  edit(n: number, body: string): Promise<void>;
  /** Delete an own message; in a group its owner deletes any. */
  remove(n: number): Promise<void>;
  /** Add an emoji, or take it back. */
  react(n: number, emoji: string, on?: boolean): Promise<void>;
  /** Tell the others that something is typed; call it on every key. */
  keyPressed(): void;
  /** Everything up to a message was seen, the last one by default. Call it when it really was. */
  read(n?: number): void;
  /** Members other than its sender that can read a message. */
  recipients(n: number): string[];
  /** The recipients that have seen a message, as far as they share receipts; in a closed conversation none. */
  seenBy(n: number): string[];
  /** The recipients whose client has received a message, as far as they share receipts. */
  deliveredTo(n: number): string[];

  /** Fetch what was said before; true when there was something. */
  older(): Promise<boolean>;
  /** After `around`: fetch what was said after. */
  newer(): Promise<boolean>;
  /** Look at the messages around one of them. */
  around(n: number): Promise<void>;
  /** Look at the end again. */
  latest(): Promise<void>;

  /** Rename a group that is ours; `forbidden` if it is not. */
  rename(name: string): Promise<void>;
  /** What one is notified of; unread counts go on. */
  setNotify(notify: Channel['notify']): Promise<void>;
  /** Add a friend of ours to a group; `conflict` within a day after they left or were removed (`details.until_at`). */
  addMember(userId: string): Promise<void>;
  /** Remove a member from a group that is ours. */
  removeMember(userId: string): Promise<void>;
  /** Leave a group: what we have read stays readable by its id, but it is no longer in the inbox. */
  leave(): Promise<void>;
  /** The members with owner, marks and when each joined. */
  members(): Promise<Member[]>;
}

/** Friends, conversations and notifications of the person that a `Rondo` is; up to date while it is connected. */
export declare class People extends Emitter<{ state: [now: PeopleState, before: PeopleState] }> {
  /** Before `rondo.connect()`; `rondo` was made with `features: ['friends', 'channels']`. */
  constructor(rondo: Rondo, options?: { random?: () => number });
  readonly state: PeopleState;
  /** Stop listening and reading, for good. */
  close(): void;

  friend(userId: string): Friend | undefined;
  /** Ask somebody we have met; quietly: they learn of it only if they ask us too. */
  ask(userId: string, how?: Http.FriendRequestBody): Promise<Http.FriendRequestResponse['status']>;
  /** Decline a request; the other is not told. */
  decline(userId: string): Promise<void>;
  /** End a friendship, or withdraw our request; the other is not told. */
  unfriend(userId: string): Promise<void>;
  /** Keep a nickname or a note, for us alone. */
  annotate(userId: string, note: Http.Annotation): Promise<Friend>;
  /** Call a friend: an invite as any other, in `rondo.state.invite`. */
  call(userId: string, options?: { duration_s?: number }): Promise<void>;

  /** Follow a channel; the same object for all that have it open. Whoever opens it closes it. */
  open(channelId: string): Conversation;
  openDm(userId: string): Promise<Conversation>;
  /** Make a group of ours with friends, and follow it. */
  createGroup(name: string, userIds: string[]): Promise<Conversation>;
  moreChannels(): Promise<boolean>;
  /** Read the former members of a group into `state.former`, unless they are there. */
  readFormer(channelId: string): Promise<void>;
  /** Messages with these words, newest first. */
  search(q: string, where?: { channel_id?: string; cursor?: string; limit?: number }): Promise<Http.Matches>;

  upload(blob: Blob, options: UploadOptions): Promise<Attachment>;
  /** The picture that friends see; null: none. */
  setAvatar(blob: Blob | null, options?: Pick<UploadOptions, 'onProgress'>): Promise<Account>;
  /** Where a file is for the next minutes, as an absolute address. */
  fileUrl(attachmentId: string): Promise<string>;
  /** The address of an avatar or attachment, absolute. */
  resolve(url: string): string;

  notifications(cursor?: string): Promise<Http.NotificationsResponse>;
  /** Everything up to one of them was seen. */
  readNotifications(upTo: string): Promise<void>;
  notificationSettings(): Promise<Http.Choices['kinds']>;
  /** Change those that are named. */
  setNotificationSettings(kinds: Http.Choices['kinds']): Promise<Http.Choices['kinds']>;
}
