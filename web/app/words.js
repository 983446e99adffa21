/** What things are called that happen: endings, notices, troubles. */

import { t } from './i18n.js';

/**
 * How a room ended, and what that means.
 * @param {import('../rondo.js').Ended} ended
 * @returns {{title: string, text: string}}
 */
export function ending({ reason, mine, peer, cooldown_until_at }) {
  const name = peer.display_name;
  const apart = cooldown_until_at ? [t('ended-apart')] : [];
  const said = (/** @type {string} */ title, /** @type {string[]} */ ...text) => ({ title, text: text.join(' ') });
  switch (reason) {
    case 'hangup':
      return mine ? said(t('ended-hangup-mine'), t('ended-hangup-mine-text', { name }), ...apart) : said(t('ended-hangup', { name }), t('ended-hangup-text', { name }), ...apart);
    case 'next':
      return mine ? said(t('ended-next-mine'), ...apart) : said(t('ended-next', { name }), t('ended-next-text'), ...apart);
    case 'time_up':
      return said(t('ended-time-up'), t('ended-time-up-text', { name }), ...apart);
    case 'torch':
      return said(t('ended-torch'), t('ended-torch-text', { name }), ...apart);
    case 'grace_expired':
      return said(mine ? t('ended-away-mine') : t('ended-away', { name }), t('ended-away-text'), ...apart);
    case 'connect_failed':
      return said(t('ended-no-path'), t('ended-no-path-text', { name }));
    case 'reported':
      return said(t('ended-reported', { name }), t('ended-reported-text'));
    case 'blocked':
      return said(t('ended-blocked', { name }), t('ended-blocked-text'));
    case 'banned':
    case 'deleted':
      return said(t('ended-gone', { name }), t('ended-gone-text'));
    default:
      return said(t('ended-other'), t('ended-other-text', { name }));
  }
}

/**
 * What happened on the way; null when it needs no words.
 * @param {import('../rondo.js').Notice} notice
 */
export function noticed({ kind, peer }) {
  const name = peer?.display_name ?? t('the-other');
  switch (kind) {
    case 'declined':
      return t('invite-declined', { name });
    case 'cancelled':
      return t('invite-cancelled', { name });
    case 'expired':
      return t('invite-expired', { name });
    case 'missed':
      return t('invite-missed', { name });
    case 'unavailable':
      return t('invite-unavailable', { name });
    case 'no_answer':
      return t('invite-no-answer');
    case 'expired_hold':
      return t('queue-hold-expired');
    case 'gone':
      return t('invite-gone');
    default:
      return null;
  }
}

/** @param {import('./media.js').Trouble | null} trouble @param {'camera' | 'microphone' | 'both'} device */
export function trouble(trouble, device) {
  switch (trouble) {
    case 'denied':
      return t('trouble-denied', { device });
    case 'none':
      return t('trouble-none', { device });
    case 'busy':
      return t('trouble-busy', { device });
    case 'insecure':
      return t('trouble-insecure', { device });
    default:
      return null;
  }
}

/** @param {import('../rondo.js').StopReason | null} why */
export function stopped(why) {
  switch (why) {
    case 'taken_over':
      return { title: t('stopped-taken-over'), text: t('stopped-taken-over-text'), action: t('stopped-taken-over-action') };
    case 'banned':
      return { title: t('stopped-banned'), text: t('stopped-banned-text'), action: null };
    case 'signed_out':
      return { title: t('stopped-signed-out'), text: t('stopped-signed-out-text'), action: t('stopped-signed-out-action') };
    default:
      return { title: t('stopped-other'), text: t('stopped-other-text'), action: t('stopped-other-action') };
  }
}
