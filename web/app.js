import { App } from './app/app.js';

const app = new App();
app.start();

// For the console, and for tests that look at the call from inside.
Object.assign(globalThis, { rondoApp: app });
