import { createServer } from 'node:http';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Api, Rondo, RondoError } from '../../web/rondo.js';
import { ADA, BOB, Server, messageOf, once, roomOf } from './server.js';

/** @type {Server} */ let server;
/** @type {Rondo[]} */ let people;
/** @type {unknown[]} */ const reported = [];
// Browsers have it, Node has not.
globalThis.reportError = (error) => reported.push(error);

beforeEach(async () => {
  server = await Server.start();
  people = [];
});
afterEach(() => {
  for (const rondo of people) rondo.disconnect();
  server.stop();
});

function rondoOf() {
  const rondo = new Rondo({ token: 'secret', base: server.base, random: () => 0 });
  people.push(rondo);
  return rondo;
}

/** @param {object} [welcome] */
async function online(welcome) {
  const rondo = rondoOf();
  rondo.connect();
  const { connection } = await server.meet(welcome);
  await expect.poll(() => rondo.state.link).toBe('online');
  return { rondo, connection };
}

/** In a text room. @param {object} [room] */
const inRoom = (room) => online({ state: { phase: 'in_room', queue: null, invite: null, room: roomOf(room) } });

test('a listener that throws is reported, and the others and the client go on', async () => {
  const { rondo, connection } = await inRoom();
  const fault = new Error('of the application');
  rondo.on('state', () => {
    throw fault;
  });
  rondo.on('chat.message', () => {
    throw fault;
  });
  /** @type {string[]} */ const heard = [];
  rondo.on('chat.message', ({ message }) => heard.push(message.body));
  connection.send({ type: 'chat.message', seq: 1, message: messageOf('m1', 'hello') });
  connection.send({ type: 'chat.message', seq: 2, message: messageOf('m2', 'again') });
  await expect.poll(() => heard).toEqual(['hello', 'again']);
  expect(rondo.state.room?.messages.map(({ body }) => body)).toEqual(['hello', 'again']);
  expect(reported).toContain(fault);
});

test('every event is emitted under its own name, after the state has taken it', async () => {
  const { rondo, connection } = await inRoom();
  const ended = once(rondo, 'room.ended').then((event) => [event.reason, rondo.state.room, rondo.state.ended?.mine]);
  connection.send({ type: 'room.ended', seq: 1, room_id: 'room-1', reason: 'hangup', by: BOB.user_id, live_s: 3, cooldown_until_at: null });
  expect(await ended).toEqual(['hangup', null, false]);
});

test('connect, disconnect and connect again in one turn is one connection', async () => {
  const rondo = rondoOf();
  rondo.connect();
  rondo.disconnect();
  rondo.connect();
  await server.meet();
  await expect.poll(() => rondo.state.link).toBe('online');
  expect(rondo.state.me).toEqual(ADA);
  expect(server.connections.length).toBe(1);
});

test('after disconnect the client can connect again, and is in its room', async () => {
  const { rondo } = await inRoom();
  rondo.disconnect();
  expect([rondo.state.link, rondo.state.why]).toEqual(['stopped', 'closed']);
  rondo.connect();
  await server.meet({ state: { phase: 'in_room', queue: null, invite: null, room: roomOf() } });
  await expect.poll(() => rondo.state.link).toBe('online');
  expect(rondo.state.room?.room_id).toBe('room-1');
});

test('who waited waits again after a restart of the server, and not after a disconnect', async () => {
  const { rondo, connection } = await online();
  const joined = rondo.join({ mode: 'text' });
  connection.reply(await connection.take('queue.join'), { queue: { mode: 'text', joined_at: 1 } });
  await joined;
  connection.drop();
  const { connection: next } = await server.meet({ resumed: false });
  next.reply(await next.take('queue.join'), { queue: { mode: 'text', joined_at: 2 } });
  await expect.poll(() => rondo.state.queue?.joined_at).toBe(2);
  rondo.disconnect();
  rondo.connect();
  const { connection: last } = await server.meet();
  await last.take('ping');
  expect([rondo.state.phase, last.frames.filter(({ type }) => type === 'queue.join')]).toEqual(['idle', []]);
});

test('lines are sent in order, each once, though an answer is lost', async () => {
  const { rondo, connection } = await inRoom();
  rondo.say('one');
  rondo.say('two');
  expect(rondo.state.unsent.map(({ body }) => body)).toEqual(['one', 'two']);
  const first = await connection.take('chat.send');
  connection.drop();
  const { connection: next } = await server.meet({ resumed: true });
  const again = await next.take('chat.send');
  expect(again).toEqual(first);
  next.reply(again, { message: { ...messageOf('m1', 'one', ADA.user_id), client_id: again.client_id } });
  const second = await next.take('chat.send');
  expect(second.body).toBe('two');
  next.reply(second, { message: { ...messageOf('m2', 'two', ADA.user_id), client_id: second.client_id } });
  await expect.poll(() => rondo.state.unsent).toEqual([]);
  expect(rondo.state.room?.messages.map(({ body }) => body)).toEqual(['one', 'two']);
});

test('a line that was refused stays, with the reason, and can be sent again', async () => {
  const { rondo, connection } = await inRoom();
  rondo.say('hm');
  connection.refuse(await connection.take('chat.send'), 'invalid');
  await expect.poll(() => rondo.state.unsent[0].failed).toBe('invalid');
  rondo.sayAgain(rondo.state.unsent[0].client_id);
  const frame = await connection.take('chat.send');
  connection.reply(frame, { message: { ...messageOf('m1', 'hm', ADA.user_id), client_id: frame.client_id } });
  await expect.poll(() => rondo.state.unsent).toEqual([]);
});

test('a burst of lines keeps to the pace that the server allows', async () => {
  const { rondo, connection } = await inRoom();
  const lines = ['1', '2', '3', '4', '5', '6'];
  for (const line of lines) rondo.say(line);
  const began = performance.now();
  for (const line of lines) {
    const frame = await connection.take('chat.send');
    expect(frame.body).toBe(line);
    connection.reply(frame, { message: { ...messageOf(line, line, ADA.user_id), client_id: frame.client_id } });
  }
  expect(performance.now() - began).toBeGreaterThan(1_000);
});

test('what is missing is named', () => {
  const missing = (/** @type {any} */ options) => {
    try {
      return new Rondo(options);
    } catch (error) {
      return /** @type {RondoError} */ (error).message;
    }
  };
  expect(missing({ base: 'http://localhost:8080' })).toMatch(/^token:/);
  expect(missing({ token: 'secret' })).toMatch(/^base:.*no page/);
  expect(missing({ token: 'secret', base: 'rondo.example' })).toMatch(/^base:.*"rondo\.example"/);
});

test('a server that is not there is an error by name, for HTTP and for the socket', async () => {
  const gone = await Server.start();
  const { base } = gone;
  gone.stop();
  await expect(Rondo.signUp({ display_name: 'Ada', adult: true }, base)).rejects.toMatchObject({ code: 'network' });
  const rondo = new Rondo({ token: 'secret', base });
  people.push(rondo);
  const error = once(rondo, 'error');
  rondo.connect();
  expect(await error).toMatchObject({ code: 'network', message: `${base} cannot be reached.` });
});

test('HTTP goes through the fetch that was given, and a refusal carries its code and pause', async () => {
  const http = createServer((_, response) => {
    response.writeHead(429, { 'content-type': 'application/json', 'retry-after': '2' });
    response.end('{"error": {"code": "rate_limited", "message": "slowly"}}');
  });
  await new Promise((resolve) => http.listen(0, '127.0.0.1', () => resolve(undefined)));
  const { port } = /** @type {import('node:net').AddressInfo} */ (http.address());
  /** @type {string[]} */ const asked = [];
  const api = new Api(`http://127.0.0.1:${port}/`, 'secret', (input, init) => {
    asked.push(`${init?.method} ${input} ${new Headers(init?.headers).get('authorization')}`);
    return fetch(input, init);
  });
  const error = await api.me().catch((refusal) => refusal);
  http.close();
  expect([error.code, error.message, error.retryAfterMs]).toEqual(['rate_limited', 'slowly', 2_000]);
  expect(asked).toEqual([`GET http://127.0.0.1:${port}/v1/me Bearer secret`]);
});
