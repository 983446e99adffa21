import { RondoError } from '../../rondo.js';

/** Headers that browsers set and a page must not set. */
const OWN_HEADERS = new Set(['content-length', 'host']);
/** What a store that does not answer as Rondo does means. */
const MEANINGS = /** @type {Record<number, import('../../rondo.js').ErrorCode>} */ ({ 403: 'forbidden', 404: 'not_found', 413: 'too_large', 429: 'rate_limited' });

/**
 * Upload a file: ask for the permission, send it, have it checked.
 * @param {import('../../rondo.js').Api} api
 * @param {Blob} blob
 * @param {import('../../people.js').UploadOptions} options
 * @returns {Promise<import('../../people.js').Attachment>}
 */
export async function upload(api, blob, { purpose, name = nameOf(blob), onProgress = () => {}, signal }) {
  const body = { purpose, name, bytes: blob.size, media_type: typeOf(blob) };
  const { attachment_id, upload: permit } = await api.request('POST /v1/attachments', { body });
  const url = resolve(api, permit.url);
  const headers = Object.entries(permit.headers).filter(([header]) => !OWN_HEADERS.has(header.toLowerCase()));
  if (signal?.aborted) throw new RondoError('cancelled');
  onProgress(0);
  const answer = await (globalThis.XMLHttpRequest && api.fetch === globalThis.fetch
    ? byRequest(url, headers, blob, onProgress, signal)
    : byFetch(api, url, headers, blob, signal));
  if (answer.status < 200 || answer.status > 299) throw refusal(answer);
  const { attachment } = await api.request('POST /v1/attachments/{attachment_id}/complete', { params: { attachment_id } });
  onProgress(1);
  return attachment;
}

/** @param {Blob} blob */
export const nameOf = (blob) => ('name' in blob && typeof blob.name === 'string' && blob.name) || 'file';

/** @param {Blob} blob */
export const typeOf = (blob) => blob.type.split(';')[0].trim();

/** An address of the server, absolute. @param {{base: string}} api @param {string} url */
export const resolve = (api, url) => (url.startsWith('/') ? api.base + url : url);

/**
 * The only way by which a page learns how much was sent.
 * @param {string} url
 * @param {[string, string][]} headers
 * @param {Blob} blob
 * @param {(done: number) => void} onProgress
 * @param {AbortSignal} [signal]
 * @returns {Promise<{status: number, text: string}>}
 */
function byRequest(url, headers, blob, onProgress, signal) {
  return new Promise((answer, reject) => {
    const request = new XMLHttpRequest();
    request.open('PUT', url);
    for (const [name, value] of headers) request.setRequestHeader(name, value);
    // The last step is the answer of the server.
    request.upload.onprogress = ({ loaded, total }) => onProgress(total ? Math.min(0.99, loaded / total) : 0);
    request.onload = () => answer({ status: request.status, text: request.responseText });
    request.onerror = () => reject(new RondoError('network', 'The upload was interrupted.'));
    request.onabort = () => reject(new RondoError('cancelled'));
    signal?.addEventListener('abort', () => request.abort(), { once: true });
    request.send(blob);
  });
}

/**
 * @param {import('../../rondo.js').Api} api
 * @param {string} url
 * @param {[string, string][]} headers
 * @param {Blob} blob
 * @param {AbortSignal} [signal]
 */
async function byFetch({ fetch }, url, headers, blob, signal) {
  try {
    const response = await fetch(url, { method: 'PUT', headers, body: blob, signal });
    return { status: response.status, text: await response.text() };
  } catch {
    throw signal?.aborted ? new RondoError('cancelled') : new RondoError('network', 'The upload was interrupted.');
  }
}

/** @param {{status: number, text: string}} answer */
function refusal({ status, text }) {
  let error;
  try {
    ({ error } = JSON.parse(text));
  } catch {
    // A bucket answers in XML.
  }
  const { code = MEANINGS[status] ?? (status >= 500 ? 'unavailable' : 'invalid'), message = `The upload was answered with ${status}.`, ...details } = error ?? {};
  return new RondoError(code, message, details);
}
