import { canShareScreen } from '../../client/screen.js';
import { announce } from '../announce.js';
import { CornerMover } from '../call/corner.js';
import { CallPanel, canFlip, toggleFullScreen, toggleShare } from '../call/panel.js';
import { Peek } from '../call/peek.js';
import { QualitySign } from '../call/quality-sign.js';
import { Stage } from '../call/stage.js';
import { Chat } from '../chat.js';
import { confirm } from '../dialogs.js';
import { avatar, button, chips, dress, h, icon, say, withKey } from '../dom.js';
import { heart } from '../friends/touch.js';
import { t } from '../i18n.js';
import { Ring } from '../ring.js';
import { SelfView, Switches, Trouble } from '../self.js';
import { onSwipe } from '../swipe.js';
import { Torch } from '../torch.js';
import { clock } from '../time.js';

/** Two people in a room, by video or by text; the text may become video without leaving. */
export class RoomScreen {
  #clock = h('span', { class: 'pill clock', role: 'timer', 'aria-live': 'off', dataset: { test: 'clock' } });
  #muted = h('span', { class: 'pill', hidden: true }, icon('mic-off'), t('room-muted'));
  #linkWords = h('span');
  #link = h('div', { class: 'banner', role: 'status', hidden: true, dataset: { test: 'reconnecting' } }, h('span', { class: 'spinner', 'aria-hidden': 'true' }), this.#linkWords);
  #awayRing = new Ring('tiny');
  #awayWords = h('span');
  #away = h('div', { class: 'banner away', role: 'status', hidden: true, dataset: { test: 'away' } }, this.#awayRing.element, this.#awayWords);
  #ask = h('div', { class: 'banner ask', role: 'status', hidden: true, dataset: { test: 'upgrade' } });
  /** While we ask for video: our camera is on already, and so are its switches. */ #askSwitches;
  #trouble;
  #sharing;
  #share;
  #badge = h('span', { class: 'unread', hidden: true });
  switches = true;
  #whole = 0;
  #asked = '';
  #warned = false;
  #stage;
  #panel;
  #peek;
  #quality;
  #self;
  #flip;
  #switches;
  #torch;
  #chat;
  #open = false;
  /** After a call between friends there is no next one. */ #isFriend;

  /** @param {import('../app.js').App} app */
  constructor(app) {
    this.app = app;
    const room = /** @type {import('../../rondo.js').Room} */ (app.state.room);
    const { peer } = room;
    this.#isFriend = room.kind === 'friend';
    this.title = `${peer.display_name} · Rondo`;
    this.#stage = new Stage(app, peer);
    this.#quality = new QualitySign(app);
    this.#panel = new CallPanel(app, this.#stage, this.#quality.line);
    this.#peek = new Peek(app, room, () => this.#showChat(true));
    this.#self = new SelfView(app);
    new CornerMover(this.#self.element, app.prefs);
    this.#flip = button({ icon: 'flip', label: t('camera-flip'), quiet: true, kind: 'self-flip', hidden: true, dataset: { test: 'self-flip' }, onclick: () => void app.media.flip() });
    this.#self.element.append(this.#flip);
    this.#sharing = h('div', { class: 'banner sharing', role: 'status', hidden: true, dataset: { test: 'sharing' } }, icon('screen'), h('span', {}, t('screen-shared')), button({ label: t('screen-stop'), dataset: { test: 'stop-sharing' }, onclick: () => app.share.stop() }));
    this.#share = button({ icon: 'screen', label: withKey(t('screen-share'), 'S'), quiet: true, kind: 'round wide-only', keys: 'S', dataset: { test: 'share' }, onclick: () => void toggleShare(app) });
    this.#switches = new Switches(app);
    this.#askSwitches = new Switches(app, 'round', 'ask-');
    this.#trouble = new Trouble(app);
    this.element = h('section', { class: 'room', 'aria-label': t('room-with', { name: peer.display_name }) });
    this.#torch = new Torch(app, this.element);
    this.#chat = new Chat(app);

    this.chatButton = button({ icon: 'chat', label: withKey(t('chat'), 'C'), quiet: true, kind: 'round video-only', keys: 'C', 'aria-expanded': 'false', dataset: { test: 'open-chat' }, onclick: () => this.#showChat(!this.#open) });
    this.chatButton.append(this.#badge);
    this.videoButton = button({ icon: 'camera', label: t('room-ask-video'), kind: 'text-only', dataset: { test: 'ask-video' }, onclick: () => void this.#askForVideo() });
    const controls = h(
      'div',
      { class: 'controls', role: 'toolbar', 'aria-label': t('room') },
      this.#switches.mic,
      this.#switches.camera,
      canShareScreen() && this.#share,
      this.chatButton,
      this.videoButton,
      button({ icon: 'block', label: t('block-or-report', { name: peer.display_name }), quiet: true, kind: 'round', dataset: { test: 'block' }, hidden: peer.mirror, onclick: () => void app.block(peer) }),
      !this.#isFriend && button({ icon: 'next', label: t('room-next'), kind: 'next', keys: 'N Space', dataset: { test: 'next' }, onclick: () => void app.attempt(app.rondo?.next()) }),
      button({ icon: 'hangup', label: withKey(t('room-hang-up'), 'Esc'), quiet: true, kind: 'round danger', keys: 'Escape', dataset: { test: 'hangup' }, onclick: () => void this.#hangUp(false) }),
    );
    for (const name of ['mic', 'camera']) this.#switches[/** @type {'mic' | 'camera'} */ (name)].classList.add('video-only');
    this.element.append(
      h(
        'header',
        { class: 'room-bar' },
        avatar(peer),
        h('div', { class: 'room-who' }, h('div', { class: 'room-name' }, h('h1', { dir: 'auto', dataset: { focus: '' } }, peer.display_name), peer.mirror || this.#isFriend ? null : heart(app, peer, 'round')), peer.mirror ? h('span', { class: 'badge mirror' }, t('mirror')) : chips(peer.interests?.slice(0, 3), app.state.me?.interests)),
        this.#quality.bars,
        this.#muted,
        this.#clock,
        this.#panel.opener,
      ),
      h('div', { class: 'banners' }, peer.mirror && h('div', { class: 'banner mirror', dataset: { test: 'mirror' } }, icon('mirror'), h('span', {}, t('room-mirror'))), this.#link, this.#away, this.#ask, this.#sharing, this.#trouble.element, this.#quality.banner),
      this.#torch.element,
      this.#stage.element,
      this.#self.element,
      this.#peek.element,
      this.#chat.element,
      controls,
      this.#panel.element,
      h('div', { class: 'swiped', 'aria-hidden': 'true' }, icon('next')),
    );
    const next = () => void app.attempt(app.rondo?.next());
    if (!this.#isFriend) onSwipe(this.element, next);
    this.keys = {
      escape: () => (this.#panel.isOpen ? this.#panel.close() : this.#open && room.mode === 'video' ? this.#showChat(false) : void this.#hangUp(true)),
      ...(!this.#isFriend && { n: next, ' ': next }),
      m: () => void app.toggleMic(),
      v: () => void app.toggleCamera(),
      c: () => this.#showChat(true),
      f: () => void toggleFullScreen(),
      s: () => canShareScreen() && room.mode === 'video' && void toggleShare(app),
    };
    announce(t('room-entered', { mode: room.mode, name: peer.display_name }));
    if (room.mode === 'video' && !app.media.isOpen) void app.media.open();
    if (room.mode === 'text') requestAnimationFrame(() => matchMedia('(pointer: fine)').matches && this.#chat.focus());
  }

  /** @param {import('../../rondo.js').State} state */
  update(state) {
    const { room, link, leaving } = state;
    if (!room) return;
    this.element.dataset.mode = room.mode;
    this.element.dataset.status = leaving ? 'leaving' : room.status;
    this.element.classList.toggle('chat-open', this.#open);
    this.#self.update();
    this.#switches.update();
    this.#askSwitches.update();
    this.#updateTrouble(room);
    this.#torch.update(state);
    this.#chat.update(state);
    this.#updateStage(room, leaving);
    this.#peek.update(room, this.#open || room.mode === 'text');
    this.#updateAsk(state);
    this.#link.hidden = link === 'online';
    say(this.#linkWords, navigator.onLine ? t('room-reconnecting') : t('offline'));
    const away = !room.peer_connected && !!room.grace && link === 'online';
    if (away && this.#away.hidden) {
      this.#whole = Math.max(1_000, this.app.rondo?.left(room.grace?.ends_at) ?? 0);
      announce(t('room-away-announced', { name: room.peer.display_name, seconds: Math.ceil(this.#whole / 1000) }), 'urgent');
    }
    if (!away && !this.#away.hidden && room.peer_connected) announce(t('room-back', { name: room.peer.display_name }));
    this.#away.hidden = !away;
    this.tick();
  }

  tick() {
    const { rondo, state } = this.app;
    const { room } = state;
    if (!rondo || !room) return;
    this.#chat.tick();
    const unseen = this.#open ? 0 : this.#chat.unseen;
    this.#badge.hidden = !unseen;
    say(this.#badge, String(unseen));
    if (!this.#away.hidden) {
      const left = rondo.left(room.grace?.ends_at);
      this.#awayRing.set(left / this.#whole);
      say(this.#awayWords, left ? t('room-away-left', { name: room.peer.display_name, seconds: Math.ceil(left / 1000) }) : t('room-away', { name: room.peer.display_name }));
    }
    this.#clock.hidden = !room.ends_at;
    if (!room.ends_at) return;
    const left = rondo.left(room.ends_at);
    say(this.#clock, clock(left));
    this.#clock.classList.toggle('last', left < 30_000);
    if (left < 30_000 && !this.#warned) {
      this.#warned = true;
      if (left > 20_000) announce(t('room-half-minute'));
    }
  }

  leave() {
    this.#chat.leave();
    this.#torch.leave();
    this.#stage.leave();
    this.#panel.leave();
    this.#quality.leave();
    this.#peek.hide();
    this.app.share.stop();
  }

  /** What keeps us from being seen or heard, where that matters. @param {import('../../rondo.js').Room} room */
  #updateTrouble(room) {
    this.#trouble.update();
    if (room.mode === 'text' && !this.app.media.isOpen) this.#trouble.element.hidden = true;
  }

  /** @param {import('../../rondo.js').Room} room @param {string | null} leaving */
  #updateStage(room, leaving) {
    const { media, share, rondo } = this.app;
    this.#stage.update(room, leaving);
    this.#quality.update();
    this.#panel.update();
    this.element.classList.toggle('seeing', this.#stage.isSeeing);
    const { call } = rondo ?? {};
    this.#muted.hidden = room.mode !== 'video' || !this.#stage.isLinked || !!call?.state.peer.mic;
    this.#sharing.hidden = !share.track;
    this.#share.classList.toggle('off', !!share.track);
    dress(this.#share, 'screen', withKey(share.track ? t('screen-stop') : t('screen-share'), 'S'));
    this.#flip.hidden = !!share.track || !canFlip(media);
  }

  /** @param {import('../../rondo.js').State} state */
  #updateAsk({ room, upgrade, me }) {
    const key = upgrade ? `${upgrade.by} ${upgrade.declined}` : '';
    this.videoButton.disabled = !!upgrade && !upgrade.declined;
    if (key === this.#asked || !room) return;
    this.#asked = key;
    this.#ask.hidden = !upgrade;
    if (!upgrade) return;
    const name = room.peer.display_name;
    const mine = upgrade.by === me?.user_id;
    const words = upgrade.declined ? (mine ? '' : t('upgrade-declined', { name })) : mine ? t('upgrade-asked', { name }) : t('upgrade-asks', { name });
    this.#ask.hidden = !words;
    this.#ask.replaceChildren(
      icon('camera'),
      h('span', {}, words),
      ...(upgrade.declined
        ? []
        : mine
          ? [this.#askSwitches.mic, this.#askSwitches.camera]
          : [
            button({ label: t('upgrade-agree'), kind: 'primary', dataset: { test: 'agree-video' }, onclick: () => void this.#askForVideo() }),
            button({ label: t('upgrade-decline'), dataset: { test: 'decline-video' }, onclick: () => void this.app.attempt(this.app.rondo?.declineVideo()) }),
          ]),
    );
    if (words) announce(words, mine ? 'polite' : 'urgent');
  }

  /** Request video, or agree to the request: the same frame. The camera first, so that the peer gets a picture. */
  async #askForVideo() {
    await this.app.media.open();
    if (!this.app.media.video) this.app.sayTrouble();
    if (!(await this.app.attempt(this.app.rondo?.askForVideo()))) this.app.closeUnneeded();
  }

  /** @param {boolean} ask */
  async #hangUp(ask) {
    const name = this.app.state.room?.peer.display_name ?? '';
    if (ask && !(await confirm({ title: t('hang-up-title'), text: this.#isFriend ? t('call-hang-up-text', { name }) : t('hang-up-text', { name }), yes: t('room-hang-up') }))) return;
    void this.app.attempt(this.app.rondo?.hangUp());
  }

  /** @param {boolean} open */
  #showChat(open) {
    this.#open = open;
    this.element.classList.toggle('chat-open', open);
    this.chatButton.setAttribute('aria-expanded', String(open));
    dress(this.chatButton, 'chat', open ? t('chat-close') : withKey(t('chat'), 'C'));
    if (!open) return this.chatButton.focus();
    this.#peek.hide();
    this.#chat.reveal();
    this.#chat.focus();
  }
}
