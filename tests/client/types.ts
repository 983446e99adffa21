// Compiled by `make check`, never run: what an editor knows of the client.
import * as actualConversation from '../../web/client/people/conversation.js';
import * as actualPeople from '../../web/client/people/people.js';
import * as actual from '../../web/client/rondo.js';
import type { ChannelMessage, Conversation, People } from '../../web/people.js';
import { Rondo, RondoError, type ErrorCode, type Routes, type Wire } from '../../web/rondo.js';

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const same = <A, B>(_: Equal<A, B>) => {};

declare const rondo: Rondo;

// An event under its name has its fields, and a reason is one of those of the contract.
rondo.on('room.ended', (event) => {
  same<typeof event, Wire.RoomEndedEvent>(true);
  if (event.reason === 'torch') return;
  // @ts-expect-error there is no such reason
  if (event.reason === 'boredom') return;
});
rondo.on('chat.message', ({ message }) => message.body.trim());
rondo.on('channel.message', (event) => same<typeof event.message.n, number>(true));
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

// A resource by its name: what is in its path, what goes in and what comes out.
const resources = async () => {
  const { channel } = await rondo.api.request('PUT /v1/dms/{user_id}', { params: { user_id: 'u' } });
  same<typeof channel.kind, 'dm' | 'group'>(true);
  await rondo.api.request('GET /v1/friends');
  // @ts-expect-error `user_id` is missing
  await rondo.api.request('PUT /v1/dms/{user_id}');
  // @ts-expect-error there is no such field
  await rondo.api.request('POST /v1/channels', { body: { title: 'chess', user_ids: [] } });
};

// A message of somebody who is blocked has no text.
const textOf = (message: ChannelMessage) => {
  // @ts-expect-error it may be hidden
  message.body.trim();
  return message.hidden ? '' : message.body.trim();
};
const choose = (people: People) => people.setNotificationSettings({ missed_call: { live: true, email: true } });
// @ts-expect-error there is no such kind
const chooseWrong = (people: People) => people.setNotificationSettings({ boredom: { live: true, email: true } });

// The declarations are of the classes that there are.
const declared: Pick<Rondo, Exclude<keyof Rondo, 'api' | 'socket' | 'call'>> = null as unknown as actual.Rondo;

const declaredPeople: Pick<People, keyof People> = null as unknown as actualPeople.People;
const declaredConversation: Pick<Conversation, keyof Conversation> = null as unknown as actualConversation.Conversation;

export { body, choose, chooseWrong, declared, declaredConversation, declaredPeople, discover, failed, resources, textOf };
