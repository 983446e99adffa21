/** Everything the page says in sentences. */

/** @param {number} ms */
export function clock(ms) {
  const s = Math.ceil(ms / 1000);
  return `${Math.floor(s / 60)}:${String(s % 60).padStart(2, '0')}`;
}

/** @param {number} ms */
export function elapsed(ms) {
  return clock(Math.floor(Math.max(0, ms) / 1000) * 1000);
}

/** @param {number} seconds */
export function duration(seconds) {
  const minutes = Math.round(seconds / 60);
  if (seconds < 60) return count(Math.round(seconds), 'second');
  return count(minutes, 'minute');
}

/** How long ago. @param {number} ms */
export function since(ms) {
  const minutes = Math.floor(ms / 60_000);
  if (minutes < 1) return 'just now';
  if (minutes < 60) return `${count(minutes, 'minute')} ago`;
  if (minutes < 24 * 60) return `${count(Math.floor(minutes / 60), 'hour')} ago`;
  return `${count(Math.floor(minutes / 60 / 24), 'day')} ago`;
}

/** @param {number} n @param {string} thing */
export function count(n, thing) {
  return `${n} ${thing}${n === 1 ? '' : 's'}`;
}

/**
 * How a room ended, and what that means.
 * @param {import('../rondo.js').Ended} ended
 * @returns {{title: string, text: string}}
 */
export function ending({ reason, mine, peer, cooldown_until_at }) {
  const name = peer.display_name;
  const apart = cooldown_until_at ? ` You two will not be paired again for a day.` : '';
  switch (reason) {
    case 'hangup':
      return mine ? { title: 'You hung up', text: `Thanks for talking with ${name}.${apart}` } : { title: `${name} hung up`, text: `That was it with ${name}.${apart}` };
    case 'next':
      return mine ? { title: 'On to the next', text: apart } : { title: `${name} moved on`, text: `It happens; it says nothing about you.${apart}` };
    case 'time_up':
      return { title: 'Time is up', text: `Your time with ${name} is over. Good conversations end too early.${apart}` };
    case 'torch':
      return { title: 'The torch went out', text: `Nobody kept it burning, so the room with ${name} went dark.${apart}` };
    case 'grace_expired':
      return { title: mine ? 'You were away too long' : `${name} did not come back`, text: `The connection was lost and the room could not be held any longer.${apart}` };
    case 'connect_failed':
      return { title: 'You could not be connected', text: `No path was found between you and ${name}. That is nobody's fault. It may take a while until you two can meet again.` };
    case 'reported':
      return { title: `You reported ${name}`, text: 'Thank you. A moderator will have a look, and you two never meet again.' };
    case 'blocked':
      return { title: `You blocked ${name}`, text: 'You are out of sight for each other, for good.' };
    case 'banned':
    case 'deleted':
      return { title: `${name} is gone`, text: 'This person is no longer on Rondo.' };
    default:
      return { title: 'The room is over', text: `While you were away, the room with ${name} ended.` };
  }
}

/**
 * What happened on the way; null when it needs no words.
 * @param {import('../rondo.js').Notice} notice
 */
export function noticed({ kind, peer }) {
  const name = peer?.display_name ?? 'The other person';
  switch (kind) {
    case 'declined':
      return `${name} said no this time.`;
    case 'cancelled':
      return `${name} changed their mind.`;
    case 'expired':
      return `${name} did not answer in time.`;
    case 'unavailable':
      return `${name} is not there any more.`;
    case 'no_answer':
      return 'You did not answer, so you are no longer in the queue.';
    case 'expired_hold':
      return 'The connection was away for too long, so your place in the queue is gone.';
    case 'gone':
      return 'The invite is gone.';
    default:
      return null;
  }
}

/**
 * Why something was refused.
 * @param {any} error
 */
export function refusal(error) {
  switch (error?.code) {
    case 'target_unavailable':
      return 'This person is not available any more.';
    case 'cooldown_active':
      return 'You two met or missed each other not long ago. Try again tomorrow.';
    case 'rate_limited':
      return `That was a bit fast. Try again in ${count(Math.max(1, Math.ceil((error.retryAfterMs ?? 0) / 1000)), 'second')}.`;
    case 'access_required':
      return error.details?.field === 'birth_date' ? 'Say when you were born before you meet people here.' : 'You need an invite code before you can meet people here.';
    case 'gate_required':
      return 'Too many people are coming in from where you are just now. Please try again in a few minutes.';
    case 'banned':
      return 'You cannot use Rondo at the moment.';
    case 'offline':
    case 'network':
    case 'timeout':
    case 'unavailable':
      return 'The server cannot be reached just now. Try again in a moment.';
    case 'invite_gone':
      return 'This invite is over.';
    case 'unauthenticated':
      return 'You are signed out.';
    default:
      return error?.message || 'That did not work.';
  }
}

/** @param {import('./media.js').Trouble | null} trouble @param {string} what */
export function trouble(trouble, what) {
  switch (trouble) {
    case 'denied':
      return `The browser may not use your ${what}. Allow it in the address bar, or go on without.`;
    case 'none':
      return `No ${what} found. You can still see and hear the other person.`;
    case 'busy':
      return `Your ${what} is in use by another program.`;
    case 'insecure':
      return `Browsers give the ${what} to secure pages only: open this page over https or as localhost.`;
    default:
      return null;
  }
}

/** @param {import('../rondo.js').StopReason | null} why */
export function stopped(why) {
  switch (why) {
    case 'taken_over':
      return { title: 'You are in another window', text: 'Rondo is open somewhere else with your name, and that window has the line now.', action: 'Use it here' };
    case 'banned':
      return { title: 'You are banned', text: 'You cannot use Rondo.', action: null };
    case 'signed_out':
      return { title: 'You are signed out', text: 'Your session is over. Come in again; it takes ten seconds.', action: 'Sign in again' };
    default:
      return { title: 'Not connected', text: 'The conversation with the server is over.', action: 'Connect' };
  }
}
