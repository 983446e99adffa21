import { t } from '../i18n.js';
import { refusal as plain } from '../refusal.js';

/** Why something was refused, with what is only refused among friends. @param {any} error */
export function refusal(error) {
  switch (error?.code) {
    case 'account_required':
      return t('refusal-account');
    case 'limit_reached':
      return t('refusal-limit');
    case 'channel_closed':
      return t('refusal-closed');
    case 'edit_expired':
      return t('refusal-edit-over');
    case 'not_found':
      return t('refusal-not-found');
    default:
      return plain(error);
  }
}
