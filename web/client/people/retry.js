/** Reads that failed for one of these are worth repeating. */
const PASSING = new Set(['network', 'unavailable', 'rate_limited', 'internal']);
const FIRST_MS = 500;
const CAP_MS = 15_000;

/**
 * Read until it works, or fails for good, or is not wanted any more.
 * @template Answer
 * @param {() => Promise<Answer>} attempt
 * @param {{isWanted: () => boolean, random: () => number, tries?: number}} options
 * @returns {Promise<Answer>}
 */
export async function persist(attempt, { isWanted, random, tries = Infinity }) {
  for (let failures = 1; ; failures++) {
    try {
      return await attempt();
    } catch (error) {
      const { code, retryAfterMs } = /** @type {import('../../rondo.js').RondoError} */ (error);
      if (failures >= tries || !PASSING.has(code) || !isWanted()) throw error;
      await pause(retryAfterMs || FIRST_MS / 2 + random() * Math.min(CAP_MS, FIRST_MS * 2 ** failures));
      if (!isWanted()) throw error;
    }
  }
}

/** @param {number} ms */
const pause = (ms) => new Promise((done) => setTimeout(done, ms));
