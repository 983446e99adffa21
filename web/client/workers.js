/**
 * Start a worker of this folder. The package replaces this file by one that holds the workers as text, so that a bundler
 * need not know of them (client_package.mjs).
 * @param {'timer.worker.js' | 'gate-worker.js'} name
 */
export function startWorker(name) {
  return new Worker(new URL(`./${name}`, import.meta.url), { type: 'module' });
}
