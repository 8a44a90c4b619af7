// Load on a server, in a process of its own: node loader.js. { load: { url, perSecond, millis } } answers the latencies of
// all requests in milliseconds. They begin on time, whether the ones before have been answered or not: what a stalled
// server does to those who wait shows.
import { Agent, get } from "node:http";
import { performance } from "node:perf_hooks";

const agent = new Agent({ keepAlive: true, maxSockets: 64 });

process.on("message", ({ load }) => void answer(load));
process.send("ready");

async function answer(load) {
  process.send(await latencies(load));
}

function latencies({ url, perSecond, millis }) {
  const count = Math.floor((perSecond * millis) / 1_000);
  const taken = [];
  const started = performance.now();
  let begun = 0;
  return new Promise((resolve, reject) => {
    const take = (latency) => {
      taken.push(latency);
      if (taken.length === count) resolve(taken);
    };
    // A timer, since a loop that waited for each request's time would take a processor from the server.
    const timer = setInterval(() => {
      const due = Math.min(count, Math.floor(((performance.now() - started) * perSecond) / 1_000));
      for (; begun < due; begun++) ask(url, take, reject);
      if (begun === count) clearInterval(timer);
    }, 1);
  });
}

function ask(url, take, reject) {
  const asked = performance.now();
  get(url, { agent }, (response) => {
    response.resume().once("end", () => take(performance.now() - asked));
  }).on("error", reject);
}
