import { announce } from './announce.js';
import { dismissToasts, toast } from './dialogs.js';
import { h } from './dom.js';
import { news } from './friends/nav.js';
import { t } from './i18n.js';
import { Notifier, askPermission, permission } from './notifier.js';
import { Sound } from './sound.js';

/** From here on the end of a call is near. */
const ENDING_MS = 30_000;

/** Events with a sound, and a notification while the page is hidden: an invite, a new room, a message, the last half minute. */
export class Alerts {
  #sound;
  #notifier;
  #warnedRoom = '';
  /** Whose invite we were told of last. */ #askedBy = '';
  /** Events while the page was hidden. */ #missed = 0;

  /** @param {import('./app.js').App} app */
  constructor(app) {
    this.app = app;
    this.#sound = new Sound(app.prefs);
    this.#notifier = new Notifier(app.prefs);
    document.addEventListener('visibilitychange', () => this.#count(0));
  }

  /** For tests that listen. */
  get output() {
    return this.#sound.output;
  }

  /** @param {import('../rondo.js').State} state @param {import('../rondo.js').State} before */
  onState(state, before) {
    const { invite, room } = state;
    if (invite && invite.invite_id !== before.invite?.invite_id) {
      this.#askedBy = invite.peer.user_id;
      const name = invite.peer.display_name;
      if (invite.role !== 'inviter') this.#tell('invite', 'invite', invite.kind === 'friend' ? t('notify-call', { name }) : t('invite-here', { name }));
    }
    if (before.invite && !invite) void this.#notifier.withdraw('invite');
    if (room && room.room_id !== before.room?.room_id && before.link === 'online') {
      // Of a room that follows an invite one knows.
      if (room.peer.user_id !== this.#askedBy) this.#tell('invite', 'room', t('room-entered', { mode: room.mode, name: room.peer.display_name }));
      this.#askedBy = '';
    }
    if (before.room && !room) void this.#notifier.withdraw('room').then(() => this.#notifier.withdraw('message'));
  }

  /** @param {any} frame */
  onEvent(frame) {
    if (frame.type === 'notification') return void this.#onMessage(frame.notification);
    if (frame.type !== 'chat.message' || frame.message.from === this.app.state.me?.user_id) return;
    this.#tell('message', 'message', t('notify-message', { name: this.app.state.room?.peer.display_name ?? '' }));
  }

  /** The server notifies as each conversation, and the account, is set. @param {import('../rondo.js').Notification} notification */
  async #onMessage(notification) {
    const what = await news(this.app, notification);
    if (!what) return;
    this.#tell('message', 'message', what.title);
    if (!what.isListed) toast(what.text, 'plain', what.address);
    announce(what.text);
  }

  /** Take back what was told to an account that has signed out. */
  forget() {
    this.#count(0);
    this.#askedBy = this.#warnedRoom = '';
    dismissToasts();
    announce('');
    for (const tag of ['invite', 'room', 'message']) void this.#notifier.withdraw(tag);
  }

  tick() {
    const { room } = this.app.state;
    const left = room?.ends_at ? (this.app.rondo?.left(room.ends_at) ?? Infinity) : Infinity;
    if (!room || left > ENDING_MS || room.room_id === this.#warnedRoom) return;
    this.#warnedRoom = room.room_id;
    if (left > ENDING_MS / 2) this.#sound.play('ending');
  }

  /** @param {'invite' | 'message'} chime @param {string} tag @param {string} words */
  #tell(chime, tag, words) {
    this.#sound.play(chime);
    void this.#notifier.show(tag, words, tag === 'invite');
    if (document.visibilityState !== 'visible') this.#count(this.#missed + 1);
  }

  /** @param {number} missed */
  #count(missed) {
    this.#missed = missed;
    this.#notifier.badge(missed);
  }
}

/** A switch for the chimes, and one for notifications, which asks the browser. @param {import('./prefs.js').Prefs} prefs */
export function alertSwitches(prefs) {
  const sounds = h('input', { type: 'checkbox', checked: prefs.get('sounds'), dataset: { test: 'sounds' }, onchange: () => prefs.set({ sounds: sounds.checked }) });
  const allowed = permission();
  const notify = h('input', {
    type: 'checkbox',
    checked: prefs.get('notify') && allowed === 'granted',
    disabled: allowed === 'none' || allowed === 'denied',
    dataset: { test: 'notify' },
    onchange: async () => {
      notify.checked = notify.checked && (await askPermission());
      prefs.set({ notify: notify.checked });
      hint.textContent = notifyHint();
    },
  });
  const hint = h('small', {}, notifyHint());
  return h(
    'div',
    { class: 'alert-switches' },
    h('label', { class: 'check' }, sounds, h('span', {}, t('alerts-sounds'), h('small', {}, t('alerts-sounds-hint')))),
    h('label', { class: 'check' }, notify, h('span', {}, t('alerts-notify'), hint)),
  );
}

function notifyHint() {
  return permission() === 'denied' ? t('alerts-notify-denied') : permission() === 'none' ? t('alerts-notify-none') : t('alerts-notify-hint');
}
