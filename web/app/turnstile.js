/** The widget of Cloudflare Turnstile, where the service asks for it. */

import { t } from './i18n.js';

const SCRIPT = 'https://challenges.cloudflare.com/turnstile/v0/api.js?render=explicit';

/** @type {Promise<any> | null} */
let loading = null;

/**
 * Show the widget in a place of the page until its visitor has passed.
 * @param {HTMLElement} place
 * @param {string} siteKey
 * @returns {Promise<string>} the token
 */
export async function askTurnstile(place, siteKey) {
  loading ??= load();
  const turnstile = await loading;
  place.replaceChildren();
  place.hidden = false;
  try {
    return await new Promise((resolve, reject) => {
      turnstile.render(place, { sitekey: siteKey, callback: resolve, 'error-callback': () => reject(new Error(t('gate-not-loaded'))) });
    });
  } finally {
    place.hidden = true;
  }
}

/** @returns {Promise<any>} */
function load() {
  return new Promise((resolve, reject) => {
    const script = document.createElement('script');
    script.src = SCRIPT;
    script.async = true;
    script.onload = () => resolve(/** @type {any} */ (globalThis).turnstile);
    script.onerror = () => {
      loading = null;
      reject(new Error(t('gate-not-loaded')));
    };
    document.head.append(script);
  });
}
