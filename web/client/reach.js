import { RondoError } from './errors.js';

/**
 * The address of a server, without a slash at the end.
 * @param {string | undefined} base given by the application; a page that the server itself serves needs none
 * @returns {string}
 */
export function baseOf(base = globalThis.location?.origin) {
  if (base && /^https?:\/\/[^/]/.test(base)) return base.replace(/\/+$/, '');
  const found = base === undefined ? 'there is no page to take it from' : `got ${JSON.stringify(base)}`;
  throw new RondoError('invalid', `base: the address of the server, such as "https://rondo.example" (${found})`, { field: 'base' });
}

/**
 * Why a server could not be reached. A browser does not tell a page that its origin was refused, but it lets every page
 * read /openapi.json: when that works and the API does not, the origin is the reason.
 * @param {string} base
 * @param {typeof globalThis.fetch} fetch
 * @returns {Promise<RondoError>}
 */
export async function unreachable(base, fetch) {
  const origin = globalThis.location?.origin;
  const answers = (/** @type {string} */ path) => fetch(base + path, { method: 'HEAD', credentials: 'omit' }).then(() => true, () => false);
  if (origin && origin !== base && (await answers('/openapi.json')) && !(await answers('/v1/access'))) {
    const text = `${base} does not allow pages of ${origin}. Its operator adds the origin to RONDO_ALLOWED_ORIGINS.`;
    return new RondoError('origin_refused', text, { origin });
  }
  return new RondoError('network', `${base} cannot be reached.`);
}
