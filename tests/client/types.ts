// Compiled by `make check`, never run: what an editor knows of the client.
import * as actual from '../../web/client/rondo.js';
import { Rondo, RondoError, type ErrorCode, type Routes, type Wire } from '../../web/rondo.js';

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const same = <A, B>(_: Equal<A, B>) => {};

declare const rondo: Rondo;

// An event under its name has its fields, and a reason is one of those of the contract.
rondo.on('room.ended', (event) => {
  same<typeof event, Wire.RoomEnded>(true);
  if (event.reason === 'torch') return;
  // @ts-expect-error there is no such reason
  if (event.reason === 'boredom') return;
});
rondo.on('chat.message', ({ message }) => message.body.trim());
// @ts-expect-error there is no such event
rondo.on('room.exploded', () => {});

// All of them together are told apart by `type`.
rondo.on('event', (event) => {
  if (event.type === 'torch.warning') same<typeof event.idle, string[]>(true);
});

// A request has the fields of its frame and resolves with its reply.
const discover = async () => {
  const { people } = await rondo.socket.request('discover', { limit: 5 });
  same<(typeof people)[number]['mode'], 'text' | 'video'>(true);
  // @ts-expect-error a limit is a number
  await rondo.socket.request('discover', { limit: 'many' });
};

// Codes, and what a resource takes and gives.
const failed = (error: RondoError) => error.code === ('rate_limited' satisfies ErrorCode) || error.code === 'origin_refused';
const body: Routes['POST /v1/auth/guest']['body'] = { display_name: 'Ada', adult: true };
same<Routes['GET /v1/history']['answer']['cursor'], string | null>(true);

// The declarations are of the class that there is.
const declared: Pick<Rondo, Exclude<keyof Rondo, 'api' | 'socket' | 'call'>> = null as unknown as actual.Rondo;

export { body, declared, discover, failed };
