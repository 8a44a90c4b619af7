// An uninstrumented application: a server that replies to five events of its own client. Runs until its standard input
// closes.
import { createServer } from "node:http";
import { Server } from "socket.io";
import { io } from "socket.io-client";

const http = createServer();
const server = new Server(http);
server.of("/rooms").on("connection", (socket) => {
  socket.on("question", () => socket.emit("answer"));
});
http.listen(0, "127.0.0.1", () => {
  const client = io(`http://127.0.0.1:${http.address().port}/rooms`, { transports: ["websocket"] });
  let count = 0;
  client.on("answer", () => {
    if (++count === 5) console.log("done");
  });
  for (let i = 0; i < 5; i++) client.emit("question");
  process.stdin.once("end", () => {
    client.disconnect();
    void server.close();
  });
});

process.stdin.resume();
