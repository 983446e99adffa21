import { Window } from 'happy-dom';
import { readFileSync } from 'node:fs';
import { StrictMode, createElement, useEffect, useState, useSyncExternalStore } from 'react';
import { afterEach, beforeEach, expect, test } from 'vitest';
import WS from 'ws';
import { Rondo } from '../../web/rondo.js';
import { ADA, Server } from './server.js';

/** @type {Server} */ let server;
/** @type {import('react-dom/client').Root} */ let root;
// What React draws on; the client itself runs as in Node.
const window = new Window();
Object.assign(globalThis, { window, document: window.document });
const { createRoot } = await import('react-dom/client');
const page = document.createElement('main');

beforeEach(async () => {
  server = await Server.start();
  root = createRoot(page);
});
afterEach(() => {
  root.unmount();
  server.stop();
});

let dialled = 0;
class CountedSocket extends WS {
  /** @param {string} url @param {string[]} protocols */
  constructor(url, protocols) {
    super(url, protocols);
    dialled++;
  }
}

/** The hook of the guide, as it stands there. @returns {(token: string) => [Rondo, import('../../web/rondo.js').State]} */
function hookOfTheGuide() {
  const guide = readFileSync(new URL('../../docs/guide/client.md', import.meta.url), 'utf8');
  const code = guide.match(/```jsx\n(function useRondo.*?)```/s)?.[1];
  class NodeRondo extends Rondo {
    /** @param {ConstructorParameters<typeof Rondo>[0]} options */
    constructor(options) {
      super({ ...options, WebSocket: /** @type {any} */ (CountedSocket) });
    }
  }
  return new Function('useState', 'useEffect', 'useSyncExternalStore', 'Rondo', 'base', `${code}; return useRondo;`)(useState, useEffect, useSyncExternalStore, NodeRondo, server.base);
}

test('in StrictMode a component that connects, disconnects and connects dials once', async () => {
  const useRondo = hookOfTheGuide();
  let effects = 0;
  function Page() {
    const [, state] = useRondo('secret');
    useEffect(() => void effects++, []);
    return createElement('p', {}, `${state.link} ${state.me?.display_name ?? ''}`);
  }
  root.render(createElement(StrictMode, {}, createElement(Page)));
  const { connection } = await server.meet();
  await expect.poll(() => page.textContent).toBe(`online ${ADA.display_name}`);
  expect(effects).toBe(2);
  expect(dialled).toBe(1);

  root.render(null);
  await connection.ended();
  root.render(createElement(StrictMode, {}, createElement(Page)));
  await server.meet();
  await expect.poll(() => page.textContent).toBe(`online ${ADA.display_name}`);
  expect(dialled).toBe(2);
});
