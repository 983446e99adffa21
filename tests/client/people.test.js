import { afterEach, beforeEach, expect, test } from 'vitest';
import { People } from '../../web/people.js';
import { Rondo } from '../../web/rondo.js';
import { Backend, CHANNEL, channelOf, friendOf, lineOf, linesOf } from './backend.js';
import { ADA, BOB, Server, once } from './server.js';

/** @type {Server} */ let server;
/** @type {Backend} */ let backend;
/** @type {Rondo[]} */ let rondos;
const FEATURES = /** @type {('friends' | 'channels')[]} */ (['friends', 'channels']);
const GRANTED = { features: FEATURES, people_resumed: false };
const CLEO = { user_id: '00000000-0000-4000-8000-00000000000c', display_name: 'Cleo' };

beforeEach(async () => {
  server = await Server.start();
  backend = new Backend(server);
  rondos = [];
});
afterEach(() => {
  for (const rondo of rondos) rondo.disconnect();
  server.stop();
});

function peopleOf() {
  const rondo = new Rondo({ token: 'secret', base: server.base, features: FEATURES, random: () => 0 });
  const people = new People(rondo, { random: () => 0 });
  rondos.push(rondo);
  return { rondo, people };
}

/** With the lists read. @param {object} [welcome] */
async function online(welcome) {
  const { rondo, people } = peopleOf();
  rondo.connect();
  const { connection } = await server.meet({ ...GRANTED, ...welcome });
  await expect.poll(() => people.state.ready).toBe(true);
  return { rondo, people, connection, ...streamOf(connection) };
}

/** @param {import('./server.js').Connection} connection */
function streamOf(connection, people_seq = 0) {
  return { tell: (/** @type {object} */ event) => connection.send({ ...event, people_seq: ++people_seq }) };
}

/** In the conversation with Bob, which has so many lines. @param {number} lines */
async function talking(lines, rev = 0) {
  backend.friends = [friendOf()];
  backend.lines = linesOf(1, lines);
  backend.rev = rev;
  backend.channels = [channelOf({ last_n: lines, rev, last_message: backend.lines.at(-1) ?? null })];
  const all = await online();
  const chat = all.people.open(CHANNEL);
  await expect.poll(() => chat.state.marks).not.toEqual({});
  return { ...all, chat };
}

/** @param {import('../../web/people.js').Conversation} chat */
const numbers = (chat) => chat.state.messages.map(({ n }) => n);

/** Say something as Bob: it is stored. @param {any} line */
function store(line) {
  backend.lines = [...backend.lines.filter(({ n }) => n !== line.n), line].sort((a, b) => a.n - b.n);
  backend.rev = Math.max(backend.rev, line.rev);
  backend.channels = [{ ...backend.channels[0], last_n: backend.lines.at(-1).n, rev: backend.rev, unread: 1 }];
  return line;
}

test('features that were not asked for are named', () => {
  const rondo = new Rondo({ token: 'secret', base: server.base });
  expect(() => new People(rondo)).toThrow(/^features:/);
});

test('friends, requests and inbox are read once, and follow the events', async () => {
  backend.channels = [channelOf({ last_n: 3 })];
  backend.friends = [friendOf({ presence: 'online' })];
  const asked = (/** @type {string} */ user_id) => ({ user: { ...CLEO, user_id }, note: '', asked_at: 1, until_at: 2 });
  backend.routes = {
    'GET /v1/friends/requests': ({ query }) => [200, query.get('cursor') ? { received: [], sent: [asked('e')], cursor: null } : { received: [], sent: [asked('d')], cursor: 'more' }],
  };
  const { people, connection, tell } = await online({ limits: { edit_s: 60 } });
  expect([people.state.limits, people.state.sent.map(({ user }) => user.user_id)]).toEqual([{ edit_s: 60 }, ['d', 'e']]);
  expect([people.state.available, people.friend(BOB.user_id)?.presence, people.state.unreadChannels]).toEqual([true, 'online', 0]);
  const request = { user: CLEO, note: 'chess?', asked_at: 1, until_at: 2 };
  tell({ type: 'friend.requested', request });
  tell({ type: 'friend.presence', user_id: BOB.user_id, presence: 'in_call' });
  tell({ type: 'channel.message', message: lineOf(4, { body: `look, <@${ADA.user_id}>` }) });
  tell({ type: 'channel.message', message: lineOf(5, { kind: 'notice', from: null }) });
  tell({ type: 'channel.message', message: lineOf(6) });
  await expect.poll(() => people.state.channels[0].last_n).toBe(6);
  expect(people.state.received).toEqual([request]);
  expect(people.friend(BOB.user_id)?.presence).toBe('in_call');
  const [{ unread, mentions, last_message }] = people.state.channels;
  expect([unread, mentions, last_message?.n, people.state.unreadChannels]).toEqual([2, 1, 6, 1]);
  tell({ type: 'channel.message_changed', message: lineOf(4, { rev: 1, body: '', deleted_at: 9 }) });
  tell({ type: 'friend.added', friend: friendOf({ ...CLEO, channel_id: null }) });
  await expect.poll(() => people.state.friends.map(({ display_name }) => display_name)).toEqual(['Cleo', 'Bob']);
  expect([people.state.channels[0].unread, people.state.received]).toEqual([1, []]);
  tell({ type: 'channel.changed', channel: channelOf({ writable: false, last_n: 6, rev: 1 }) });
  await expect.poll(() => people.state.friends.map(({ display_name }) => display_name)).toEqual(['Cleo']);
  for (const [i, kind] of ['missed_call', 'message', 'mention'].entries()) {
    connection.send({ type: 'notification', seq: i + 1, notification: { notification_id: kind, kind, created_at: 1, read_at: null, details: {} } });
  }
  await expect.poll(() => people.state.unreadNotifications).toBe(1);
  tell({ type: 'channel.gone', channel_id: CHANNEL });
  await expect.poll(() => people.state.channels).toEqual([]);
  expect(people.state.unreadNotifications).toBe(1);
  expect(backend.asked.filter((route) => route.startsWith('GET /v1/inbox'))).toHaveLength(1);
});

test('an event is emitted when the state has taken it; what comes while the lists are read is in them', async () => {
  backend.channels = [channelOf({ last_n: 1, last_at: 5 })];
  const { rondo, people } = peopleOf();
  const release = backend.hold();
  rondo.connect();
  const { connection } = await server.meet(GRANTED);
  await expect.poll(() => backend.asked.length).toBe(4);
  const taken = once(rondo, 'channel.message').then(({ message }) => message.n);
  streamOf(connection).tell({ type: 'channel.message', message: lineOf(2) });
  expect(await taken).toBe(2);
  release();
  await expect.poll(() => people.state.ready).toBe(true);
  expect([people.state.channels[0].last_n, people.state.channels[0].unread]).toEqual([2, 1]);
  const next = once(rondo, 'channel.message').then(() => people.state.channels[0].unread);
  connection.send({ type: 'channel.message', people_seq: 2, message: lineOf(3) });
  expect(await next).toBe(2);
});

test('a stream that is resumed reads nothing again, though the session is another; presence is that of the welcome', async () => {
  const { people, chat, connection, tell } = await talking(2);
  tell({ type: 'channel.message', message: lineOf(3) });
  await expect.poll(() => numbers(chat)).toEqual([1, 2, 3]);
  const asked = backend.asked.length;
  connection.drop();
  const state = { phase: 'idle', queue: null, invite: null, room: null, friends: [{ user_id: BOB.user_id, presence: 'online' }] };
  const { connection: next, hello } = await server.meet({ ...GRANTED, people_resumed: true, resumed: false, state });
  expect(hello.resume.people_seq).toBe(1);
  streamOf(next, 1).tell({ type: 'channel.message', message: lineOf(4) });
  await expect.poll(() => numbers(chat)).toEqual([1, 2, 3, 4]);
  expect(people.friend(BOB.user_id)?.presence).toBe('online');
  expect(backend.asked.slice(asked)).toEqual([]);
});

test('after a reset, and without a resume, lists and open conversations catch up by n and rev', async () => {
  const { people, chat, connection, tell } = await talking(3);
  tell({ type: 'channel.message', message: store(lineOf(4)) });
  await expect.poll(() => numbers(chat)).toEqual([1, 2, 3, 4]);
  // These events are lost.
  store(lineOf(5));
  store(lineOf(2, { rev: 1, body: 'edited', edited_at: 7 }));
  backend.friends = [friendOf({ presence: 'in_call' })];
  tell({ type: 'people.reset', within_ms: 10 });
  await expect.poll(() => numbers(chat)).toEqual([1, 2, 3, 4, 5]);
  await expect.poll(() => chat.state.messages[1]).toMatchObject({ n: 2, rev: 1, body: 'edited' });
  await expect.poll(() => people.friend(BOB.user_id)?.presence).toBe('in_call');
  connection.drop();
  for (const n of [6, 7]) store(lineOf(n));
  store(lineOf(5, { rev: 2, body: '', deleted_at: 8 }));
  const { connection: next } = await server.meet(GRANTED);
  await expect.poll(() => numbers(chat)).toEqual([1, 2, 3, 4, 5, 6, 7]);
  expect(chat.state.messages[4]).toMatchObject({ rev: 2, deleted_at: 8 });
  await expect.poll(() => people.state.channels[0].last_n).toBe(7);
  next.drop();
  // Too much is missing: the last page is enough.
  backend.lines = linesOf(1, 500);
  await server.meet(GRANTED);
  await expect.poll(() => [numbers(chat).length, numbers(chat)[0], chat.state.hasBefore]).toEqual([50, 451, true]);
});

test('a hole is filled, and a change of a message is applied once, in whatever order they come', async () => {
  const { chat, tell } = await talking(2);
  for (const n of [3, 4, 5]) store(lineOf(n));
  tell({ type: 'channel.message', message: lineOf(5) });
  tell({ type: 'channel.message_changed', message: lineOf(1, { rev: 2, body: 'second' }) });
  tell({ type: 'channel.message_changed', message: lineOf(1, { rev: 1, body: 'first' }) });
  tell({ type: 'channel.typing', channel_id: CHANNEL, from: BOB.user_id });
  await expect.poll(() => numbers(chat)).toEqual([1, 2, 3, 4, 5]);
  expect(chat.state.messages[0]).toMatchObject({ rev: 2, body: 'second' });
  expect(backend.asked.filter((route) => route.includes('after=2'))).toHaveLength(1);
  await expect.poll(() => chat.state.typing).toEqual([BOB.user_id]);
  tell({ type: 'channel.message', message: lineOf(6) });
  await expect.poll(() => [numbers(chat).at(-1), chat.state.typing]).toEqual([6, []]);
});

test('what comes while a page is on its way is not lost by it', async () => {
  const { people, chat, tell } = await talking(120);
  let release = backend.hold();
  const older = chat.older();
  await expect.poll(() => backend.asked.at(-1)).toContain('before=71');
  tell({ type: 'channel.message_changed', message: lineOf(60, { rev: 1, body: 'edited' }) });
  tell({ type: 'channel.message', message: lineOf(121) });
  await expect.poll(() => numbers(chat).at(-1)).toBe(121);
  release();
  expect(await older).toBe(true);
  expect(chat.state.messages.find(({ n }) => n === 60)).toMatchObject({ rev: 1, body: 'edited' });
  expect(numbers(chat)).toEqual(Array.from({ length: 101 }, (_, i) => i + 21));
  chat.close();
  backend.lines.push(lineOf(121));
  release = backend.hold();
  const again = people.open(CHANNEL);
  await expect.poll(() => backend.asked.filter((route) => route.endsWith('/messages?limit=50')).length).toBe(2);
  tell({ type: 'channel.message', message: lineOf(122) });
  tell({ type: 'channel.message_changed', message: lineOf(121, { rev: 2, body: '', deleted_at: 5 }) });
  await expect.poll(() => people.state.channels[0]).toMatchObject({ last_n: 122, rev: 2 });
  release();
  await expect.poll(() => again.state.messages.slice(-2)).toMatchObject([{ n: 121, deleted_at: 5 }, { n: 122 }]);
});

test('a line is shown at once and sent once over a reconnection, and is never shown twice or not at all', async () => {
  const { people, chat, connection } = await talking(1);
  /** @type {number[]} */ const shown = [];
  chat.on('state', ({ messages, unsent }) => {
    const sent = messages.flatMap((message) => (message.hidden ? [] : [message.body]));
    shown.push([...sent, ...unsent.map(({ body }) => body)].filter((body) => body === 'hello').length);
  });
  const clientId = chat.send('  hello ', { reply_to: 1 });
  expect(chat.state.unsent).toMatchObject([{ client_id: clientId, body: 'hello', failed: null }]);
  const first = await connection.take('channel.send');
  expect(first).toMatchObject({ channel_id: CHANNEL, client_id: clientId, body: 'hello', reply_to: 1 });
  connection.drop();
  const { connection: next } = await server.meet({ ...GRANTED, people_resumed: true });
  const again = await next.take('channel.send');
  expect(again).toEqual(first);
  next.reply(again, { message: lineOf(2, { from: ADA.user_id, body: 'hello', client_id: clientId }) });
  await expect.poll(() => numbers(chat)).toEqual([1, 2]);
  expect([chat.state.unsent, new Set(shown), people.state.channels[0].last_n, people.state.channels[0].unread]).toEqual([[], new Set([1]), 2, 0]);
  // What is refused stays, with the reason, and can be sent again or given up.
  chat.send('hm');
  next.refuse(await next.take('channel.send'), 'channel_closed');
  await expect.poll(() => chat.state.unsent[0].failed).toBe('channel_closed');
  chat.sendAgain(chat.state.unsent[0].client_id);
  next.refuse(await next.take('channel.send'), 'channel_closed');
  await expect.poll(() => chat.state.unsent[0].failed).toBe('channel_closed');
  chat.discard(chat.state.unsent[0].client_id);
  expect([chat.state.unsent, chat.send('  ')]).toEqual([[], null]);
});

test('a message whose answer is lost is shown once when the stream is not resumed and its page comes first', async () => {
  const { chat, connection } = await talking(1);
  /** @type {number[]} */ const shown = [];
  chat.on('state', ({ messages, unsent }) => shown.push([...messages, ...unsent].filter((line) => 'body' in line && line.body === 'hello').length));
  const client_id = chat.send('hello');
  const first = await connection.take('channel.send');
  const message = store(lineOf(2, { from: ADA.user_id, body: 'hello', client_id }));
  connection.drop();
  const { connection: next } = await server.meet(GRANTED);
  const again = await next.take('channel.send');
  await expect.poll(() => [numbers(chat), chat.state.unsent]).toEqual([[1, 2], []]);
  next.reply(again, { message });
  chat.send('more');
  const more = await next.take('channel.send');
  next.reply(more, { message: lineOf(3, { from: ADA.user_id, body: 'more', client_id: more.client_id }) });
  await expect.poll(() => [numbers(chat), chat.state.unsent]).toEqual([[1, 2, 3], []]);
  expect([again, new Set(shown)]).toEqual([first, new Set([1])]);
});

test('a change without the server rejects and leaves the state; one whose answer is lost comes as its event', async () => {
  const { chat, connection, tell } = await talking(1);
  const path = `/v1/channels/${CHANNEL}/messages/1`;
  backend.routes = { [`PATCH ${path}`]: () => [0], [`DELETE ${path}`]: () => [0], [`PUT ${path}/reactions/🎲`]: () => [0] };
  const { state } = chat;
  await expect(chat.edit(1, 'new')).rejects.toMatchObject({ code: 'network' });
  await expect(chat.react(1, '🎲')).rejects.toMatchObject({ code: 'network' });
  await expect(chat.remove(1)).rejects.toMatchObject({ code: 'network' });
  expect(chat.state.messages).toEqual(state.messages);
  // The server had done it: a stream that resumes tells of it, one that does not is read again.
  tell({ type: 'channel.message_changed', message: store(lineOf(1, { rev: 1, body: 'new', edited_at: 5 })) });
  await expect.poll(() => chat.state.messages).toMatchObject([{ n: 1, body: 'new' }]);
  store(lineOf(1, { rev: 2, body: '', deleted_at: 6 }));
  connection.drop();
  await server.meet(GRANTED);
  await expect.poll(() => chat.state.messages).toMatchObject([{ n: 1, body: '', deleted_at: 6 }]);
});

test('what was before is gone meanwhile: older finds nothing, and asks no more', async () => {
  const { chat, tell } = await talking(60);
  expect([numbers(chat)[0], chat.state.hasBefore]).toEqual([11, true]);
  backend.lines = backend.lines.slice(10);
  expect([await chat.older(), chat.state.hasBefore, numbers(chat)[0]]).toEqual([false, false, 11]);
  // Retention goes on; an event of a message before the first that is held is not put there.
  tell({ type: 'channel.message_changed', message: lineOf(3, { rev: 1 }) });
  tell({ type: 'channel.message', message: store(lineOf(61)) });
  await expect.poll(() => numbers(chat).at(-1)).toBe(61);
  expect(numbers(chat)[0]).toBe(11);
});

test('who leaves a group is a former member', async () => {
  const group = { kind: 'group', name: 'Chess', peer: null, last_n: 1 };
  const { people, chat, tell } = await talking(1);
  await expect.poll(() => people.state.former[CHANNEL]).toEqual([]);
  tell({ type: 'channel.changed', channel: channelOf({ ...group, members: [ADA, BOB, CLEO] }) });
  backend.former = [CLEO];
  tell({ type: 'channel.changed', channel: channelOf(group) });
  await expect.poll(() => people.state.former[CHANNEL]).toEqual([CLEO]);
  // Who deletes the account is forgotten, also in a group that is not open.
  chat.close();
  tell({ type: 'channel.changed', channel: channelOf({ ...group, members: [ADA] }) });
  await expect.poll(() => people.state.former[CHANNEL]).toBeUndefined();
  backend.former = [BOB];
  await Promise.all([people.readFormer(CHANNEL), people.readFormer(CHANNEL)]);
  expect(people.state.former[CHANNEL]).toEqual([BOB]);
  const asked = backend.asked.length;
  await people.readFormer(CHANNEL);
  expect(backend.asked.length).toBe(asked);
});

test('marks are gathered: what was received by itself, what was read when it is said', async () => {
  const { people, chat, connection, tell } = await talking(2);
  for (const n of [1, 2]) tell({ type: 'channel.message_changed', message: lineOf(n, { from: ADA.user_id, rev: n }) });
  await expect.poll(() => chat.state.messages[1].rev).toBe(2);
  expect([chat.seenBy(1), chat.seenBy(2), chat.deliveredTo(2)]).toEqual([[BOB.user_id], [], [BOB.user_id]]);
  tell({ type: 'channel.message', message: lineOf(3) });
  tell({ type: 'channel.message', message: lineOf(4) });
  await expect.poll(() => numbers(chat)).toEqual([1, 2, 3, 4]);
  expect(people.state.unreadChannels).toBe(1);
  chat.read(3);
  expect(people.state.channels[0].unread).toBe(1);
  chat.read();
  chat.read(2);
  expect([people.state.channels[0].unread, chat.state.channel?.read_n, people.state.unreadChannels]).toEqual([0, 4, 0]);
  expect(await connection.take('channel.mark')).toMatchObject({ channel_id: CHANNEL, read: 4, delivered: 4 });
  tell({ type: 'channel.marked', channel_id: CHANNEL, user_id: BOB.user_id, read: 4 });
  await expect.poll(() => chat.seenBy(2)).toEqual([BOB.user_id]);
  expect(chat.seenBy(4)).toEqual([]);
  // What is hidden cannot be read: nothing is unread.
  tell({ type: 'channel.message', message: { channel_id: CHANNEL, n: 5, rev: 2, hidden: true } });
  await expect.poll(() => numbers(chat).at(-1)).toBe(5);
  expect([people.state.channels[0].unread, people.state.unreadChannels]).toEqual([0, 0]);
  for (const _ of 'keys') chat.keyPressed();
  chat.send('done');
  await connection.take('channel.send');
  expect(connection.frames.filter(({ type }) => type === 'channel.typing')).toHaveLength(1);
});

test('who joined after a message has not seen it', async () => {
  const member = { joined_at: 1_000, read_n: 2, delivered_n: 2 };
  const members = [{ ...ADA, ...member }, { ...BOB, ...member }, { ...CLEO, ...member, joined_at: 1_002 }];
  backend.routes = { [`GET /v1/channels/${CHANNEL}/members`]: () => [200, { members, former: [], cursor: null }] };
  const { chat, tell } = await talking(2);
  tell({ type: 'channel.changed', channel: channelOf({ kind: 'group', name: 'Chess', peer: null, last_n: 2, members: [ADA, BOB, CLEO] }) });
  for (const n of [1, 2]) tell({ type: 'channel.message_changed', message: lineOf(n, { from: ADA.user_id, rev: n }) });
  await expect.poll(() => chat.state.messages[1].rev).toBe(2);
  expect([chat.recipients(1), chat.seenBy(1)]).toEqual([[BOB.user_id], [BOB.user_id]]);
  expect([chat.deliveredTo(2), chat.seenBy(2)]).toEqual([[BOB.user_id, CLEO.user_id], [BOB.user_id, CLEO.user_id]]);
});

test('pages before, after and around; new lines do not disturb who looks at old ones', async () => {
  let { people, chat, tell } = await talking(120);
  expect([numbers(chat)[0], chat.state.hasBefore]).toEqual([71, true]);
  expect(await chat.older()).toBe(true);
  expect(await chat.older()).toBe(true);
  expect([numbers(chat)[0], chat.state.messages.length, chat.state.hasBefore]).toEqual([1, 120, false]);
  expect(await chat.older()).toBe(false);
  people.open(CHANNEL);
  chat.close();
  tell({ type: 'channel.message', message: store(lineOf(121)) });
  await expect.poll(() => numbers(chat).at(-1)).toBe(121);
  // Closed as often as it was opened: what is opened then is another.
  chat.close();
  chat = people.open(CHANNEL);
  await expect.poll(() => numbers(chat)[0]).toBe(72);
  await chat.around(10);
  expect([numbers(chat), chat.state.hasBefore, chat.state.hasAfter]).toEqual([[8, 9, 10, 11, 12], true, true]);
  tell({ type: 'channel.message', message: store(lineOf(122)) });
  await expect.poll(() => chat.state.channel?.last_n).toBe(122);
  expect(numbers(chat)).toEqual([8, 9, 10, 11, 12]);
  expect(await chat.newer()).toBe(true);
  expect([numbers(chat).at(-1), chat.state.hasAfter]).toEqual([62, true]);
  while (chat.state.hasAfter) await chat.newer();
  expect(numbers(chat)).toEqual(Array.from({ length: 115 }, (_, i) => i + 8));
  await chat.around(3);
  await chat.latest();
  expect([numbers(chat).at(-1), chat.state.hasAfter]).toEqual([122, false]);
});

test('a file is permitted, sent with the headers of the permission, completed and sent; text overtakes it', async () => {
  const { chat, connection } = await talking(0);
  /** @type {(value?: unknown) => void} */ let release = () => {};
  const held = new Promise((resolve) => (release = resolve));
  /** @type {any[]} */ const uploads = [];
  let refusals = 1;
  backend.routes = {
    'POST /v1/attachments': ({ body }) => [201, { attachment_id: 'file-1', upload: { method: 'PUT', url: '/v1/uploads/file-1', headers: { 'Content-Type': 'text/plain', 'Content-Length': '5', 'X-Permit': JSON.parse(body).name }, expires_at: 9 } }],
    'PUT /v1/uploads/file-1': async ({ headers, body }) => {
      uploads.push([headers['content-type'], headers['x-permit'], headers.authorization, body]);
      await held;
      return refusals-- > 0 ? [413, { error: { code: 'too_large', message: 'no' } }] : [204];
    },
    'POST /v1/attachments/file-1/complete': () => [200, { attachment: { attachment_id: 'file-1', name: 'a.txt', media_type: 'text/plain', bytes: 5, width: null, height: null, url: '/v1/files/file-1' } }],
  };
  chat.send('see', { files: [new File(['hello'], 'a.txt', { type: 'text/plain' })] });
  chat.send('before it');
  const text = await connection.take('channel.send');
  expect(text.body).toBe('before it');
  connection.reply(text, { message: lineOf(1, { from: ADA.user_id, body: text.body }) });
  release();
  await expect.poll(() => chat.state.unsent[0].failed).toBe('too_large');
  expect(chat.state.unsent[0].files[0]).toMatchObject({ name: 'a.txt', media_type: 'text/plain', bytes: 5, attachment_id: null });
  chat.sendAgain(chat.state.unsent[0].client_id);
  const sent = await connection.take('channel.send');
  expect([sent.body, sent.attachment_ids, chat.state.unsent[0].files[0].progress]).toEqual(['see', ['file-1'], 1]);
  connection.reply(sent, { message: lineOf(2, { from: ADA.user_id, body: 'see' }) });
  await expect.poll(() => chat.state.unsent).toEqual([]);
  expect(uploads).toEqual(Array(2).fill(['text/plain', 'a.txt', undefined, 'hello']));
});

test('what is done over HTTP is in the state, and a refusal rejects with its code', async () => {
  const { rondo, people, chat, connection, tell } = await talking(2);
  const path = `/v1/channels/${CHANNEL}/messages`;
  backend.routes = {
    [`PATCH ${path}/1`]: ({ body }) => [200, { message: lineOf(1, { rev: 1, from: ADA.user_id, body: JSON.parse(body).body, edited_at: 5 }) }],
    [`PATCH ${path}/2`]: () => [409, { error: { code: 'edit_expired', message: 'too late' } }],
    [`PUT ${path}/1/reactions/🎲`]: () => [204],
    'PUT /v1/friends/c': () => [200, { status: 'requested' }],
    [`DELETE /v1/friends/${BOB.user_id}`]: () => [204],
    'POST /v1/channels': ({ body }) => [201, { channel: channelOf({ ...JSON.parse(body), channel_id: 'group', kind: 'group', peer: null, last_at: 9_000 }) }],
    'GET /v1/channels/group/messages': () => [200, { messages: [], last_n: 1, rev: 0, has_before: false, has_after: false }],
    'GET /v1/channels/group/members': () => [200, { members: [], cursor: null }],
    'GET /v1/attachments/file-1': () => [200, { url: '/v1/files/file-1?sig=1', expires_at: 9 }],
  };
  await chat.edit(1, 'better');
  expect(chat.state.messages[0]).toMatchObject({ rev: 1, body: 'better' });
  await expect(chat.edit(2, 'late')).rejects.toMatchObject({ code: 'edit_expired' });
  await chat.react(1, '🎲');
  tell({ type: 'channel.message_changed', message: lineOf(1, { rev: 2, body: 'better', reactions: [{ emoji: '🎲', count: 1, mine: true }] }) });
  await expect.poll(() => chat.state.messages[0]).toMatchObject({ rev: 2, reactions: [{ emoji: '🎲', mine: true }] });
  expect(await people.ask('c', { quiet: true })).toBe('requested');
  const group = await people.createGroup('Chess', [BOB.user_id]);
  expect(people.state.channels.map(({ name }) => name)).toEqual(['Chess', null]);
  expect([group.state.channel?.name, people.open('group') === group]).toEqual(['Chess', true]);
  await expect.poll(() => backend.asked.at(-1)).toBe('GET /v1/channels/group/members');
  const read = backend.asked.length;
  const blocked = rondo.block(BOB.user_id);
  connection.reply(await connection.take('block'));
  await blocked;
  expect(people.state.friends).toEqual([]);
  // What he wrote in a group is hidden from now on.
  await expect.poll(() => backend.asked.slice(read)).toEqual(['GET /v1/channels/group/messages?limit=50']);
  await people.unfriend(BOB.user_id);
  expect(people.state.friends).toEqual([]);
  expect(await people.fileUrl('file-1')).toBe(`${rondo.api.base}/v1/files/file-1?sig=1`);
});

test('a call that we answered is read, one that we missed is not', async () => {
  const { people, tell } = await talking(2);
  await expect.poll(() => people.state.channels[0]?.unread).toBe(0);
  const call = (/** @type {number} */ n, /** @type {string} */ outcome) => ({ type: 'channel.message', message: lineOf(n, { kind: 'call', body: '', details: { outcome, live_s: null, mode: 'video' } }) });
  tell(call(3, 'accepted'));
  await expect.poll(() => people.state.channels[0].last_n).toBe(3);
  expect(people.state.channels[0]).toMatchObject({ unread: 0, read_n: 3 });
  tell(call(4, 'expired'));
  await expect.poll(() => people.state.channels[0].unread).toBe(1);
  tell(call(5, 'declined'));
  await expect.poll(() => people.state.channels[0].last_n).toBe(5);
  expect(people.state.channels[0]).toMatchObject({ unread: 2, read_n: 3 });
});

test('a friend to whom no conversation can be opened is a friend no more', async () => {
  const { people } = await talking(2);
  backend.routes = { [`PUT /v1/dms/${BOB.user_id}`]: () => [404, { error: { code: 'not_found', message: 'no' } }] };
  expect(people.state.friends).toHaveLength(1);
  await expect(people.openDm(BOB.user_id)).rejects.toMatchObject({ code: 'not_found' });
  expect(people.state.friends).toEqual([]);
});

test('what cannot be read in passing is read again; what cannot be read at all is said', async () => {
  let refusals = 2;
  const inbox = [channelOf({ last_n: 1 })];
  backend.routes = {
    'GET /v1/inbox': () => (refusals-- > 0 ? [503, { error: { code: 'unavailable', message: 'later' } }] : [200, { channels: inbox, unread_channels: 0, cursor: null }]),
    [`GET /v1/channels/${CHANNEL}/messages`]: () => [404, { error: { code: 'not_found', message: 'no' } }],
  };
  const { people } = await online();
  expect(people.state.channels).toHaveLength(1);
  const chat = people.open(CHANNEL);
  await expect.poll(() => [chat.state.loading, chat.state.error]).toEqual([false, 'not_found']);
});

test('a message in a channel further down than what is listed reads the top of the inbox', async () => {
  backend.channels = [];
  const { people, tell } = await online();
  backend.channels = [channelOf({ last_n: 4, unread: 2 })];
  tell({ type: 'channel.message', message: lineOf(4) });
  await expect.poll(() => [people.state.channels[0]?.unread, people.state.unreadChannels]).toEqual([2, 1]);
});

test('a second tab takes the connection over; it reads what the first has done', async () => {
  const { rondo: first, people, chat, connection } = await talking(1);
  chat.send('from the first');
  const frame = await connection.take('channel.send');
  const { rondo: second, people: other } = peopleOf();
  second.connect();
  const { connection: newer } = await server.meet(GRANTED);
  connection.ws.close(4001);
  await expect.poll(() => first.state.why).toBe('taken_over');
  // Whether it was sent is not known here.
  expect(chat.state.unsent).toMatchObject([{ client_id: frame.client_id, failed: 'cancelled' }]);
  store(lineOf(2, { from: ADA.user_id, body: frame.body, client_id: frame.client_id }));
  const there = other.open(CHANNEL);
  await expect.poll(() => numbers(there)).toEqual([1, 2]);
  second.disconnect();
  await newer.ended();
  first.connect();
  await server.meet(GRANTED);
  await expect.poll(() => numbers(chat)).toEqual([1, 2]);
  await expect.poll(() => people.state.channels[0].last_n).toBe(2);
  expect(chat.state.unsent).toEqual([]);
});
