import { ADA, BOB } from './server.js';

export const CHANNEL = '0198c0de-0000-7000-8000-0000000000c1';

/** @param {number} n @param {object} [changes] @returns {any} */
export function lineOf(n, changes) {
  return {
    ...{ channel_id: CHANNEL, n, rev: 0, kind: 'text', from: BOB.user_id, body: `line ${n}`, client_id: `of-${n}`, reply_to: null },
    ...{ sent_at: 1_000 + n, edited_at: null, deleted_at: null, attachments: [], reactions: [], details: {}, ...changes },
  };
}

/** @param {number} from @param {number} to */
export const linesOf = (from, to) => Array.from({ length: to - from + 1 }, (_, i) => lineOf(from + i));

/** @param {object} [changes] @returns {any} */
export function channelOf(changes) {
  return {
    ...{ channel_id: CHANNEL, kind: 'dm', name: null, peer: BOB, members: [ADA, BOB], owner_id: null, writable: true },
    ...{ last_n: 0, rev: 0, last_at: 1_000, last_message: null, read_n: 0, unread: 0, mentions: 0, notify: 'all', ...changes },
  };
}

/** @param {object} [changes] @returns {any} */
export function friendOf(changes) {
  return {
    ...{ ...BOB, avatar_url: null, bio: '', status_text: '', nickname: '', note: '', since_at: 1, presence: 'offline' },
    ...{ channel_id: CHANNEL, ...changes },
  };
}

/** What the server stores of friends and one channel; answers HTTP as it does. */
export class Backend {
  /** What was asked, as "GET /v1/inbox". @type {string[]} */ asked = [];
  /** @type {any[]} */ channels = [];
  /** @type {any[]} */ friends = [];
  /** @type {any[]} */ received = [];
  /** Former members. @type {any[]} */ former = [];
  /** @type {any[]} */ lines = [];
  rev = 0;
  unread = 0;
  /** Answers before all else, by "METHOD /path". @type {Record<string, (asked: import('./server.js').Asked) => import('./server.js').Answer | Promise<import('./server.js').Answer>>} */
  routes = {};
  #isHeld = Promise.resolve();

  /** @param {import('./server.js').Server} server */
  constructor(server) {
    server.answer = async (asked) => {
      const route = `${asked.method} ${asked.path}`;
      this.asked.push(asked.query.size ? `${route}?${asked.query}` : route);
      // What is read is read now, and arrives later.
      const answer = await (this.routes[route]?.(asked) ?? this.#answer(route, asked.query));
      await this.#isHeld;
      return answer;
    };
  }

  /** Hold answers back until the function that is returned is called. */
  hold() {
    let release = () => {};
    this.#isHeld = new Promise((resolve) => (release = () => resolve(undefined)));
    return release;
  }

  /** @param {string} route @param {URLSearchParams} query @returns {import('./server.js').Answer} */
  #answer(route, query) {
    switch (route) {
      case 'GET /v1/inbox':
        return [200, { channels: this.channels, unread_channels: this.channels.filter(({ unread }) => unread).length, cursor: null }];
      case 'GET /v1/friends':
        return [200, { friends: this.friends, cursor: null }];
      case 'GET /v1/friends/requests':
        return [200, { received: this.received, sent: [], cursor: null }];
      case 'GET /v1/notifications':
        return [200, { notifications: [], unread: this.unread, cursor: null }];
      case `GET /v1/channels/${CHANNEL}`:
        return [200, { channel: this.channels[0] }];
      case `GET /v1/channels/${CHANNEL}/members`:
        return [200, { members: [{ ...ADA, read_n: 0, delivered_n: 0 }, { ...BOB, read_n: 1, delivered_n: 2 }], former: this.former, cursor: null }];
      case `GET /v1/channels/${CHANNEL}/messages`:
        return [200, this.#page(query)];
      default:
        return [404, { error: { code: 'not_found', message: route } }];
    }
  }

  /** @param {URLSearchParams} query */
  #page(query) {
    const number = (/** @type {string} */ name) => (query.has(name) ? Number(query.get(name)) : null);
    const [limit, before, after, around, rev] = [number('limit') ?? 50, number('before'), number('after'), number('around'), number('changed_after')];
    const last_n = this.lines.at(-1)?.n ?? 0;
    let found = this.lines.filter(({ n }) => n < (before ?? Infinity)).slice(-limit);
    if (after !== null) found = this.lines.filter(({ n }) => n > after).slice(0, limit);
    if (around !== null) found = this.lines.filter(({ n }) => Math.abs(n - around) <= 2);
    if (rev !== null) found = this.lines.filter((line) => line.rev > rev).sort((a, b) => a.rev - b.rev).slice(0, limit);
    const [first, last] = [found[0]?.n ?? 1, found.at(-1)?.n ?? last_n];
    const has_after = rev === null ? last < last_n : found.length === limit;
    return { messages: found, last_n, rev: this.rev, has_before: first > (this.lines[0]?.n ?? 1), has_after };
  }
}
