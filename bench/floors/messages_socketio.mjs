// What most messengers are at first: socket.io with PostgreSQL. An INSERT per message, two receipt rows per reader, a broadcast.
// Arguments: database URL, port. A client says who it is by its token, and joins its channel.

import { createServer } from "node:http";
import pg from "pg";
import { Server } from "socket.io";

const [, , url, port] = process.argv;
const pool = new pg.Pool({ connectionString: url, max: 10 });
const http = createServer();
const io = new Server(http, { transports: ["websocket"], serveClient: false, pingInterval: 20000 });

await pool.query(`
  CREATE TABLE IF NOT EXISTS messages (id bigserial PRIMARY KEY, channel text NOT NULL, sender text NOT NULL, body text NOT NULL,
    sent_at timestamptz NOT NULL DEFAULT now());
  CREATE INDEX IF NOT EXISTS messages_by_channel ON messages (channel, id);
  CREATE TABLE IF NOT EXISTS deliveries (message_id bigint NOT NULL REFERENCES messages, reader text NOT NULL, at timestamptz,
    PRIMARY KEY (message_id, reader));
  CREATE TABLE IF NOT EXISTS reads (message_id bigint NOT NULL REFERENCES messages, reader text NOT NULL, at timestamptz,
    PRIMARY KEY (message_id, reader));`);

const members = new Map();

io.on("connection", (socket) => {
  const { token, channel } = JSON.parse(socket.handshake.auth.token);
  if (!members.has(channel)) members.set(channel, new Set());
  members.get(channel).add(token);
  socket.join(channel);
  socket.on("channel.send", async ({ body, id }) => {
    const { rows } = await pool.query(
      "INSERT INTO messages (channel, sender, body) VALUES ($1, $2, $3) RETURNING id, sent_at", [channel, token, body]);
    for (const reader of members.get(channel)) {
      if (reader === token) continue;
      await pool.query("INSERT INTO deliveries (message_id, reader) VALUES ($1, $2)", [rows[0].id, reader]);
      await pool.query("INSERT INTO reads (message_id, reader) VALUES ($1, $2)", [rows[0].id, reader]);
    }
    socket.to(channel).emit("channel.message", { message: { n: rows[0].id, from: token, body, sent_at: rows[0].sent_at } });
    socket.emit("reply", { id, n: rows[0].id });
  });
});

http.listen(Number(port), "127.0.0.1");
