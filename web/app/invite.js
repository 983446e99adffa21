import { announce } from './announce.js';
import { open } from './dialogs.js';
import { avatar, button, chips, h, say } from './dom.js';
import { t } from './i18n.js';
import { Ring } from './ring.js';
import { Switches } from './self.js';
import { duration } from './time.js';

/** Twenty seconds to say yes: a dialog with a ring that runs out. */
export class InviteDialog {
  /** @type {string | null} */ title = null;
  /** @type {Record<string, () => void> | null} */ keys = null;
  /** @type {HTMLDialogElement | null} */ #dialog = null;
  #id = '';
  #whole = 20_000;
  #ring = new Ring('countdown');
  #seconds = h('span', { class: 'invite-seconds' });
  #status = h('p', { class: 'invite-status', role: 'status' });
  #actions = h('div', { class: 'actions wide' });
  #stage = '';
  /** Of our own camera and microphone, which are on for a video call. @type {Switches | null} */ #switches = null;

  /** @param {import('./app.js').App} app */
  constructor(app) {
    this.app = app;
  }

  /** @param {import('../rondo.js').State} state */
  update({ invite, room, me }) {
    if (!invite || room) return this.#close();
    this.#switches?.update();
    if (invite.invite_id !== this.#id) this.#open(invite, me);
    const stage = `${invite.accepted}${invite.peer_accepted}`;
    if (stage === this.#stage) return;
    this.#stage = stage;
    this.#offer(invite);
  }

  tick() {
    const invite = this.app.state.invite;
    if (!this.#dialog || !invite || !this.app.rondo) return;
    const left = this.app.rondo.left(invite.expires_at);
    this.#ring.set(left / this.#whole);
    this.#dialog.classList.toggle('last', left < 5_000);
    say(this.#seconds, String(Math.ceil(left / 1000)));
  }

  /** @param {import('../rondo.js').Invite} invite @param {import('../rondo.js').Profile | null} me */
  #open(invite, me) {
    this.#close();
    const { peer, mode } = invite;
    const minutes = duration(invite.duration_s || 300);
    const name = peer.display_name;
    const asking = invite.role === 'inviter';
    // Only in a direct invite does one want something of the other; a match was made by the queue.
    const about = { mode, duration: minutes };
    const isCall = invite.kind === 'friend';
    const words = isCall ? t('call-what') : asking ? t('invite-asking-what', about) : invite.kind === 'match' ? t('invite-matched', about) : t('invite-what', about);
    const heading = isCall ? (asking ? t('call-asking', { name }) : t('call-here', { name })) : asking ? t('invite-asking', { name }) : t('invite-here', { name });
    this.title = `${heading} · Rondo`;
    this.#id = invite.invite_id;
    this.#stage = '';
    this.#whole = Math.max(1_000, this.app.rondo?.left(invite.expires_at) ?? 0, Math.min(20_000, invite.expires_in_ms));
    this.#switches = mode === 'video' ? new Switches(this.app, 'round', 'invite-') : null;
    const dialog = open({
      title: asking || isCall ? heading : name,
      kind: 'invite',
      content: [
        h('div', { class: 'invite-face' }, this.#ring.element, avatar(peer, 'large'), this.#seconds),
        h('p', { class: 'invite-what' }, words),
        peer.mirror ? h('p', { class: 'badge mirror' }, t('invite-mirror')) : chips(peer.interests, me?.interests),
        this.#switches && h('div', { class: 'invite-switches' }, this.#switches.mic, this.#switches.camera),
        this.#status,
        this.#actions,
      ],
    });
    dialog.addEventListener('cancel', (event) => {
      event.preventDefault();
      this.#refuse();
    });
    // The heading stands above the ring for ears, and below it for eyes.
    this.#dialog = dialog;
    this.tick();
    navigator.vibrate?.(asking ? [] : [120, 60, 120]);
    if (asking) return;
    const seconds = Math.round(this.#whole / 1000);
    announce(isCall ? t('call-announced', { name, seconds }) : invite.kind === 'match' ? t('invite-matched-announced', { ...about, name, seconds }) : t('invite-announced', { ...about, name, seconds }), 'urgent');
  }

  /** @param {import('../rondo.js').Invite} invite */
  #offer({ kind, role, peer, accepted, peer_accepted }) {
    const isCall = kind === 'friend';
    const decline = button({ icon: 'close', label: role === 'inviter' ? (isCall ? t('call-withdraw') : t('invite-withdraw')) : t('not-now'), kind: 'big', keys: 'D', dataset: { test: 'decline' }, onclick: () => this.#refuse() });
    const accept = button({ icon: 'check', label: isCall ? t('call-accept') : t('invite-accept'), kind: 'primary big', keys: 'A', dataset: { test: 'accept' }, onclick: () => this.#accept() });
    const mine = role === 'inviter' || accepted;
    say(this.#status, mine ? (isCall ? t('call-waiting') : t('invite-waiting', { name: peer.display_name })) : peer_accepted && !isCall ? t('invite-peer-accepted', { name: peer.display_name }) : '');
    const hadFocus = this.#actions.contains(document.activeElement);
    this.#actions.replaceChildren(decline, ...(mine ? [] : [accept]));
    if (hadFocus) decline.focus();
    this.keys = { d: () => this.#refuse(), escape: () => this.#refuse(), m: () => void this.app.toggleMic(), v: () => void this.app.toggleCamera(), ...(mine ? {} : { a: () => this.#accept() }) };
  }

  #accept() {
    const { invite } = this.app.state;
    // A call between friends has no clock.
    void this.app.attempt(this.app.rondo?.accept(invite?.kind === 'friend' ? undefined : this.app.prefs.get('minutes') * 60));
  }

  #refuse() {
    const { invite } = this.app.state;
    if (!invite) return;
    void this.app.attempt(invite.role === 'inviter' ? this.app.rondo?.cancel() : this.app.rondo?.decline());
  }

  #close() {
    if (!this.#dialog) return;
    this.title = this.keys = this.#switches = null;
    this.#id = '';
    this.#dialog.close('');
    this.#dialog = null;
  }
}
