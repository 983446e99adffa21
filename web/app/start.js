import { toast } from './dialogs.js';
import { button } from './dom.js';
import { t } from './i18n.js';
import { languageChoice } from './language.js';
import { Letter } from './letter.js';
import { loadApp, openApp } from './opening.js';
import { Prefs } from './prefs.js';
import { refusal } from './refusal.js';
import { SignUp } from './screens/sign-up.js';
import { listen } from './shortcuts.js';

/** The page before sign-up: the form alone, in few bytes. The rest is loaded once it is filled in. */
export class Start {
  prefs = new Prefs();
  letter = new Letter();
  /** What the form needs once it is filled in. */
  load = loadApp;
  #keys = new AbortController();

  show() {
    listen(this, () => ({}), this.#keys.signal);
    for (const event of ['focusin', 'pointerdown']) document.getElementById('screen')?.addEventListener(event, () => void loadApp().catch(() => {}), { once: true });
    this.redraw();
  }

  /** Build everything that has words. */
  redraw() {
    document.body.dataset.screen = 'signUp';
    for (const dialog of document.querySelectorAll('dialog')) dialog.close('');
    document.getElementById('nav')?.replaceChildren(
      languageChoice(this),
      button({ icon: 'help', label: t('top-help'), quiet: true, kind: 'ghost', dataset: { test: 'help' }, onclick: () => void this.help() }),
    );
    document.getElementById('screen')?.replaceChildren(new SignUp(this).element);
  }

  async help() {
    try {
      (await loadApp()).showHelp(this);
    } catch (error) {
      toast(refusal(error), 'bad');
    }
  }

  /** Sign in with a token we have. @param {string} token */
  async enter(token) {
    this.prefs.set({ token });
    this.#keys.abort();
    try {
      await openApp(this.letter);
    } catch {
      // A deploy happened in between: the current page knows the token.
      location.reload();
    }
  }
}
