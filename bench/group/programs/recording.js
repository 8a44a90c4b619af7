// Measures recordings in this process alone, or in a worker thread of it: `recording.js <measurement> <alone|thread>`.
// Runs with `--import tachymeter/register`.
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import { metrics } from "@opentelemetry/api";
import { attributeSets, latencies } from "../../data.js";
import * as loops from "../../loops.js";
import { time, timeOnce } from "../../measure.js";

const [name, place] = isMainThread ? process.argv.slice(2) : workerData;
const meter = metrics.getMeter("bench");
const SERIES = 10_000;

const measurements = {
  "bound add": () => {
    const bound = engines(meter.createCounter("c")).bind({ method: "GET" });
    return timed((start, n) => loops.add(bound, n));
  },
  "add of 3 attributes": () => {
    const counter = engines(meter.createCounter("c"));
    const sets = attributeSets(100);
    return timed((start, n) => loops.addThree(counter, sets, start, n));
  },
  "bound record": () => {
    const bound = engines(meter.createHistogram("h")).bind({ method: "GET" });
    const values = latencies();
    return timed((start, n) => loops.record(bound, values, start, n));
  },
  [`creating 10,000 series`]: () => {
    const sets = attributeSets(SERIES);
    let round = 0;
    return timeOnce({
      between: async () => engines(meter.createCounter(`c.${round++}`)),
      once: async (counter) => loops.addToEach(counter, sets, SERIES),
      check: async () => {},
    });
  },
};

if (isMainThread && place === "thread") {
  new Worker(new URL(import.meta.url), { workerData: [name, place] }).on("message", print);
} else {
  const result = await measurements[name]();
  if (isMainThread) print(result);
  else parentPort.postMessage(result);
}

function print(result) {
  console.log(JSON.stringify(result));
}

// The API's own instruments record nothing, which would look very fast.
function engines(instrument) {
  if (instrument.bind === undefined) throw new Error(`${place}: no provider; the member has not joined`);
  return instrument;
}

function timed(run) {
  return time({ run, total: async () => 0, expected: () => 0 });
}
