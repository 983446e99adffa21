import { afterEach, beforeEach, expect, test } from 'vitest';
import WS from 'ws';
import { RondoError, Socket } from '../../web/rondo.js';
import { Server, once } from './server.js';

/** @type {Server} */ let server;
/** @type {Socket[]} */ let sockets;

beforeEach(async () => {
  server = await Server.start();
  sockets = [];
});
afterEach(() => {
  for (const socket of sockets) socket.close();
  server.stop();
});

/** A socket that comes back without a pause. @param {object} [options] */
function socketOf(options) {
  const socket = new Socket({ url: `${server.base.replace('http', 'ws')}/v1/ws`, token: 'secret', random: () => 0, ...options });
  sockets.push(socket);
  return socket;
}

/** @param {object} [welcome] */
async function online(welcome) {
  const socket = socketOf();
  socket.open();
  return { socket, ...(await server.meet(welcome)) };
}

test('hello carries the token and announces the heartbeat, without resume', async () => {
  const { socket, hello } = await online();
  expect(hello).toEqual({ type: 'hello', token: 'secret', heartbeat: true });
  if (socket.status !== 'online') await once(socket, 'status');
  expect(socket.status).toBe('online');
});

test('a request resolves with its reply and rejects with its error', async () => {
  const { socket, connection } = await online();
  await once(socket, 'status');
  const [good, bad] = [socket.request('discover', { limit: 3 }), socket.request('block', { user_id: 'x' })];
  const [discover, block] = [await connection.take('discover'), await connection.take('block')];
  expect(discover).toMatchObject({ type: 'discover', limit: 3 });
  connection.refuse(block, 'rate_limited', { retry_after_ms: 700 });
  connection.reply(discover, { people: [] });
  expect(await good).toMatchObject({ people: [] });
  const error = await bad.catch((refusal) => refusal);
  expect(error).toBeInstanceOf(RondoError);
  expect([error.code, error.retryAfterMs]).toEqual(['rate_limited', 700]);
});

test('a request that may not be repeated fails with the connection', async () => {
  const { socket, connection } = await online();
  await once(socket, 'status');
  const answer = socket.request('invite.send', { user_id: 'u', mode: 'text' });
  await connection.take('invite.send');
  connection.drop();
  await expect(answer).rejects.toMatchObject({ code: 'offline' });
});

test('a request that may be repeated is sent again, in order, until it is answered', async () => {
  const { socket, connection } = await online();
  await once(socket, 'status');
  const first = socket.request('queue.join', { mode: 'text' }, { retry: true });
  const second = socket.request('queue.leave', {}, { retry: true });
  await connection.take('queue.leave');
  connection.drop();
  const { connection: next } = await server.meet();
  const [join, leave] = [await next.take('queue.join'), await next.take('queue.leave')];
  expect(join.id).toBeLessThan(leave.id);
  next.reply(join, { queue: { mode: 'text', joined_at: 1 } });
  next.reply(leave);
  expect(await first).toMatchObject({ queue: { mode: 'text' } });
  await second;
});

test('a refusal that says to wait is repeated for a request that may be', async () => {
  const { socket, connection } = await online();
  await once(socket, 'status');
  const answer = socket.request('room.leave', { room_id: 'r' }, { retry: true });
  connection.refuse(await connection.take('room.leave'), 'unavailable', { retry_after_ms: 1 });
  connection.reply(await connection.take('room.leave'));
  await answer;
});

test('a lost connection resumes after the last event that was taken, and no event is taken twice', async () => {
  const { socket, connection } = await online();
  /** @type {number[]} */ const seen = [];
  socket.on('event', (event) => { if ('seq' in event) seen.push(event.seq); });
  for (const seq of [1, 2, 2, 3]) connection.send({ type: 'torch.cleared', seq, room_id: 'r' });
  connection.send({ type: 'server.draining', seq: 4, reconnect_in_ms: 0 });
  const { connection: next, hello } = await server.meet({ resumed: true, resume_key: 'other' });
  expect(hello.resume).toEqual({ key: 'key', seq: 4 });
  for (const seq of [4, 5]) next.send({ type: 'torch.cleared', seq, room_id: 'r' });
  await expect.poll(() => seen).toEqual([1, 2, 3, 4, 5]);
});

test('friends and channels are a stream of their own, which is resumed by itself', async () => {
  const socket = socketOf({ features: ['friends', 'channels'] });
  socket.open();
  const granted = { features: ['channels', 'friends'], people_resumed: false };
  const { connection, hello } = await server.meet(granted);
  expect([hello.features, hello.resume]).toEqual([['friends', 'channels'], undefined]);
  /** @type {number[]} */ const seen = [];
  socket.on('event', (event) => { if ('people_seq' in event) seen.push(event.people_seq); });
  for (const people_seq of [1, 2, 2, 3]) connection.send({ type: 'channel.gone', people_seq, channel_id: 'c' });
  await expect.poll(() => seen).toEqual([1, 2, 3]);
  connection.drop();
  // The session is gone, and the stream is not.
  const { connection: second, hello: again } = await server.meet({ ...granted, resume_key: 'other', resumed: false, people_resumed: true });
  expect(again.resume).toEqual({ key: 'key', seq: 0, people_seq: 3 });
  second.send({ type: 'torch.cleared', seq: 1, room_id: 'r' });
  second.send({ type: 'channel.gone', people_seq: 4, channel_id: 'c' });
  second.send({ type: 'people.reset', people_seq: 5, within_ms: 0 });
  second.send({ type: 'channel.gone', people_seq: 1, channel_id: 'c' });
  await expect.poll(() => seen).toEqual([1, 2, 3, 4, 5, 1]);
  second.drop();
  const { connection: third, hello: last } = await server.meet({ ...granted, resumed: true, people_resumed: false });
  expect(last.resume).toEqual({ key: 'other', seq: 1, people_seq: 1 });
  third.drop();
  expect((await (await server.next()).take('hello')).resume).toEqual({ key: 'key', seq: 1, people_seq: 0 });
});

test('a session that cannot be resumed numbers its events from 1', async () => {
  const { socket, connection } = await online();
  /** @type {number[]} */ const seen = [];
  socket.on('event', (event) => { if ('seq' in event) seen.push(event.seq); });
  connection.send({ type: 'torch.cleared', seq: 9, room_id: 'r' });
  await expect.poll(() => seen).toEqual([9]);
  connection.drop();
  const { connection: next } = await server.meet({ resumed: false });
  next.send({ type: 'torch.cleared', seq: 1, room_id: 'r' });
  await expect.poll(() => seen).toEqual([9, 1]);
});

test.each([
  [4001, 'taken_over'],
  [4003, 'banned'],
  [4401, 'signed_out'],
])('close code %i stops it: %s', async (code, why) => {
  const { socket, connection } = await online();
  await once(socket, 'status');
  const waiting = socket.request('queue.leave', {}, { retry: true });
  connection.ws.close(code);
  await expect(waiting).rejects.toMatchObject({ code: 'cancelled' });
  expect([socket.status, socket.why]).toEqual(['stopped', why]);
});

test('a server that falls silent in a room is left', async () => {
  const heartbeat = { ping_s: 0.05, server_silent_s: 0.15, client_silent_s: 1 };
  const { socket } = await online({ heartbeat });
  socket.setUrgent(true);
  expect((await server.meet({ heartbeat })).hello.resume).toEqual({ key: 'key', seq: 0 });
});

test('open, close and open in one turn is one WebSocket', async () => {
  const socket = socketOf();
  socket.open();
  socket.close();
  socket.open();
  await server.meet();
  await expect.poll(() => socket.status).toBe('online');
  expect(server.connections.length).toBe(1);
});

test('close cancels what was not answered, and open begins again without resume', async () => {
  const { socket, connection } = await online();
  await once(socket, 'status');
  const waiting = socket.request('discover');
  socket.close();
  await expect(waiting).rejects.toMatchObject({ code: 'cancelled' });
  await expect(socket.request('discover')).rejects.toMatchObject({ code: 'offline' });
  await connection.ended();
  socket.open();
  const { hello, connection: next } = await server.meet();
  expect(hello.resume).toBeUndefined();
  await expect.poll(() => socket.status).toBe('online');
  const answer = socket.request('discover');
  next.reply(await next.take('discover'), { people: [] });
  expect(await answer).toMatchObject({ people: [] });
});

test('an aborted request is cancelled, and not sent again', async () => {
  const { socket, connection } = await online();
  await once(socket, 'status');
  const abort = new AbortController();
  const answer = socket.request('signal', { room_id: 'r', candidate: null }, { retry: true, signal: abort.signal });
  await connection.take('signal');
  abort.abort();
  await expect(answer).rejects.toMatchObject({ code: 'cancelled' });
  connection.drop();
  const { connection: next } = await server.meet();
  await next.take('ping');
  expect(next.frames.filter(({ type }) => type === 'signal')).toEqual([]);
});

test('another WebSocket than the platform has serves as well', async () => {
  let made = 0;
  class Counted extends WS {
    /** @param {string} url @param {string[]} protocols */
    constructor(url, protocols) {
      super(url, protocols);
      made++;
    }
  }
  const socket = socketOf({ WebSocket: Counted });
  socket.open();
  await server.meet();
  await expect.poll(() => socket.status).toBe('online');
  expect(made).toBe(1);
});

test('without a WebSocket the error says what to pass', () => {
  expect(() => socketOf({ WebSocket: null })).toThrow(/package `ws`/);
});
