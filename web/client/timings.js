/**
 * How fast this client gives up, and how it comes back. The people of `rondo drill` read these very lines
 * (server/drill/clients/timings.py), so each is `export const NAME = number;`. What both sides agree on for a heartbeat is in
 * `welcome.heartbeat`, not here.
 */

/** First pause before coming back; it doubles with every failure, and the real pause is a random part of it. */
export const BACKOFF_BASE_MS = 300;
/** Well below the 10 s of grace, so that a call finds its way back. */
export const BACKOFF_CAP_MS = 4_000;
/** A handshake that takes longer has met a server that hangs, a lost link or a captive portal. */
export const HELLO_TIMEOUT_MS = 5_000;
/** A connection this old counts as good: the next pause is short again. */
export const PROVEN_MS = 5_000;
/** How long the answer to a ping may take where no heartbeat applies. */
export const PROBE_TIMEOUT_MS = 5_000;
/** A timer this late tells that the page stood still, not that the server was silent. */
export const STALL_MS = 1_500;
export const REPLY_TIMEOUT_MS = 10_000;
/** A request that is worth repeating is repeated for this long, over as many connections as it takes. */
export const RETRY_FOR_MS = 90_000;
