// Load on a server, in its own process: node loader.js. It responds to { load: { url, perSecond, millis } } with the
// latencies of all requests in milliseconds. Requests start on time, regardless of earlier responses, so that a
// stalled server shows in the latencies.
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
    // A timer, since a loop that waits for the time of each request would take a processor from the server.
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
