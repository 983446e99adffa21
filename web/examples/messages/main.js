import { People } from '../../people.js';
import { Rondo } from '../../rondo.js';

/** @typedef {import('../../people.js').Conversation} Conversation */

const part = (/** @type {string} */ id) => /** @type {any} */ (document.getElementById(id));
const say = (/** @type {string} */ text) => (part('status').textContent = text);
const name = crypto.randomUUID().slice(0, 8);
const { token } = await Rondo.signUp({ display_name: name, adult: true });
const rondo = new Rondo({ token, features: ['friends', 'channels'] });
const people = new People(rondo);
// A friendship needs two permanent accounts.
await rondo.api.upgrade(`${name}@example.org`, crypto.randomUUID());

/** The conversation that is shown. @type {Conversation | undefined} */ let chat;
let stop = () => {};
/** Friends whose conversation was opened. @type {Set<string>} */ const opened = new Set();

rondo.on('state', ({ room }) => {
  part('like').disabled = part('next').disabled = !room;
  if (room && !people.friend(room.peer.user_id)) say(`You met ${room.peer.display_name}.`);
  else if (!room && !opened.size) say('Looking for somebody.');
});
part('like').onclick = () => people.ask(/** @type {string} */ (rondo.state.room?.peer.user_id), { quiet: true });
part('next').onclick = () => rondo.next();

people.on('state', ({ friends, channels }) => {
  for (const { user_id, display_name } of friends) {
    if (opened.has(user_id)) continue;
    opened.add(user_id);
    say(`You and ${display_name} are friends.`);
    people.openDm(user_id).then(show);
  }
  part('new').hidden = !friends.length;
  // Groups that others have made are here too.
  part('inbox').replaceChildren(...channels.map((channel) => {
    const textContent = `${channel.name ?? channel.peer?.display_name} (${channel.unread})`;
    return Object.assign(document.createElement('button'), { textContent, onclick: () => show(people.open(channel.channel_id)) });
  }));
});
part('new').onsubmit = async (/** @type {Event} */ event) => {
  event.preventDefault();
  show(await people.createGroup(part('name').value, people.state.friends.map(({ user_id }) => user_id)));
};
part('form').onsubmit = (/** @type {Event} */ event) => {
  event.preventDefault();
  chat?.send(part('text').value, { files: [...part('file').files] });
  part('form').reset();
};

function show(/** @type {Conversation} */ next) {
  stop();
  chat?.close();
  chat = next;
  stop = next.on('state', () => draw(next));
  part('form').hidden = false;
  draw(next);
}

function draw(/** @type {Conversation} */ conversation) {
  const { channel, messages, unsent } = conversation.state;
  const isGroup = channel?.kind === 'group';
  part('title').textContent = isGroup ? `${channel.name}: ${channel.members.length} members` : channel?.peer?.display_name;
  const lines = messages.flatMap((message) => {
    if (message.hidden || message.kind !== 'text') return [];
    const { from, body, attachments } = message;
    return [[isGroup && `${nameOf(channel, from)}:`, body, ...attachments.map((file) => file.name)]];
  });
  lines.push(...unsent.map(({ body }) => [body, '…']));
  part('messages').replaceChildren(...lines.map((words) => Object.assign(document.createElement('li'), { textContent: words.filter(Boolean).join(' ') })));
  conversation.read();
}

/** Who left is named too. @param {import('../../people.js').Channel} channel @param {string | null} id */
function nameOf({ channel_id, members }, id) {
  const known = [...members, ...(people.state.former[channel_id] ?? [])];
  return known.find(({ user_id }) => user_id === id)?.display_name ?? 'Somebody';
}

rondo.connect();
await rondo.join({ mode: 'text', auto_accept: true });
