// An application that knows nothing of telemetry: a server that answers five messages of its own client, and stays
// until its standard input closes.
import * as ws from "ws";

// Version 7 is one CommonJS export, which from 8 on ES modules see by other names.
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
