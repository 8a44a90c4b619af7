// Like app.mjs, as CommonJS.
const { lookup, promises } = require("node:dns");
const events = require("node:events");
const { connect, createServer } = require("node:net");

async function main() {
  await new Promise((resolve) => lookup("localhost", resolve));
  await promises.lookup("localhost");
  const server = createServer((socket) => socket.end()).listen(0, "127.0.0.1");
  await events.once(server, "listening");
  const socket = connect({ host: "localhost", port: server.address().port, family: 4 });
  await events.once(socket.resume(), "end");
  server.close();
  console.log("done");
  process.stdin.resume();
}

void main();
