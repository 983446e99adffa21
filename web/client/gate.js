import { RondoError } from './errors.js';
import { startWorker } from './workers.js';

/** How many times a sign-up is tried with an answer: a challenge may end while it is solved. */
const ATTEMPTS = 3;
/** Without a worker the page gets its turn this often. */
const SLICE_MS = 12;
const SLICE = 500;

/**
 * Send a sign-up, and bring along what the gate asks for.
 * @template T
 * @param {(answer?: import('../rondo.js').GateAnswer) => Promise<T>} send
 * @param {import('../rondo.js').GateOptions} [options]
 * @returns {Promise<T>}
 */
export async function throughGate(send, options = {}) {
  let answer;
  for (let attempt = 0; ; attempt++) {
    try {
      return await send(answer);
    } catch (error) {
      if (!(error instanceof RondoError) || error.code !== 'gate_required' || attempt === ATTEMPTS) throw error;
      const { kind, challenge, bits, site_key: siteKey } = /** @type {any} */ (error.details);
      if (kind === 'pow') answer = { challenge, solution: await solve(challenge, bits, options) };
      else if (kind === 'turnstile' && options.turnstile) answer = { token: await options.turnstile(siteKey) };
      else throw error;
    }
  }
}

/**
 * Do a proof of work: in a worker where there may be one, else in slices between which the page lives on.
 * @param {string} challenge
 * @param {number} bits
 * @param {import('../rondo.js').GateOptions} [options]
 * @returns {Promise<string>}
 */
export async function solve(challenge, bits, { onProgress, signal } = {}) {
  const note = (/** @type {number} */ tried) => onProgress?.(1 - Math.exp(-tried / 2 ** bits));
  note(0);
  const solution = (await inWorker(challenge, bits, note, signal)) ?? (await inSlices(challenge, bits, note, signal));
  onProgress?.(1);
  return solution;
}

/**
 * @param {string} challenge @param {number} bits @param {(tried: number) => void} note @param {AbortSignal} [signal]
 * @returns {Promise<string | null>} null: this page may have no worker, because it is of another origin or its policy forbids it
 */
function inWorker(challenge, bits, note, signal) {
  return new Promise((resolve, reject) => {
    let worker = /** @type {Worker | null} */ (null);
    const end = (/** @type {() => void} */ settle) => {
      worker?.terminate();
      signal?.removeEventListener('abort', abort);
      settle();
    };
    const abort = () => end(() => reject(cancelled()));
    if (signal?.aborted) return abort();
    signal?.addEventListener('abort', abort);
    try {
      worker = startWorker('gate-worker.js');
    } catch {
      return end(() => resolve(null));
    }
    worker.onerror = () => end(() => resolve(null));
    worker.onmessage = ({ data }) => ('solution' in data ? end(() => resolve(data.solution)) : note(data.tried));
    worker.postMessage({ challenge, bits });
  });
}

/** @param {string} challenge @param {number} bits @param {(tried: number) => void} note @param {AbortSignal} [signal] */
async function inSlices(challenge, bits, note, signal) {
  // Loaded where it is needed: nearly every page has a worker.
  const { search } = await import('./sha256.js');
  for (let tried = 0; ; ) {
    for (const end = performance.now() + SLICE_MS; performance.now() < end; tried += SLICE) {
      const solution = search(challenge, bits, tried, SLICE);
      if (solution !== null) return solution;
    }
    note(tried);
    await new Promise((resolve) => setTimeout(resolve));
    if (signal?.aborted) throw cancelled();
  }
}

function cancelled() {
  return new RondoError('cancelled', 'The sign-up was cancelled.');
}
