import { RondoError } from './errors.js';

/** The HTTP half of the contract, as far as a person in a browser needs it. */
export class Api {
  /**
   * @param {string} base origin of the server, without a slash at the end
   * @param {string | null} [token]
   */
  constructor(base, token = null) {
    this.base = base;
    this.token = token;
  }

  /**
   * Make a guest; keep the token, it is shown only once.
   * @param {import('../rondo.js').SignUp} person
   * @returns {Promise<{token: string, user: import('../rondo.js').Profile}>}
   */
  signUp(person) {
    return this.#call('POST', '/v1/auth/guest', person);
  }

  /** @returns {Promise<import('../rondo.js').Profile>} */
  me() {
    return this.#call('GET', '/v1/me').then((answer) => answer.user ?? answer);
  }

  /** @param {Partial<import('../rondo.js').SignUp>} changes */
  update(changes) {
    return this.#call('PATCH', '/v1/me', changes).then((answer) => answer.user ?? answer);
  }

  /** The token is dead at once. */
  signOut() {
    return this.#call('POST', '/v1/auth/logout');
  }

  /** @param {string} userId */
  block(userId) {
    return this.#call('PUT', `/v1/blocks/${encodeURIComponent(userId)}`);
  }

  /**
   * Past calls, newest first.
   * @param {string} [cursor]
   */
  history(cursor) {
    return this.#call('GET', `/v1/history${cursor ? `?cursor=${encodeURIComponent(cursor)}` : ''}`);
  }

  /**
   * @param {string} method
   * @param {string} path
   * @param {unknown} [body]
   * @returns {Promise<any>}
   */
  async #call(method, path, body) {
    const headers = /** @type {Record<string, string>} */ ({ accept: 'application/json' });
    if (this.token) headers.authorization = `Bearer ${this.token}`;
    if (body !== undefined) headers['content-type'] = 'application/json';
    let response;
    try {
      response = await fetch(this.base + path, { method, headers, body: body === undefined ? undefined : JSON.stringify(body) });
    } catch {
      throw new RondoError('network', 'The server cannot be reached.');
    }
    const answer = response.status === 204 ? null : await response.json().catch(() => null);
    if (response.ok) return answer;
    const { code = 'internal', message = `The server answered ${response.status}.`, ...details } = answer?.error ?? {};
    const pause = Number(response.headers.get('retry-after'));
    if (pause && !('retry_after_ms' in details)) details.retry_after_ms = pause * 1000;
    throw new RondoError(code, message, details);
  }
}
