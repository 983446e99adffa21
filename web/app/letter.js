import { Api } from '../client/api.js';
import { announce } from './announce.js';
import { toast } from './dialogs.js';
import { avatar, h, nameOf } from './dom.js';
import { rich, t } from './i18n.js';

/**
 * The link in the address: `?intro=…` introduces the user to another one, `?code=…` is an invite code.
 */
export class Letter {
  intro;
  code;
  /** @type {{target: import('../rondo.js').Named, introduced_by: import('../rondo.js').Named} | null} */ preview = null;
  /** Whether the service is invite-only; not known yet: false. */
  inviteOnly = false;
  /** How old one must be, and whether one has to say when one was born. */
  minAge = 18;
  asksBirthDate = false;
  /** Whether only those meet who are of one age band. */
  partsByAge = false;
  /** Settled once both questions have been answered, or could not be. */
  ready;

  constructor(address = new URL(location.href)) {
    this.intro = address.searchParams.get('intro')?.slice(0, 64) ?? '';
    this.code = address.searchParams.get('code')?.slice(0, 64) ?? '';
    this.ready = this.#read();
  }

  async #read() {
    const api = new Api(location.origin);
    const [preview, door] = await Promise.all([
      this.intro ? api.introduction(this.intro).catch((error) => (error.code === 'not_found' ? null : undefined)) : null,
      api.door().catch(() => null),
    ]);
    this.preview = preview ?? null;
    // A link that is over is thrown away; one that could not be looked at just now may still be good.
    if (preview === null) this.intro = '';
    this.inviteOnly = door?.access === 'invite_only';
    this.minAge = door?.min_age ?? 18;
    this.asksBirthDate = door?.asks_birth_date ?? false;
    this.partsByAge = door?.parts_by_age ?? false;
  }

  /** It was read: take it out of the address, so that a reload does not bring it again. */
  burn() {
    this.intro = this.code = '';
    this.preview = null;
    if (location.search) history.replaceState(history.state, '', location.pathname);
  }

  /** Who introduces whom, as a friend reads it above the form. */
  card() {
    const { preview } = this;
    if (!preview) return null;
    const { target, introduced_by: by } = preview;
    return h(
      'div',
      { class: 'letter', dataset: { test: 'letter' } },
      h('div', { class: 'letter-faces' }, avatar(by), h('span', { class: 'letter-line', 'aria-hidden': 'true' }), avatar(target, 'large')),
      h('p', { class: 'letter-words' }, ...rich('letter', { by: nameOf(by.display_name), name: nameOf(target.display_name) })),
      h('p', { class: 'hint' }, t('letter-hint', { name: target.display_name })),
    );
  }
}

/** @param {import('../rondo.js').Named} target */
export function introduced(target) {
  const words = t('letter-followed', { name: target.display_name });
  toast(words);
  announce(words);
}
