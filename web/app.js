import { App } from './app/app.js';
import { layIcons } from './app/dom.js';
import { begin } from './app/i18n.js';

void layIcons();
await begin();
const app = new App();
app.start();

// For the console, and for tests that look at the call from inside.
Object.assign(globalThis, { rondoApp: app });
