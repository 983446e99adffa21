/** The page of a signed-in user: its code, styles and messages are loaded when they are needed. */

import { loadMessages } from './i18n.js';

/** @type {Promise<typeof import('./app.js')> | null} */
let loading = null;

/** Load what the page needs beside the form; again if it failed, which is an error with the code `offline`. */
export function loadApp() {
  loading ??= Promise.all([import('./app.js'), loadMessages('app'), ...[...document.querySelectorAll('link[data-later]')].map(loadStyles)])
    .then(([module]) => module)
    .catch((error) => {
      loading = null;
      throw Object.assign(error, { code: 'offline' });
    });
  return loading;
}

/**
 * Show the page of the user whose token is in `Prefs`.
 * @param {import('./letter.js').Letter} [letter] what was in the address, if it has been read
 */
export async function openApp(letter) {
  const { App } = await loadApp();
  const app = new App(letter);
  app.start();
  // For the console, and for tests that look at the call from inside.
  Object.assign(globalThis, { rondoApp: app });
}

/** @param {Element} link */
function loadStyles(link) {
  if (link.hasAttribute('rel')) return Promise.resolve();
  return new Promise((resolve, reject) => {
    link.addEventListener('load', resolve);
    link.addEventListener('error', () => {
      link.removeAttribute('rel');
      reject(new Error(link.getAttribute('href') ?? ''));
    });
    link.setAttribute('rel', 'stylesheet');
  });
}
