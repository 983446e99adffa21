import { expect, test } from 'vitest';
import { rules } from '../../web/rondo.js';
import { ADA, BOB, messageOf, roomOf } from './server.js';

const { NOBODY, invited, queued, reduce, remembered, resumed, said, welcome } = rules;
const NOW = 100_000;
const me = { ...NOBODY, me: ADA };
const inRoom = { ...me, phase: /** @type {const} */ ('in_room'), room: roomOf() };

/** @returns {import('../../web/rondo.js').Invite} */
function inviteOf() {
  return { invite_id: 'i', kind: 'direct', role: 'invitee', peer: BOB, mode: 'video', duration_s: 300, accepted: false, peer_accepted: true, expires_at: 1, expires_in_ms: 1 };
}

test('welcome without the room that we were in ends it, for a reason nobody knows', () => {
  const state = welcome(inRoom, { user: ADA, state: { phase: 'idle', queue: null, invite: null, room: null } });
  expect([state.room, state.ended?.reason, state.ended?.peer]).toEqual([null, 'gone', BOB]);
});

test('welcome with the same room keeps the older messages', () => {
  const known = { ...inRoom, room: roomOf({ messages: [messageOf('m1', 'old'), messageOf('m2', 'new')] }) };
  const room = roomOf({ messages: [messageOf('m2', 'new'), messageOf('m3', 'newest')] });
  const state = welcome(known, { user: ADA, state: { phase: 'in_room', queue: null, invite: null, room } });
  expect(state.room?.messages.map(({ message_id }) => message_id)).toEqual(['m1', 'm2', 'm3']);
});

test('a resumed session takes fresh credentials and the torch, and leaves the rest to events', () => {
  const torch = { idle: [BOB.user_id], ends_at: NOW + 30_000, ends_in_ms: 30_000 };
  const fresh = roomOf({ ice_servers: [{ urls: 'stun:stun.example' }], torch, status: 'grace' });
  const room = resumed(roomOf(), fresh);
  expect([room?.ice_servers, room?.torch?.ends_at, room?.status]).toEqual([fresh.ice_servers, torch.ends_at, 'live']);
});

test('an event about another room changes nothing', () => {
  expect(reduce(inRoom, { type: 'room.peer_back', room_id: 'another' }, NOW)).toBe(inRoom);
  expect(reduce(inRoom, { type: 'of.tomorrow' }, NOW)).toBe(inRoom);
});

test('an invite that was declined by the other one leaves a notice, and the place in the queue', () => {
  const waiting = queued(me, { mode: 'video', joined_at: 1 });
  const asked = reduce(waiting, { type: 'invite.received', invite: inviteOf() }, NOW);
  expect(asked.phase).toBe('invited');
  const state = reduce(asked, { type: 'invite.closed', invite_id: 'i', outcome: 'declined', by: BOB.user_id }, NOW);
  expect([state.phase, state.invite, state.notice]).toEqual(['queued', null, { kind: 'declined', peer: BOB }]);
  expect(reduce(asked, { type: 'invite.closed', invite_id: 'i', outcome: 'declined', by: ADA.user_id }, NOW).notice).toBeNull();
});

test('an answer to queue.join or invite.send that comes late does not take us out of the room', () => {
  expect(queued(inRoom, { mode: 'text', joined_at: 1 })).toBe(inRoom);
  expect(invited(inRoom, inviteOf())).toBe(inRoom);
});

test('the torch stands still while the peer is away', () => {
  const warned = reduce(inRoom, { type: 'torch.warning', room_id: 'room-1', idle: [BOB.user_id], ends_at: NOW + 60_000, ends_in_ms: 60_000 }, NOW);
  const away = reduce(warned, { type: 'room.peer_away', room_id: 'room-1', ends_at: NOW + 70_000, ends_in_ms: 60_000 }, NOW + 10_000);
  expect([away.room?.status, away.room?.torch?.paused_ms]).toEqual(['grace', 50_000]);
  const back = reduce(away, { type: 'room.peer_back', room_id: 'room-1' }, NOW + 25_000);
  expect([back.room?.status, back.room?.torch?.ends_at]).toEqual(['live', NOW + 75_000]);
  expect(reduce(back, { type: 'torch.cleared', room_id: 'room-1' }, NOW).room?.torch).toBeNull();
});

test('a receipt covers our messages up to the one that it names, and not the peer’s', () => {
  const messages = [messageOf('m1', 'a', ADA.user_id), messageOf('m2', 'b'), messageOf('m3', 'c', ADA.user_id)];
  const state = reduce({ ...inRoom, room: roomOf({ messages }) }, { type: 'chat.receipt', room_id: 'room-1', message_id: 'm2', status: 'read', by: BOB.user_id, at: 7 }, NOW);
  expect(state.room?.messages.map(({ read_at, delivered_at }) => [delivered_at, read_at])).toEqual([[7, 7], [null, null], [null, null]]);
});

test('a message is added once, and older ones go in front', () => {
  const once = said(inRoom, messageOf('m2', 'b'));
  expect(said(once, messageOf('m2', 'b')).room?.messages.length).toBe(1);
  expect(said(inRoom, { ...messageOf('m9', 'x'), room_id: 'another' })).toBe(inRoom);
  const older = remembered(once, 'room-1', [messageOf('m1', 'a'), messageOf('m2', 'b')]);
  expect(older.room?.messages.map(({ body }) => body)).toEqual(['a', 'b']);
});

test('a text room that becomes a call is the same room', () => {
  const state = reduce({ ...inRoom, upgrade: { by: BOB.user_id, declined: false } }, { type: 'room.mode_changed', room: roomOf({ mode: 'video', status: 'connecting' }) }, NOW);
  expect([state.room?.mode, state.room?.status, state.upgrade]).toEqual(['video', 'connecting', null]);
});
