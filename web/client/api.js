import { RondoError } from './errors.js';
import { baseOf, unreachable } from './reach.js';

/** The HTTP half of the contract, as far as a person in a browser needs it. */
export class Api {
  /**
   * @param {string} [base] address of the server; this page's own by default
   * @param {string | null} [token]
   * @param {typeof globalThis.fetch} [fetch]
   */
  constructor(base, token = null, fetch = globalThis.fetch) {
    if (!fetch) throw new RondoError('unsupported', 'There is no fetch here: Node has it from version 18 on; or pass one as `fetch`.');
    this.base = baseOf(base);
    this.token = token;
    this.fetch = fetch;
  }

  /** What a sign-up from here has to bring along now. @returns {Promise<import('../rondo.js').Gate>} */
  gate() {
    return this.#call('GET', '/v1/auth/gate');
  }

  /**
   * Make a guest; keep the token, it is shown only once. `Rondo.signUp` passes the gate as well.
   * @param {import('../rondo.js').SignUp & {gate?: import('../rondo.js').GateAnswer}} person
   * @returns {Promise<{token: string, user: import('../rondo.js').Profile}>}
   */
  signUp(person) {
    return this.#call('POST', '/v1/auth/guest', person);
  }

  /** @returns {Promise<import('../rondo.js').Profile & {ban?: import('../rondo.js').Ban | null}>} */
  me() {
    return this.#call('GET', '/v1/me').then((answer) => answer.user ?? answer);
  }

  /** @param {Partial<import('../rondo.js').SignUp>} changes */
  update(changes) {
    return this.#call('PATCH', '/v1/me', changes).then((answer) => answer.user ?? answer);
  }

  /** How to reach the peer, with fresh credentials for the relay. @returns {Promise<import('../rondo.js').Ways>} */
  ice() {
    return this.#call('GET', '/v1/ice');
  }

  /** Revoke the token; it is invalid immediately. */
  signOut() {
    return this.#call('POST', '/v1/auth/logout');
  }

  /** Come back to a permanent account. @param {string} email @param {string} password */
  logIn(email, password) {
    return this.#call('POST', '/v1/auth/login', { email, password });
  }

  /**
   * Become permanent; id and history stay. Where letters are sent, `user.pending_email` waits for `verify`.
   * @param {string} email
   * @param {string} password
   */
  upgrade(email, password) {
    return this.#call('POST', '/v1/auth/upgrade', { email, password });
  }

  /** Every other session ends. @param {string} password @param {string} newPassword */
  changePassword(password, newPassword) {
    return this.#call('POST', '/v1/auth/password', { password, new_password: newPassword });
  }

  /** Get a letter that proves our address. */
  askToVerify() {
    return this.#call('POST', '/v1/auth/email/letter');
  }

  /** @param {string} code from that letter */
  verify(code) {
    return this.#call('POST', '/v1/auth/email/verify', { code });
  }

  /** Get a letter for a new password; it is not said whether there is such an account. @param {string} email */
  askToReset(email) {
    return this.#call('POST', '/v1/auth/reset/letter', { email });
  }

  /** @param {string} code from that letter @param {string} password */
  reset(code, password) {
    return this.#call('POST', '/v1/auth/reset', { code, password });
  }

  /** Where we are signed in. */
  sessions() {
    return this.#call('GET', '/v1/sessions');
  }

  /** Sign out somewhere else. @param {string} id */
  endSession(id) {
    return this.#call('DELETE', `/v1/sessions/${encodeURIComponent(id)}`);
  }

  /** Everything that is held about us. @param {string} [password] of a permanent account */
  exportAll(password) {
    return this.#call('GET', '/v1/me/export', undefined, proof(password));
  }

  /**
   * This cannot be undone.
   * @param {string} [password] of a permanent account
   * @param {{erase_messages?: boolean}} [query] whether messages to friends and groups are emptied too
   */
  deleteAccount(password, query) {
    return this.request('DELETE /v1/me', { query, headers: proof(password) });
  }

  /** @param {string} userId */
  block(userId) {
    return this.#call('PUT', `/v1/blocks/${encodeURIComponent(userId)}`);
  }

  /** Appeal against the user's own ban, once. @param {string} text @returns {Promise<import('../rondo.js').Ban>} */
  appeal(text) {
    return this.#call('POST', '/v1/appeal', { text });
  }

  /**
   * Past calls, newest first.
   * @param {string} [cursor]
   */
  history(cursor) {
    return this.#call('GET', `/v1/history${cursor ? `?cursor=${encodeURIComponent(cursor)}` : ''}`);
  }

  /**
   * What was said in a past call, oldest first.
   * @param {string} roomId
   * @param {string} [cursor]
   */
  transcript(roomId, cursor) {
    return this.#call('GET', `/v1/history/${encodeURIComponent(roomId)}/messages${cursor ? `?cursor=${encodeURIComponent(cursor)}` : ''}`);
  }

  /** Make a link that introduces a friend to a user we have met. @param {string} userId */
  introduce(userId) {
    return this.#call('POST', '/v1/referrals', { target_user_id: userId });
  }

  /** Whom a link is about, and who made it. @param {string} code */
  introduction(code) {
    return this.#call('GET', `/v1/referrals/${encodeURIComponent(code)}`);
  }

  /** Be introduced by a link. @param {string} code */
  follow(code) {
    return this.#call('POST', `/v1/referrals/${encodeURIComponent(code)}/follow`);
  }

  /** What we were told, newest first. @param {string} [cursor] */
  notifications(cursor) {
    return this.#call('GET', `/v1/notifications${cursor ? `?cursor=${encodeURIComponent(cursor)}` : ''}`);
  }

  /** Say whether we want to be introduced, when asked. @param {string} id @param {boolean} accept */
  answerNotification(id, accept) {
    return this.#call('POST', `/v1/notifications/${encodeURIComponent(id)}/answer`, { accept });
  }

  /** @param {string} id */
  readNotification(id) {
    return this.#call('POST', `/v1/notifications/${encodeURIComponent(id)}/read`);
  }

  /** Whether all users may be matched, or only those with a code. */
  door() {
    return this.#call('GET', '/v1/access');
  }

  /** About how many people are connected; fewer than 10 are 0. @returns {Promise<{people: number}>} */
  online() {
    return this.#call('GET', '/v1/online');
  }

  /** Our own invite code; `not_found` until it is earned. */
  inviteCode() {
    return this.#call('GET', '/v1/invite-code');
  }

  /** The same as an SVG image that a telephone can read. @returns {Promise<string>} */
  inviteImage() {
    return this.#call('GET', '/v1/invite-code/qr.svg');
  }

  /** Redeem an invite code. @param {string} code */
  redeem(code) {
    return this.#call('POST', '/v1/invite-code/redeem', { code });
  }

  /**
   * Any resource of the server, named as in `Routes`: `request('GET /v1/channels/{channel_id}', { params: { channel_id } })`.
   * @param {string} route
   * @param {{params?: Record<string, string | number>, query?: object, body?: unknown, headers?: Record<string, string>}} [options]
   * @returns {Promise<any>}
   */
  request(route, { params = {}, query = {}, body, headers } = {}) {
    const [method, path] = route.split(' ');
    const asked = new URLSearchParams(Object.entries(query).filter(([, value]) => value !== undefined && value !== null));
    const place = path.replace(/\{(\w+)\}/g, (_, name) => encodeURIComponent(params[name]));
    return this.#call(method, String(asked) ? `${place}?${asked}` : place, body, headers);
  }

  /**
   * @param {string} method
   * @param {string} path
   * @param {unknown} [body]
   * @param {Record<string, string>} [more] headers
   * @returns {Promise<any>}
   */
  async #call(method, path, body, more) {
    const headers = /** @type {Record<string, string>} */ ({ accept: 'application/json', ...more });
    if (this.token) headers.authorization = `Bearer ${this.token}`;
    if (body !== undefined) headers['content-type'] = 'application/json';
    // Not called as a method: a browser's own insists on no `this`.
    const { fetch } = this;
    let response;
    try {
      response = await fetch(this.base + path, { method, headers, body: body === undefined ? undefined : JSON.stringify(body) });
    } catch {
      throw await unreachable(this.base, fetch);
    }
    const kind = response.headers.get('content-type') ?? '';
    const answer = response.status === 204 ? null : kind.startsWith('image/') ? await response.text() : await response.json().catch(() => null);
    if (response.ok) return answer;
    const { code = 'internal', message = `The server answered ${response.status}.`, ...details } = answer?.error ?? {};
    const pause = Number(response.headers.get('retry-after'));
    if (pause && !('retry_after_ms' in details)) details.retry_after_ms = pause * 1000;
    throw new RondoError(code, message, details);
  }
}

/** The header that proves whose account it is. @param {string} [password] @returns {Record<string, string>} */
function proof(password) {
  return password === undefined ? {} : { 'x-rondo-password': encodeURIComponent(password) };
}
