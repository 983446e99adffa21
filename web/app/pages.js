/** Pages with an address of their own: account, friends, messages. The back button of the browser leaves them. */

import { route, talkAddress } from './friends/route.js';

const ACCOUNT = '#you';

export class Pages {
  /** The field of the account page that one came for. */
  accountField = '';

  /** @param {import('./app.js').App} app */
  constructor(app) {
    this.app = app;
  }

  /** The page that the address names. @returns {'account' | 'friends' | null} */
  get current() {
    if (location.hash === ACCOUNT) return 'account';
    return route() && this.app.people?.state.available ? 'friends' : null;
  }

  /** @param {string} [field] the id of the one to fill in */
  openAccount(field = '') {
    this.accountField = field;
    location.hash = ACCOUNT;
  }

  /** Where something is new, or else where there is something. */
  openFriends() {
    const { unreadChannels = 0, channels = [], received = [] } = this.app.people?.state ?? {};
    location.hash = unreadChannels || (channels.length && !received.length) ? '#messages' : '#friends';
  }

  /** Open the conversation with a friend. @param {string} userId */
  openTalk(userId) {
    return this.app.attempt(
      this.app.people?.openDm(userId).then((chat) => {
        location.hash = talkAddress(chat.channelId);
        chat.close();
      }),
    );
  }

  close() {
    if (location.hash !== ACCOUNT && !route()) return;
    history.replaceState(null, '', location.pathname + location.search);
    this.app.render();
  }
}
