import { App } from './app/app.js';
import { layIcons } from './app/dom.js';

const app = new App();
app.start();
void layIcons();

// For the console, and for tests that look at the call from inside.
Object.assign(globalThis, { rondoApp: app });
