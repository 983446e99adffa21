// What an application with `import` gets of the package; compiled and run by test_package.py.
import { Rondo, RondoError, rules, type EndReason } from 'rondo-client';
import { QualityMeter } from 'rondo-client/media';
import { People, type ChannelMessage } from 'rondo-client/people';

const listen = (rondo: Rondo) => rondo.on('room.ended', (event) => event.reason satisfies EndReason);
const meter: typeof QualityMeter = QualityMeter;
let named = '';
try {
  new Rondo({ token: 'secret' });
} catch (error) {
  if (error instanceof RondoError) named = `${error.code} ${error.details.field}`;
}
const lineOf = (message: ChannelMessage) => (message.hidden ? '' : message.body);
let refused = '';
try {
  const people = new People(new Rondo({ token: 'secret', base: 'http://localhost:8080' }));
  people.on('state', ({ channels }) => channels.map(({ last_message }) => last_message && lineOf(last_message)));
} catch (error) {
  // The error of the client, though it is thrown by the other entry point.
  if (error instanceof RondoError) refused = `${error.code} ${error.details.field}`;
}
const state = rules.reduce(rules.NOBODY, { type: 'queue.update', queued: true, reason: 'requeued' }, 0);
console.log(named, state.phase, typeof listen, typeof meter, refused);
