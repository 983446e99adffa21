import { announce } from './announce.js';
import { open } from './dialogs.js';
import { avatar, button, chips, h, say } from './dom.js';
import { Ring } from './ring.js';
import { duration } from './words.js';

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

  /** @param {import('./app.js').App} app */
  constructor(app) {
    this.app = app;
  }

  /** @param {import('../rondo.js').State} state */
  update({ invite, room, me }) {
    if (!invite || room) return this.#close();
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
    const what = mode === 'video' ? `a video call of ${duration(invite.duration_s || 300)}` : 'a text conversation';
    const asking = invite.role === 'inviter';
    this.title = asking ? `Asking ${peer.display_name} · Rondo` : `${peer.display_name} is here · Rondo`;
    this.#id = invite.invite_id;
    this.#stage = '';
    this.#whole = Math.max(1_000, this.app.rondo?.left(invite.expires_at) ?? 0, Math.min(20_000, invite.expires_in_ms));
    const dialog = open({
      title: asking ? `Asking ${peer.display_name}` : peer.display_name,
      kind: 'invite',
      content: [
        h('div', { class: 'invite-face' }, this.#ring.element, avatar(peer, 'large'), this.#seconds),
        h('p', { class: 'invite-what' }, asking ? `for ${what}` : `wants ${what} with you`),
        peer.mirror ? h('p', { class: 'badge mirror' }, 'This is a mirror: you see yourself until someone comes') : chips(peer.interests, me?.interests),
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
    if (!asking) announce(`${peer.display_name} wants ${what} with you. You have ${Math.round(this.#whole / 1000)} seconds. A accepts, D declines.`, 'urgent');
  }

  /** @param {import('../rondo.js').Invite} invite */
  #offer({ role, peer, accepted, peer_accepted }) {
    const decline = button({ icon: 'close', label: role === 'inviter' ? 'Take it back' : 'Not now', kind: 'big', keys: 'D', dataset: { test: 'decline' }, onclick: () => this.#refuse() });
    const accept = button({ icon: 'check', label: 'Say yes', kind: 'primary big', keys: 'A', dataset: { test: 'accept' }, onclick: () => this.#accept() });
    const mine = role === 'inviter' || accepted;
    say(this.#status, mine ? `Waiting for ${peer.display_name} to say yes…` : peer_accepted ? `${peer.display_name} said yes already.` : '');
    const hadFocus = this.#actions.contains(document.activeElement);
    this.#actions.replaceChildren(decline, ...(mine ? [] : [accept]));
    if (hadFocus) decline.focus();
    this.keys = { d: () => this.#refuse(), escape: () => this.#refuse(), ...(mine ? {} : { a: () => this.#accept() }) };
  }

  #accept() {
    void this.app.attempt(this.app.rondo?.accept(this.app.prefs.get('minutes') * 60));
  }

  #refuse() {
    const { invite } = this.app.state;
    if (!invite) return;
    void this.app.attempt(invite.role === 'inviter' ? this.app.rondo?.cancel() : this.app.rondo?.decline());
  }

  #close() {
    if (!this.#dialog) return;
    this.title = this.keys = null;
    this.#id = '';
    this.#dialog.close('');
    this.#dialog = null;
  }
}
