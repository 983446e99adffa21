/** Does the proof of work beside the page: `{challenge, bits}` in, `{tried}` and at last `{solution}` out. */

import { search } from './sha256.js';

const SLICE = 20_000;

globalThis.onmessage = (/** @type {MessageEvent<{challenge: string, bits: number}>} */ { data: { challenge, bits } }) => {
  for (let tried = 0; ; ) {
    const solution = search(challenge, bits, tried, SLICE);
    if (solution !== null) return globalThis.postMessage({ solution });
    tried += SLICE;
    globalThis.postMessage({ tried });
  }
};
