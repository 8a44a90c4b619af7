// The tabs of the bench, in a process of their own.
import { get } from "node:http";
import { connect } from "node:net";

let ends = [];

process.on("message", (message) => void run(message).then((result) => process.send(result)));

async function run(message) {
  return "open" in message ? open(message) : close();
}

// Resolves once each tab that reads has its view.
async function open({ open: page, tabs, slow, range }) {
  const path = `/page/stream?view=overview&range=${range}`;
  const { hostname, port } = new URL(page);
  for (let i = 0; i < slow; i++) {
    const socket = connect(Number(port), hostname);
    socket.pause();
    socket.write(`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`);
    ends.push(() => socket.destroy());
  }
  await Promise.all(Array.from({ length: tabs - slow }, () => tab(new URL(path, page).href)));
  return {};
}

function tab(url) {
  return new Promise((resolve) => {
    const request = get(url, { agent: false }, (response) => {
      response.setEncoding("utf8").on("data", (chunk) => {
        if (chunk.includes("event: view")) resolve();
      });
      response.on("error", () => {});
    });
    request.on("error", () => {});
    ends.push(() => request.destroy());
  });
}

function close() {
  for (const end of ends) end();
  ends = [];
  return {};
}
