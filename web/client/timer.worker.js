/** Timers for a page that may be hidden: browsers let hidden pages run a timer once a minute, workers on time. */

/** @type {Map<number, number>} */
const timers = new Map();

/** `{id, ms}` starts a timer, which answers with its id; `{id}` ends it. */
globalThis.onmessage = ({ data: { id, ms } }) => {
  clearTimeout(timers.get(id));
  timers.delete(id);
  if (ms === undefined) return;
  timers.set(
    id,
    setTimeout(() => {
      timers.delete(id);
      globalThis.postMessage(id);
    }, ms),
  );
};
