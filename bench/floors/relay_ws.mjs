// The floor in node: `ws` by the book, with nothing above it. It pairs whoever comes next and relays; there is no rule.

import { randomUUID } from "node:crypto";
import { createServer } from "node:http";
import { WebSocketServer } from "ws";

const http = createServer();
const server = new WebSocketServer({ server: http, perMessageDeflate: false });
const waiting = [];

function pair(socket) {
  const peer = waiting.shift();
  if (!peer) return void waiting.push(socket);
  const room_id = randomUUID();
  Object.assign(socket, { peer, room_id });
  Object.assign(peer, { peer: socket, room_id });
  peer.send(JSON.stringify({ type: "room.started", room: { room_id, role: "offerer" } }));
  socket.send(JSON.stringify({ type: "room.started", room: { room_id, role: "answerer" } }));
}

function end(socket) {
  const { peer, room_id } = socket;
  if (!peer) return;
  for (const one of [socket, peer]) {
    one.peer = null;
    one.send(JSON.stringify({ type: "room.ended", room_id, reason: "next" }));
  }
  pair(socket);
}

function handle(socket, data) {
  const frame = JSON.parse(data);
  switch (frame.type) {
    case "signal":
      return socket.peer?.send(data, { binary: false });
    case "queue.join":
      return pair(socket);
    case "room.leave":
      return end(socket);
    case "hello":
      return socket.send('{"type":"welcome","state":{"phase":"idle"}}');
  }
}

server.on("connection", (socket) => {
  socket.on("message", (data) => handle(socket, data));
  socket.on("close", () => {
    const place = waiting.indexOf(socket);
    if (place >= 0) waiting.splice(place, 1);
  });
});

process.on("SIGTERM", () => process.exit(0));
http.listen({ port: Number(process.argv[2]), host: "127.0.0.1", backlog: 1024 });
