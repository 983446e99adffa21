/** SHA-256 (FIPS 180-4) for a proof of work: many hashes of one text with a counter behind it. */

const K = constants();
const SCHEDULE = new Int32Array(64);

/**
 * Try the numbers from `from` on as solutions of a challenge.
 * @param {string} challenge
 * @param {number} bits how many zero bits SHA-256(challenge + ":" + solution) has to begin with, up to 64
 * @param {number} from
 * @param {number} tries
 * @returns {string | null} the solution, or null when none of them is one
 */
export function search(challenge, bits, from, tries) {
  const prefix = new TextEncoder().encode(`${challenge}:`);
  const whole = prefix.length - (prefix.length % 64);
  const start = initial();
  for (let at = 0; at < whole; at += 64) compress(start, new DataView(prefix.buffer), at);
  const rest = prefix.subarray(whole);
  const state = new Int32Array(8);
  const tail = new Uint8Array(128);
  const view = new DataView(tail.buffer);
  const high = Math.min(bits, 32);
  for (let number = from; number < from + tries; number++) {
    const digits = String(number);
    const length = rest.length + digits.length;
    const size = length < 56 ? 64 : 128;
    tail.fill(0);
    tail.set(rest);
    for (let i = 0; i < digits.length; i++) tail[rest.length + i] = digits.charCodeAt(i);
    tail[length] = 0x80;
    view.setUint32(size - 4, (whole + length) * 8);
    state.set(start);
    for (let at = 0; at < size; at += 64) compress(state, view, at);
    if (isZero(state[0], high) && (bits <= 32 || isZero(state[1], bits - 32))) return digits;
  }
  return null;
}

/** Whether the first `bits` of a word are zero. @param {number} word @param {number} bits */
function isZero(word, bits) {
  return bits === 0 || word >>> (32 - bits) === 0;
}

/** @param {Int32Array} state @param {DataView} text @param {number} at where the block of 64 bytes begins */
function compress(state, text, at) {
  const w = SCHEDULE;
  for (let i = 0; i < 16; i++) w[i] = text.getInt32(at + i * 4);
  for (let i = 16; i < 64; i++) {
    const a = w[i - 15];
    const b = w[i - 2];
    const low = ((a >>> 7) | (a << 25)) ^ ((a >>> 18) | (a << 14)) ^ (a >>> 3);
    const top = ((b >>> 17) | (b << 15)) ^ ((b >>> 19) | (b << 13)) ^ (b >>> 10);
    w[i] = (w[i - 16] + low + w[i - 7] + top) | 0;
  }
  let a = state[0], b = state[1], c = state[2], d = state[3], e = state[4], f = state[5], g = state[6], h = state[7];
  for (let i = 0; i < 64; i++) {
    const one = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
    const first = (h + one + ((e & f) ^ (~e & g)) + K[i] + w[i]) | 0;
    const zero = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
    const second = (zero + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    h = g;
    g = f;
    f = e;
    e = (d + first) | 0;
    d = c;
    c = b;
    b = a;
    a = (first + second) | 0;
  }
  state[0] = (state[0] + a) | 0;
  state[1] = (state[1] + b) | 0;
  state[2] = (state[2] + c) | 0;
  state[3] = (state[3] + d) | 0;
  state[4] = (state[4] + e) | 0;
  state[5] = (state[5] + f) | 0;
  state[6] = (state[6] + g) | 0;
  state[7] = (state[7] + h) | 0;
}

/** The first 32 bits of the fractional parts of the square roots of the first 8 primes. */
function initial() {
  return Int32Array.from(primes(8), (prime) => fraction(Math.sqrt(prime)));
}

/** The same of the cube roots of the first 64 primes. */
function constants() {
  return Int32Array.from(primes(64), (prime) => fraction(Math.cbrt(prime)));
}

/** @param {number} root */
function fraction(root) {
  return ((root - Math.floor(root)) * 2 ** 32) | 0;
}

/** @param {number} count */
function primes(count) {
  const found = /** @type {number[]} */ ([]);
  for (let number = 2; found.length < count; number++) if (found.every((prime) => number % prime)) found.push(number);
  return found;
}
