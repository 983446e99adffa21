import { startWorker } from './workers.js';

/**
 * `setTimeout` that keeps time while the page is hidden: it runs in a worker, one for the page. Where there is no worker
 * (an old browser, a policy that forbids it, a page of another origin) the page's own timers serve, and `kind` says so.
 */
export class Timers {
  /** @type {'none' | 'worker' | 'page'} */ kind = 'none';
  /** @type {Worker | null} */ #worker = null;
  /** @type {Map<number, {run: () => void, at: number, page: number}>} */ #running = new Map();
  #nextId = 1;

  /**
   * @param {() => void} run
   * @param {number} ms
   * @returns {number} for `clear`
   */
  set(run, ms) {
    if (this.kind === 'none') this.#start();
    const id = this.#nextId++;
    this.#running.set(id, { run, at: performance.now() + ms, page: 0 });
    if (this.#worker) this.#worker.postMessage({ id, ms });
    else this.#setInPage(id, ms);
    return id;
  }

  /** @param {number} id */
  clear(id) {
    const timer = this.#running.get(id);
    if (!timer) return;
    this.#running.delete(id);
    if (this.#worker) this.#worker.postMessage({ id });
    else clearTimeout(timer.page);
  }

  #start() {
    try {
      const worker = startWorker('timer.worker.js');
      worker.onmessage = ({ data }) => this.#fire(data);
      worker.onerror = () => this.#fallBack('it did not load');
      this.#worker = worker;
      this.kind = 'worker';
    } catch (error) {
      this.#fallBack(String(error));
    }
  }

  /** @param {string} why */
  #fallBack(why) {
    if (this.kind === 'page') return;
    this.#worker?.terminate();
    this.#worker = null;
    this.kind = 'page';
    if (globalThis.document) console.warn(`rondo: no worker for timers (${why}). While this page is hidden it may lose its room.`);
    for (const [id, { at }] of this.#running) this.#setInPage(id, at - performance.now());
  }

  /**
   * @param {number} id
   * @param {number} ms
   */
  #setInPage(id, ms) {
    const timer = this.#running.get(id);
    if (timer) timer.page = setTimeout(() => this.#fire(id), ms);
  }

  /** @param {number} id */
  #fire(id) {
    const timer = this.#running.get(id);
    this.#running.delete(id);
    timer?.run();
  }
}

/** Those of this page. */
export const timers = new Timers();
