import { language, t } from './i18n.js';
import { duration } from './time.js';

/**
 * Why something was refused.
 * @param {any} error
 */
export function refusal(error) {
  switch (error?.code) {
    case 'target_unavailable':
      return t('refusal-unavailable');
    case 'cooldown_active':
      return t('refusal-cooldown');
    case 'rate_limited':
      return t('refusal-fast', { duration: duration(Math.max(1, Math.ceil((error.retryAfterMs ?? 0) / 1000))) });
    case 'access_required':
      return error.details?.field === 'birth_date' ? t('refusal-birth-date') : t('refusal-access');
    case 'gate_required':
      return t('refusal-gate');
    case 'banned':
      return t('refusal-banned');
    case 'offline':
    case 'network':
    case 'timeout':
    case 'unavailable':
      return t('refusal-offline');
    case 'invite_gone':
      return t('refusal-invite-gone');
    case 'unauthenticated':
      return t('refusal-signed-out');
    default:
      // What the server says is English; it is more use than nothing to who reads English.
      return (language() === 'en' && error?.message) || t('refusal-other');
  }
}
