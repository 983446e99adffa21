// What an application with `import` gets of the package; compiled and run by test_package.py.
import { Rondo, RondoError, rules, type EndReason } from 'rondo-client';
import { QualityMeter } from 'rondo-client/media';

const listen = (rondo: Rondo) => rondo.on('room.ended', (event) => event.reason satisfies EndReason);
const meter: typeof QualityMeter = QualityMeter;
let named = '';
try {
  new Rondo({ token: 'secret' });
} catch (error) {
  if (error instanceof RondoError) named = `${error.code} ${error.details.field}`;
}
const state = rules.reduce(rules.NOBODY, { type: 'queue.update', queued: true, reason: 'requeued' }, 0);
console.log(named, state.phase, typeof listen, typeof meter);
