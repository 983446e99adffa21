// The floor that most clones stand on: socket.io, minimal. It pairs whoever comes next and relays; there is no rule.

import { randomUUID } from "node:crypto";
import { createServer } from "node:http";
import { Server } from "socket.io";

const http = createServer();
const io = new Server(http, { transports: ["websocket"], serveClient: false, pingInterval: 20000 });
const waiting = [];

function pair(socket) {
  const peer = waiting.shift();
  if (!peer) return void waiting.push(socket);
  const room_id = randomUUID();
  Object.assign(socket.data, { peer, room_id });
  Object.assign(peer.data, { peer: socket, room_id });
  peer.emit("room.started", { room: { room_id, role: "offerer" } });
  socket.emit("room.started", { room: { room_id, role: "answerer" } });
}

function end(socket) {
  const { peer, room_id } = socket.data;
  if (!peer) return;
  for (const one of [socket, peer]) {
    one.data.peer = null;
    one.emit("room.ended", { room_id, reason: "next" });
  }
  pair(socket);
}

io.on("connection", (socket) => {
  socket.on("queue.join", () => pair(socket));
  socket.on("signal", (signal) => socket.data.peer?.emit("signal", signal));
  socket.on("room.leave", () => end(socket));
  socket.on("disconnect", () => {
    const place = waiting.indexOf(socket);
    if (place >= 0) waiting.splice(place, 1);
  });
});

process.on("SIGTERM", () => process.exit(0));
http.listen({ port: Number(process.argv[2]), host: "127.0.0.1", backlog: 1024 });
