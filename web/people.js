/**
 * Friends, direct messages, groups, files and notifications: what lasts when a call is over.
 *
 *     const rondo = new Rondo({ token, features: ['friends', 'channels'] });
 *     const people = new People(rondo);
 *     people.on('state', ({ friends, channels, unreadChannels }) => …);
 *     rondo.connect();
 *     const chat = people.open(channelId);
 *     chat.on('state', ({ messages, unsent }) => …);
 *     chat.send('Hello');
 */
export { People } from './client/people/people.js';
export { Conversation } from './client/people/conversation.js';
