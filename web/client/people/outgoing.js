import { Outbox } from '../outbox.js';

/**
 * @typedef {import('../../people.js').UnsentFile} UnsentFile
 * @typedef {{body: string, reply_to: number | null, files: UnsentFile[]}} Draft
 * @typedef {Draft & {channel_id: string, sent_at: number}} Line
 * @typedef {import('../../rondo.js').Wire.MessageObject} Message
 */

/** Messages on their way to all channels, in order; one that waits for its files is overtaken. */
export class Outgoing {
  /** @type {Outbox<Line, Message>} */ #outbox;
  #upload;
  /** Uploads by the message that waits for them. @type {Map<string, AbortController>} */ #uploads = new Map();

  /**
   * @param {object} options
   * @param {import('../../rondo.js').Socket} options.socket
   * @param {(blob: Blob, options: import('../../people.js').UploadOptions) => Promise<{attachment_id: string}>} options.upload
   * @param {(message: Message) => void} options.onSent the line is not there any more
   * @param {() => void} options.onChange
   */
  constructor({ socket, upload, onSent, onChange }) {
    this.#upload = upload;
    this.#outbox = new Outbox({
      send: (line) => socket.request('channel.send', frameOf(line), { retry: true }),
      onSaid: onSent,
      onChange,
      isReady: ({ files }) => files.every(({ attachment_id }) => attachment_id),
    });
  }

  /** @param {string} channelId */
  linesOf(channelId) {
    return this.#outbox.lines.filter(({ channel_id }) => channel_id === channelId);
  }

  /** @param {Line} line @returns its `client_id` */
  send(line) {
    const clientId = this.#outbox.add(line);
    if (line.files.length) void this.#uploadFiles(clientId);
    return clientId;
  }

  /** Try one again that failed. @param {string} clientId */
  sendAgain(clientId) {
    const line = this.#outbox.lines.find(({ client_id }) => client_id === clientId);
    if (!line?.failed) return;
    // A refused message may have been refused because of its files: they are uploaded again.
    const files = line.files.map((file) => ({ ...file, progress: 0, attachment_id: null }));
    this.#outbox.change(clientId, { failed: null, files });
    if (files.length) void this.#uploadFiles(clientId);
  }

  /** @param {string} clientId */
  discard(clientId) {
    this.#uploads.get(clientId)?.abort();
    this.#outbox.remove(clientId);
  }

  close() {
    this.#outbox.close();
    for (const work of this.#uploads.values()) work.abort();
  }

  /** Upload the files of a line; then it is sent. @param {string} clientId */
  async #uploadFiles(clientId) {
    const work = new AbortController();
    this.#uploads.set(clientId, work);
    const files = () => this.#outbox.lines.find(({ client_id }) => client_id === clientId)?.files ?? [];
    const change = (/** @type {number} */ at, /** @type {Partial<UnsentFile>} */ changes) =>
      this.#outbox.change(clientId, { files: files().map((file, i) => (i === at ? { ...file, ...changes } : file)) });
    try {
      for (const [i, { blob, name }] of files().entries()) {
        const onProgress = (/** @type {number} */ progress) => change(i, { progress });
        const { attachment_id } = await this.#upload(blob, { purpose: 'message', name, onProgress, signal: work.signal });
        change(i, { attachment_id });
      }
    } catch (error) {
      this.#outbox.change(clientId, { failed: /** @type {import('../../rondo.js').RondoError} */ (error).code ?? 'internal' });
    }
    this.#uploads.delete(clientId);
  }
}

/** @param {Line & {client_id: string}} line */
function frameOf({ channel_id, client_id, body, reply_to, files }) {
  const attachment_ids = files.flatMap(({ attachment_id }) => attachment_id ?? []);
  return { channel_id, client_id, body, ...(reply_to && { reply_to }), ...(attachment_ids.length && { attachment_ids }) };
}
