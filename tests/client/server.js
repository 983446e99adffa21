import { createServer } from 'node:http';
import { WebSocketServer } from 'ws';

const PATIENCE_MS = 20_000;

/**
 * @typedef {{method: string, path: string, query: URLSearchParams, headers: import('node:http').IncomingHttpHeaders, body: string}} Asked
 * @typedef {[status: number, body?: object]} Answer
 */

/** A server that says what a test tells it to: the other end of real connections. */
export class Server {
  /** Every connection that was ever made, in order. @type {Connection[]} */
  connections = [];
  /** Answers HTTP; with status 0 the connection is cut instead. @type {(asked: Asked) => Answer | Promise<Answer>} */
  answer = () => [404, { error: { code: 'not_found', message: 'there is nothing here' } }];
  #taken = 0;
  #arrived = new Signal();

  /** @param {import('node:http').Server} http */
  constructor(http) {
    this.http = http;
    http.on('request', (request, response) => void this.#serve(request, response));
    new WebSocketServer({ server: http }).on('connection', (ws) => {
      this.connections.push(new Connection(ws));
      this.#arrived.notify();
    });
  }

  static start() {
    return new Promise((/** @type {(server: Server) => void} */ resolve) => {
      const http = createServer();
      const server = new Server(http);
      http.listen(0, '127.0.0.1', () => resolve(server));
    });
  }

  get base() {
    return `http://127.0.0.1:${/** @type {import('node:net').AddressInfo} */ (this.http.address()).port}`;
  }

  /** The next connection that was not taken yet. @returns {Promise<Connection>} */
  async next() {
    await this.#arrived.until(() => this.connections.length > this.#taken);
    return this.connections[this.#taken++];
  }

  /** The next connection, after its hello was answered. @param {object} [welcome] */
  async meet(welcome) {
    const connection = await this.next();
    const hello = await connection.take('hello');
    connection.welcome(welcome);
    return { connection, hello };
  }

  stop() {
    for (const { ws } of this.connections) ws.terminate();
    this.http.closeAllConnections();
    this.http.close();
  }

  /** @param {import('node:http').IncomingMessage} request @param {import('node:http').ServerResponse} response */
  async #serve(request, response) {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const { pathname: path, searchParams: query } = new URL(request.url ?? '', 'http://localhost');
    const asked = { method: request.method ?? '', path: decodeURI(path), query, headers: request.headers, body: Buffer.concat(chunks).toString() };
    const [status, body] = await this.answer(asked);
    if (!status) return void response.destroy();
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(status === 204 ? undefined : JSON.stringify(body ?? {}));
  }
}

/** One connection of a client. */
export class Connection {
  /** Frames of the client that no test has taken yet. @type {any[]} */
  frames = [];
  closed = false;
  #changed = new Signal();

  /** @param {import('ws').WebSocket} ws */
  constructor(ws) {
    this.ws = ws;
    ws.on('message', (data) => {
      this.frames.push(JSON.parse(String(data)));
      this.#changed.notify();
    });
    ws.on('close', () => {
      this.closed = true;
      this.#changed.notify();
    });
  }

  /** The next frame of this type; others stay where they are. @param {string} type @returns {Promise<any>} */
  async take(type) {
    await this.#changed.until(() => this.frames.some((frame) => frame.type === type));
    return this.frames.splice(this.frames.findIndex((frame) => frame.type === type), 1)[0];
  }

  async ended() {
    await this.#changed.until(() => this.closed);
  }

  /** @param {object} frame */
  send(frame) {
    this.ws.send(JSON.stringify(frame));
  }

  /** Answer a frame. @param {{id: unknown}} frame @param {object} [result] */
  reply({ id }, result) {
    this.send({ type: 'reply', id, ...result });
  }

  /** Refuse a frame. @param {{id: unknown}} frame @param {string} code @param {object} [details] */
  refuse({ id }, code, details) {
    this.send({ type: 'error', id, code, message: code, ...details });
  }

  /** @param {object} [fields] */
  welcome(fields) {
    this.send({
      type: 'welcome',
      user: ADA,
      resume_key: 'key',
      resumed: false,
      server_at: Date.now(),
      heartbeat_s: 20,
      state: { phase: 'idle', queue: null, invite: null, room: null },
      ...fields,
    });
  }

  /** Cut the line without a word. */
  drop() {
    this.ws.terminate();
  }
}

/** Wakes whoever waits for a condition when something has happened. */
class Signal {
  /** @type {Set<() => void>} */ #waiting = new Set();

  notify() {
    for (const look of [...this.#waiting]) look();
  }

  /** @param {() => boolean} holds */
  until(holds) {
    if (holds()) return Promise.resolve();
    return new Promise((/** @type {(value?: undefined) => void} */ resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(look);
        reject(new Error('it did not happen in time'));
      }, PATIENCE_MS);
      const look = () => {
        if (!holds()) return;
        clearTimeout(timer);
        this.#waiting.delete(look);
        resolve();
      };
      this.#waiting.add(look);
    });
  }
}

export const ADA = { user_id: '00000000-0000-4000-8000-00000000000a', display_name: 'Ada' };
export const BOB = { user_id: '00000000-0000-4000-8000-00000000000b', display_name: 'Bob' };

/** A text room of Ada with Bob. @param {object} [changes] @returns {import('../../web/rondo.js').Room} */
export function roomOf(changes) {
  return {
    room_id: 'room-1',
    mode: 'text',
    status: 'live',
    role: 'offerer',
    peer: BOB,
    peer_connected: true,
    started_at: 1_000,
    live_at: 1_000,
    ends_at: null,
    grace: null,
    torch: null,
    messages: [],
    ice_servers: [],
    ...changes,
  };
}

/** @param {string} id @param {string} body @param {string} [from] @returns {import('../../web/rondo.js').Message} */
export function messageOf(id, body, from = BOB.user_id) {
  return { message_id: id, room_id: 'room-1', from, body, sent_at: 2_000, client_id: `of-${id}`, delivered_at: null, read_at: null };
}

/** The next time this is emitted. @param {{on: Function}} emitter @param {string} type @returns {Promise<any>} */
export function once(emitter, type) {
  return new Promise((resolve) => {
    const stop = emitter.on(type, (/** @type {unknown} */ value) => {
      stop();
      resolve(value);
    });
  });
}
