// Load on a server, in a process of its own: node loader.js. { load: { url, perSecond, millis } } answers the latencies of
// all requests in milliseconds. They begin on time, whether the ones before have been answered or not, and count from
// the time when they had to begin: what a stalled server does to those who wait shows.
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
    const tick = () => {
      while (begun < count) {
        const due = started + (begun * 1_000) / perSecond;
        if (due > performance.now()) break;
        begun++;
        get(url, { agent }, (response) => {
          response.resume().once("end", () => {
            taken.push(performance.now() - due);
            if (taken.length === count) resolve(taken);
          });
        }).on("error", reject);
      }
      // A timer's millisecond is too coarse.
      if (begun < count) setImmediate(tick);
    };
    tick();
  });
}
