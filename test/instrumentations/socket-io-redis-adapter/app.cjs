// Like app.mjs, as CommonJS.
const { createServer } = require("node:http");
const { createAdapter } = require("@socket.io/redis-adapter");
const Redis = require("ioredis");
const { Server } = require("socket.io");
const { io } = require("socket.io-client");

const clients = [1, 2, 3, 4].map(() => new Redis(process.env.REDIS_URL));
const servers = [0, 2].map((i) => {
  const http = createServer();
  return { http, server: new Server(http, { adapter: createAdapter(clients[i], clients[i + 1]) }) };
});
const [first, second] = servers;

async function known() {
  while ((await first.server.of("/").adapter.serverCount()) < 2) await new Promise(setImmediate);
}

second.http.listen(0, "127.0.0.1", () => {
  const client = io(`http://127.0.0.1:${second.http.address().port}`, { transports: ["websocket"] });
  client.on("connect", () => void known().then(() => first.server.emit("news")));
  client.on("news", () => console.log("done"));
});

process.stdin.resume();
process.stdin.once("end", () => process.exit());
