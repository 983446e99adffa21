// The same with `require`.
import rondo = require('rondo-client');
import media = require('rondo-client/media');
import people = require('rondo-client/people');

const state: rondo.State = rondo.rules.NOBODY;
const code: rondo.RondoError['code'] = 'rate_limited';
console.log(state.phase, code, typeof media.listDevices, typeof people.People);
