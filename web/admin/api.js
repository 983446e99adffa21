/** Calls to the server in the name of a moderator; the token lasts as long as the tab. */

const KEY = 'rondo.admin';

export class Refused extends Error {
  /** @param {number} status @param {{code?: string, message?: string, statement?: string}} fault */
  constructor(status, fault) {
    super(fault.statement ? `${fault.message}: ${fault.statement}` : (fault.message ?? `The server answered ${status}.`));
    this.status = status;
    this.code = fault.code ?? 'internal';
  }
}

export const session = {
  /** @returns {string | null} */
  get token() {
    return sessionStorage.getItem(KEY);
  },
  set token(value) {
    if (value === null) sessionStorage.removeItem(KEY);
    else sessionStorage.setItem(KEY, value);
  },
};

/**
 * @param {string} method
 * @param {string} path
 * @param {object} [body]
 * @returns {Promise<any>}
 */
export async function call(method, path, body) {
  /** @type {Record<string, string>} */
  const headers = {};
  if (session.token) headers.Authorization = `Bearer ${session.token}`;
  if (body) headers['Content-Type'] = 'application/json';
  /** @type {Response} */
  let response;
  try {
    response = await fetch(path, { method, headers, body: body && JSON.stringify(body) });
  } catch {
    throw new Refused(0, { code: 'network', message: 'The server cannot be reached just now.' });
  }
  const answer = response.status === 204 ? null : await response.json().catch(() => null);
  if (!response.ok) throw new Refused(response.status, answer?.error ?? {});
  return answer;
}

/** @param {string} path @param {Record<string, string | number | boolean | null | undefined>} [query] */
export function get(path, query = {}) {
  const wanted = Object.entries(query).filter(([, value]) => value !== null && value !== undefined && value !== '');
  const text = new URLSearchParams(wanted.map(([name, value]) => [name, String(value)])).toString();
  return call('GET', text ? `${path}?${text}` : path);
}
