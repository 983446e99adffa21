/**
 * The messages of a channel that are held: each once, in order of `n`.
 * @typedef {import('../../people.js').ChannelMessage} ChannelMessage
 */

/**
 * Put messages in their places; of two states of a message the one with the higher `rev` stays.
 * @param {ChannelMessage[]} held
 * @param {ChannelMessage[]} more
 * @returns {ChannelMessage[]}
 */
export function merged(held, more) {
  if (!more.length) return held;
  const byNumber = new Map(held.map((message) => [message.n, message]));
  for (const message of more) {
    const known = byNumber.get(message.n);
    if (!known || known.rev <= message.rev) byNumber.set(message.n, message);
  }
  return [...byNumber.values()].sort((a, b) => a.n - b.n);
}

/**
 * Up to which message none is missing, if none is up to *n*.
 * @param {ChannelMessage[]} held
 * @param {number} n
 */
export function completeTo(held, n) {
  for (const message of held) if (message.n === n + 1) n++;
  return n;
}
