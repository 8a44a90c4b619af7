// Like app.mjs, as CommonJS.
const WebSocket = require("ws");

const server = new WebSocket.Server({ port: 0, host: "127.0.0.1" });
server.on("connection", (socket) => {
  socket.on("message", (data) => socket.send(data));
});
server.once("listening", () => {
  const client = new WebSocket(`ws://127.0.0.1:${server.address().port}/rooms/7`);
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
