import { People } from '../../people.js';
import { Rondo } from '../../rondo.js';

const part = (/** @type {string} */ id) => /** @type {any} */ (document.getElementById(id));
const name = crypto.randomUUID().slice(0, 8);
const { token } = await Rondo.signUp({ display_name: name, adult: true });
const rondo = new Rondo({ token, features: ['friends', 'channels'] });
const people = new People(rondo);
// A friendship needs two permanent accounts.
await rondo.api.upgrade(`${name}@example.org`, crypto.randomUUID());

/** @type {Promise<import('../../people.js').Conversation> | undefined} */ let chat;

rondo.on('state', ({ room }) => {
  part('like').disabled = !room;
  if (!chat) part('status').textContent = room ? `You met ${room.peer.display_name}.` : 'Looking for somebody.';
});
part('like').onclick = () => people.ask(/** @type {string} */ (rondo.state.room?.peer.user_id), { quiet: true });
people.on('state', ({ friends: [friend] }) => {
  if (friend) chat ??= talkTo(friend);
});
part('form').onsubmit = async (/** @type {Event} */ event) => {
  event.preventDefault();
  (await chat)?.send(part('text').value, { files: [...part('file').files] });
  part('form').reset();
};

async function talkTo(/** @type {import('../../people.js').Friend} */ { user_id, display_name }) {
  part('status').textContent = `You and ${display_name} are friends.`;
  part('form').hidden = false;
  const conversation = await people.openDm(user_id);
  conversation.on('state', () => draw(conversation));
  return conversation;
}

function draw(/** @type {import('../../people.js').Conversation} */ conversation) {
  const { messages, unsent } = conversation.state;
  const sent = messages.flatMap((message) => (message.hidden || message.kind !== 'text' ? [] : [message]));
  const lines = [...sent.map(({ body, attachments }) => [body, ...attachments.map((file) => file.name)]), ...unsent.map(({ body }) => [body, '…'])];
  part('messages').replaceChildren(...lines.map((words) => Object.assign(document.createElement('li'), { textContent: words.filter(Boolean).join(' ') })));
  conversation.read();
}

rondo.connect();
await rondo.join({ mode: 'text', auto_accept: true });
