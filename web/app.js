import { layIcons } from './app/dom.js';
import { begin } from './app/i18n.js';
import { openApp } from './app/opening.js';
import { Prefs } from './app/prefs.js';
import { Start } from './app/start.js';

void layIcons();
await begin();
// Most who come for the first time read, and go or stay: they load the form only.
if (new Prefs().get('token')) await openApp();
else new Start().show();
