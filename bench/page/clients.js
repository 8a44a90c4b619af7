// The tabs of the bench, and requests to the application: in a process of their own.
import { Agent, get } from "node:http";
import { connect } from "node:net";
import { performance } from "node:perf_hooks";

const REQUEST_MILLIS = 5;
let ends = [];

process.on("message", (message) => void run(message).then((result) => process.send(result)));

async function run(message) {
  if ("open" in message) return open(message);
  return "close" in message ? close() : load(message);
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

// A request each 5 ms, however long the ones before take.
async function load({ load: url, seconds }) {
  const agent = new Agent({ keepAlive: true });
  const times = [];
  const until = performance.now() + seconds * 1_000;
  while (performance.now() < until) {
    const began = performance.now();
    await new Promise((resolve, reject) => {
      get(url, { agent }, (response) => response.resume().once("end", resolve)).once("error", reject);
    });
    times.push(performance.now() - began);
    await new Promise((resolve) => setTimeout(resolve, REQUEST_MILLIS));
  }
  agent.destroy();
  times.sort((one, other) => one - other);
  return { p99Millis: times[Math.floor(0.99 * times.length)], requests: times.length };
}
