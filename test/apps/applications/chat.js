import { createRequire } from "node:module";
import { join } from "node:path";

export const application = {
  title: "socket.io chat",
  packages: { "socket.io": "4.8.4", "socket.io-client": "4.8.4", express: "5.3.0" },
  measured: "messages, sockets, routes",
  ready: "/",
  files: {
    "app.mjs": `
      import { createServer } from "node:http";
      import express from "express";
      import { Server } from "socket.io";
      const app = express().get("/", (request, response) => void response.send("chat"));
      const server = createServer(app);
      const io = new Server(server);
      io.on("connection", (socket) => {
        socket.on("chat message", (text, done) => { io.emit("chat message", text); done(); });
      });
      server.listen(process.env.PORT, "127.0.0.1");`,
  },
  command: () => ["app.mjs"],
  environment: ({ port }) => ({ PORT: `${port}` }),
  async drive(request, { folder, url }) {
    for (let i = 0; i < 5; i++) await request("GET", "/");
    await request("GET", "/socket.io/socket.io.js");
    const { io } = createRequire(join(folder, "app.mjs"))("socket.io-client");
    const clients = [];
    for (let i = 0; i < 3; i++) {
      const client = io(url, { forceNew: true });
      await new Promise((resolve) => client.on("connect", resolve));
      clients.push(client);
    }
    for (let i = 0; i < 10; i++) await clients[i % 3].emitWithAck("chat message", `message ${i}`);
    for (const client of clients) client.close();
  },
  series: {
    'messages_received_total{messaging_system_name="socket.io"}': 10,
    'messages_sent_total{messaging_system_name="socket.io"}': 30,
  },
};
