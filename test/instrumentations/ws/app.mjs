// An uninstrumented application: a server that replies to five messages of its own client. Runs until its standard
// input closes.
import * as ws from "ws";

// Version 7 is one CommonJS export, which ES modules see under other names from version 8 on.
const { default: Socket } = ws;
const Server = Reflect.get(ws, "WebSocketServer") ?? Socket.Server;
const server = new Server({ port: 0, host: "127.0.0.1" });
server.on("connection", (socket) => {
  socket.on("message", (data) => socket.send(data));
});
server.once("listening", () => {
  const client = new Socket(`ws://127.0.0.1:${server.address().port}/rooms/7`);
  let count = 0;
  client.on("open", () => {
    for (let i = 0; i < 5; i++) client.send(`message ${i}`);
  });
  client.on("message", () => {
    if (++count === 5) setImmediate(() => console.log("done"));
  });
  process.stdin.once("end", () => {
    client.close();
    server.close();
  });
});

process.stdin.resume();
