/**
 * Rondo for the browser: the reference client of the wire contract, without dependencies and without a build.
 *
 *     import { Rondo } from './rondo.js';
 *
 *     const { token } = await Rondo.signUp({ display_name: 'Ada', adult: true });
 *     const rondo = new Rondo({ token });
 *     rondo.on('state', (state) => console.log(state.phase, state.room?.status));
 *     rondo.on('call', (call) => (video.srcObject = call && call.stream));
 *     rondo.setTracks({ audio, video: camera });
 *     rondo.connect();
 *     await rondo.join({ mode: 'video', auto_accept: true });
 *
 * The types are in `rondo.d.ts`. Helpers for cameras, screens and the quality of a call are in `media.js`.
 */
export { Rondo } from './client/rondo.js';
export { Api } from './client/api.js';
export { Call } from './client/call.js';
export { Clock } from './client/clock.js';
export { Emitter } from './client/emitter.js';
export { RondoError } from './client/errors.js';
export { solve } from './client/gate.js';
export { Socket } from './client/socket.js';
export { timers } from './client/timers.js';
export * as rules from './client/state.js';
