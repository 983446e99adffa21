import { ScreenShare } from '../client/screen.js';
import { People } from '../people.js';
import { Rondo } from '../rondo.js';
import { Alerts } from './alerts.js';
import { announce } from './announce.js';
import { confirm, dismissToasts, toast } from './dialogs.js';
import { avatar, button, h, say } from './dom.js';
import { t } from './i18n.js';
import { FriendsNav } from './friends/nav.js';
import { refusal } from './friends/refusal.js';
import { route } from './friends/route.js';
import { showHelp } from './help.js';
import { InviteDialog } from './invite.js';
import { languageChoice } from './language.js';
import { Letter } from './letter.js';
import { offerIntroduction } from './letter-offer.js';
import { showLogIn } from './log-in.js';
import { mediaSession, reportDevices } from './media-session.js';
import { Media } from './media.js';
import { needsMedia } from './media-need.js';
import { Notices } from './notices.js';
import { Pages } from './pages.js';
import { Prefs } from './prefs.js';
import { part } from './report.js';
import { AccountPage } from './screens/account.js';
import { Ended } from './screens/ended.js';
import { FriendsScreen } from './screens/friends.js';
import { AgeGate, CodeGate } from './screens/gate.js';
import { Lobby } from './screens/lobby.js';
import { RoomScreen } from './screens/room.js';
import { SignUp } from './screens/sign-up.js';
import { Connecting, Stopped } from './screens/stopped.js';
import { Waiting } from './screens/waiting.js';
import { Switches, deviceTrouble } from './self.js';
import { listen } from './shortcuts.js';
import { followKeyboard } from './viewport.js';
import { noticed } from './words.js';

/**
 * What a screen is: an element, made when it is entered, told of every change, and asked to clean up when it is left.
 * @typedef {object} Screen
 * @property {HTMLElement} element
 * @property {string} title of the document
 * @property {(state: import('../rondo.js').State) => void} [update]
 * @property {() => void} [tick] every quarter of a second
 * @property {() => void} [leave]
 * @property {boolean} [switches] whether it shows the switches of camera and microphone itself
 * @property {Record<string, () => void>} [keys] by `event.key`, lower case
 */

const SCREENS = { signUp: SignUp, connecting: Connecting, stopped: Stopped, gate: CodeGate, age: AgeGate, lobby: Lobby, waiting: Waiting, room: RoomScreen, ended: Ended, account: AccountPage, friends: FriendsScreen };

/** What the start page, too, takes from here. */
export { Rondo, showHelp, showLogIn };

/** The demo page: one person, one screen at a time, chosen by nothing but the state. */
export class App {
  prefs = new Prefs();
  media = new Media(this.prefs);
  share = new ScreenShare();
  pages = new Pages(this);
  /** What the form needs once it is filled in, as that of the start page does. */
  load = async () => ({ Rondo, showLogIn });
  /** @type {Rondo | null} */ rondo = null;
  /** Friends and messages; whether there are any, its state says. @type {People | null} */ people = null;
  /** @type {keyof typeof SCREENS | ''} */ #name = '';
  /** @type {Screen | null} */ #screen = null;
  alerts = new Alerts(this);
  #notices = new Notices(this);
  #friendsNav = new FriendsNav(this);
  #invite = new InviteDialog(this);
  /** In the top bar, wherever camera or microphone is on and the screen has no switch for it. */
  #switches = new Switches(this, 'ghost top-switch', 'top-');
  #welcomed = false;
  /** What has to be answered before we may meet people: for a code, or for our age. */
  #gated = /** @type {'' | 'gate' | 'age'} */ ('');

  /** @param {Letter} [letter] what was in the address: an introduction, an invite code */
  constructor(letter = new Letter()) {
    this.letter = letter;
  }

  start() {
    this.media.on('change', () => {
      this.rondo?.setTracks(this.media.tracks);
      this.#screen?.update?.(this.state);
      this.#invite.update(this.state);
      this.#showSwitches();
      reportDevices(this.media);
    });
    for (const event of ['online', 'offline', 'hashchange']) addEventListener(event, () => this.render());
    // Where messages are, what is new stands in their list.
    addEventListener('hashchange', () => route() && dismissToasts('a.toast'));
    followKeyboard();
    this.share.on('change', () => {
      this.rondo?.setScreen(this.share.track);
      this.#screen?.update?.(this.state);
    });
    setInterval(() => {
      this.#screen?.tick?.();
      this.#invite.tick();
      this.alerts.tick();
    }, 250);
    listen(this, () => this.#invite.keys ?? this.#screen?.keys ?? {});
    const token = this.prefs.get('token');
    if (token) this.enter(token);
    else this.render();
  }

  /** @returns {import('../rondo.js').State} */
  get state() {
    return this.rondo?.state ?? /** @type {any} */ ({ link: 'idle', phase: 'idle', room: null, invite: null, me: null });
  }

  /** Sign in with a token we have. @param {string} token */
  enter(token) {
    this.prefs.set({ token });
    this.#welcomed = false;
    this.#disconnect();
    const rondo = new Rondo({ token, features: ['friends', 'channels'] });
    this.rondo = rondo;
    this.people = new People(rondo);
    // The address may have been one of theirs all along.
    this.people.on('state', () => (this.pages.current === 'friends' && this.#name !== 'friends' ? this.render() : this.#friendsNav.update()));
    rondo.setTracks(this.media.tracks);
    rondo.on('event', (frame) => {
      this.alerts.onEvent(frame);
      if (frame.type === 'notification') this.#notices.hear(frame.notification);
    });
    rondo.on('state', (state, before) => this.#onState(state, before));
    rondo.on('call', (call) => {
      const look = () => this.#screen?.update?.(rondo.state);
      call?.on('change', look);
      look();
    });
    rondo.connect();
    this.render();
  }

  async signOut() {
    const { rondo } = this;
    if (!rondo) return;
    const me = /** @type {any} */ (await rondo.api.me().catch(() => null));
    const text = me?.permanent ? t('sign-out-permanent', { email: me.email ?? '' }) : t('sign-out-guest');
    const sure = await confirm({ title: t('sign-out-title'), text, yes: t('sign-out') });
    if (!sure) return;
    await rondo.api.signOut().catch(() => {});
    this.forget();
  }

  /** Forget the account: the next user of this device may be another person. */
  forget() {
    this.#disconnect();
    this.media.close();
    this.prefs.set({ token: null, interests: [], want: [] });
    this.alerts.forget();
    this.#notices.forget();
    this.pages.close();
    this.render();
  }

  #disconnect() {
    this.people?.close();
    this.rondo?.disconnect();
    this.people = this.rondo = null;
  }

  help() {
    showHelp(this);
  }

  /**
   * Do something that may be refused, and say so in words when it is.
   * @param {Promise<unknown> | undefined} deed
   */
  async attempt(deed) {
    try {
      await deed;
      return true;
    } catch (error) {
      if (/** @type {any} */ (error)?.code === 'cancelled') return false;
      const words = refusal(error);
      toast(words, 'bad');
      announce(words, 'urgent');
      return false;
    }
  }

  async toggleMic() {
    await this.media.toggleMic();
    if (this.media.micOn && !this.media.audio) this.sayTrouble();
  }

  async toggleCamera() {
    await this.media.toggleCamera();
    if (this.media.cameraOn && !this.media.video) this.sayTrouble();
  }

  /** Why a switch did not do what it was pressed for. */
  sayTrouble() {
    const words = deviceTrouble(this.media);
    if (!words) return;
    toast(words, 'bad');
    announce(words, 'urgent');
  }

  /** Close camera and microphone if nothing needs them. */
  closeUnneeded() {
    if (this.media.isOpen && !needsMedia(this.state, this.prefs.get('mode'))) this.media.close();
  }

  /** Look for someone, with camera and microphone on when that is what it takes. @param {'video' | 'text'} [mode] */
  async find(mode = this.prefs.get('mode')) {
    this.prefs.set({ mode });
    if (mode === 'video') await this.media.open();
    return this.attempt(this.rondo?.join(this.prefs.wishes()));
  }

  /** Block, and if need be report. @param {import('../rondo.js').Profile} peer @param {string | null} [roomId] */
  block(peer, roomId) {
    return part(this, peer, roomId ? { room_id: roomId } : {});
  }

  /** The line is open: see whether we may meet people, and what came while we were away. */
  async #arrive() {
    const { rondo, letter } = this;
    await letter.ready;
    if ((letter.inviteOnly || letter.partsByAge) && !this.#welcomed) {
      const me = /** @type {any} */ (await rondo?.api.me().catch(() => null));
      this.#gated = letter.inviteOnly && me?.access === 'unpaid' ? 'gate' : letter.partsByAge && me && !me.birth_date ? 'age' : '';
    }
    if (rondo !== this.rondo) return;
    // After a restart all clients reconnect in the same second: requests that are not urgent wait for a random time.
    setTimeout(() => void this.#notices.look(), this.#welcomed ? Math.random() * 5_000 : 0);
    if (!this.#welcomed) {
      this.#welcomed = true;
      if (letter.code && !this.#gated) letter.burn();
      void offerIntroduction(letter, this);
    }
    this.render();
  }

  /** We may meet people now. */
  open() {
    this.#gated = '';
    this.render();
  }

  /** @param {import('../rondo.js').State} state @param {import('../rondo.js').State} before */
  #onState(state, before) {
    const mode = this.prefs.get('mode');
    // A call to a friend that came to nothing leaves one among friends, where no camera is seen.
    const isOver = before.invite && !state.invite && !state.room && !state.queue && this.pages.current === 'friends';
    if ((needsMedia(before, mode) && !needsMedia(state, mode)) || isOver) this.media.close();
    this.alerts.onState(state, before);
    if (state.room?.room_id !== before.room?.room_id || state.room?.mode !== before.room?.mode) mediaSession(this, state.room);
    if (state.room && !before.room) this.pages.close();
    if (state.why === 'signed_out' && before.why !== 'signed_out') this.prefs.set({ token: null });
    if (state.link === 'online' && before.link !== 'online') void this.#arrive();
    this.render();
    if (state.notice && state.notice !== before.notice) {
      const words = noticed(state.notice);
      if (words) {
        toast(words);
        announce(words);
      }
    }
    if (state.link !== before.link && state.room) {
      if (state.link === 'waiting' && before.link === 'online') announce(t('link-lost'));
      if (state.link === 'online') announce(t('link-back'));
    }
  }

  #choose() {
    const { state } = this;
    if (!this.rondo) return 'signUp';
    if (state.link === 'stopped') return 'stopped';
    if (!this.#welcomed) return 'connecting';
    if (state.room) return 'room';
    if (this.pages.current) return this.pages.current;
    if (state.ended) return 'ended';
    if (this.#gated) return this.#gated;
    if (state.phase === 'queued') return 'waiting';
    // An invite is a dialog above the screen that one came from.
    if (state.phase === 'invited') return state.queue || this.#name === 'waiting' ? 'waiting' : 'lobby';
    return 'lobby';
  }

  render() {
    const name = this.#choose();
    if (name !== this.#name) this.#show(name);
    this.#screen?.update?.(this.state);
    this.#invite.update(this.state);
    document.title = this.#invite.title ?? this.#screen?.title ?? 'Rondo';
    this.#nav();
    this.#showSwitches();
    say(/** @type {HTMLElement} */ (document.getElementById('offline')), navigator.onLine ? '' : t('offline'));
  }

  #showSwitches() {
    const { mic, camera } = this.#switches;
    this.#switches.update();
    mic.hidden = camera.hidden = !this.media.isOpen || !!this.#screen?.switches;
  }

  /** Build everything that has words again: the language is another one. */
  redraw() {
    this.#invite.update({ ...this.state, invite: null });
    this.#notices = new Notices(this);
    this.#friendsNav = new FriendsNav(this);
    void this.#notices.look();
    delete document.getElementById('nav')?.dataset.user;
    this.#name = '';
    this.render();
    const start = /** @type {HTMLElement | null} */ (document.querySelector('.language select') ?? document.querySelector('#screen h1'));
    if (start && start.tabIndex < 0) start.tabIndex = -1;
    start?.focus();
  }

  /** @param {keyof typeof SCREENS} name */
  #show(name) {
    const first = this.#name === '';
    this.#screen?.leave?.();
    this.#name = name;
    document.body.dataset.screen = name;
    for (const dialog of document.querySelectorAll('dialog')) if (!dialog.classList.contains('invite')) dialog.close('');
    this.#screen = new SCREENS[name](this);
    const main = /** @type {HTMLElement} */ (document.getElementById('screen'));
    main.replaceChildren(this.#screen.element);
    main.scrollTop = 0;
    scrollTo(0, 0);
    const { queue, invite, room } = this.state;
    if (name === this.pages.current && !queue && !invite && !room) this.media.close();
    // A screen reader should begin to read here; on the first screen it does so anyway.
    const start = /** @type {HTMLElement | null} */ (main.querySelector('[data-focus]')) ?? main.querySelector('h1');
    if (!first && start) {
      if (start.tabIndex < 0) start.tabIndex = -1;
      start.focus({ preventScroll: true });
    }
  }

  #nav() {
    const nav = /** @type {HTMLElement} */ (document.getElementById('nav'));
    const { me } = this.state;
    const shown = this.rondo && me ? `${me.user_id} ${me.display_name}` : '';
    this.#friendsNav.update();
    if (nav.dataset.user === shown) return;
    nav.dataset.user = shown;
    nav.replaceChildren(this.#switches.mic, this.#switches.camera);
    nav.append(button({ icon: 'help', label: t('top-help'), quiet: true, kind: 'ghost', dataset: { test: 'help' }, onclick: () => this.help() }));
    if (!me || !this.rondo) return void nav.prepend(languageChoice(this));
    nav.append(
      this.#friendsNav.element,
      this.#notices.element,
      h('button', { type: 'button', class: 'button ghost me', title: t('top-account'), dataset: { test: 'account' }, onclick: () => this.pages.openAccount() }, avatar(me, 'small'), h('span', { class: 'me-name', dir: 'auto' }, me.display_name)),
      button({ icon: 'out', label: t('sign-out'), quiet: true, kind: 'ghost', dataset: { test: 'sign-out' }, onclick: () => void this.signOut() }),
    );
  }
}
