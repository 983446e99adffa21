/** Notifications of the operating system, and the number at the icon of an installed page. */

const WORKER = '/notify.worker.js';

/** Whether this browser has notifications, and what it was told about them. @returns {NotificationPermission | 'none'} */
export function permission() {
  return window.Notification && navigator.serviceWorker ? Notification.permission : 'none';
}

/** Ask for permission; only after the user pressed a control that says so. @returns {Promise<boolean>} */
export async function askPermission() {
  return permission() !== 'none' && (await Notification.requestPermission()) === 'granted';
}

export class Notifier {
  /** @param {import('./prefs.js').Prefs} prefs */
  constructor(prefs) {
    this.prefs = prefs;
  }

  /**
   * Notify a user whose page is hidden. A notification of the same tag is replaced.
   * @param {string} tag
   * @param {string} title
   * @param {boolean} [stays] until it is pressed or taken back
   */
  async show(tag, title, stays = false) {
    if (document.visibilityState === 'visible' || !this.prefs.get('notify') || permission() !== 'granted') return;
    await (await registered())?.showNotification(title, { tag, requireInteraction: stays, icon: '/favicon.svg' });
  }

  /** @param {string} tag */
  async withdraw(tag) {
    if (!this.prefs.get('notify') || permission() !== 'granted') return;
    for (const notification of (await (await registered())?.getNotifications({ tag })) ?? []) notification.close();
  }

  /** @param {number} count */
  badge(count) {
    const shown = document.visibilityState === 'visible' ? 0 : count;
    if (shown) navigator.setAppBadge?.(shown).catch(() => {});
    else navigator.clearAppBadge?.().catch(() => {});
  }
}

/** Only a worker may notify on phones. @type {Promise<ServiceWorkerRegistration | null> | null} */
let registration = null;

function registered() {
  registration ??= navigator.serviceWorker.register(WORKER).then(
    () => navigator.serviceWorker.ready,
    () => null,
  );
  return registration;
}
