/**
 * A list of listeners by name; `on` returns the way to stop listening. A listener that throws is reported like any
 * uncaught error, and affects neither the other listeners nor the emitter.
 * @template {Record<string, any[]>} Events
 */
export class Emitter {
  /** @type {Map<keyof Events, Set<(...args: any[]) => void>>} */
  #listeners = new Map();

  /**
   * @template {keyof Events} K
   * @param {K} type
   * @param {(...args: Events[K]) => void} listener
   * @returns {() => void}
   */
  on(type, listener) {
    let set = this.#listeners.get(type);
    if (!set) this.#listeners.set(type, (set = new Set()));
    set.add(listener);
    return () => void set.delete(listener);
  }

  /**
   * @template {keyof Events} K
   * @param {K} type
   * @param {Events[K]} args
   */
  emit(type, ...args) {
    for (const listener of [...(this.#listeners.get(type) ?? [])]) {
      try {
        listener(...args);
      } catch (error) {
        report(error);
      }
    }
  }

  /** Whether there are listeners. @param {keyof Events} type */
  has(type) {
    return !!this.#listeners.get(type)?.size;
  }
}

/** Report an error of the application's code without throwing it here. @param {unknown} error */
export function report(error) {
  if (globalThis.reportError) globalThis.reportError(error);
  else console.error(error);
}
