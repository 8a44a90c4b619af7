// Overhead of recording kernels, measured by a ring of threads that echo messages through their ports. One message
// circulates in the ring.
import { MessageChannel, Worker } from "node:worker_threads";
import { fromBuild } from "./build.js";
import { otel } from "./contenders.js";
import { median, mustBe } from "./measure.js";

const THREADS = 4;
const ECHOES = 1_000;
const WARM_UP_RUNS = 20;
const PAIRS = 101;

/** Measurements by name, for `measurements.js`. */
export const rings = {
  "ring of echoes, recording": () => added(true),
  "ring of echoes, disabled": () => added(false),
};

// Measures by how much a recorded ring is slower than a bare one, in percent: the median of pairs of runs in
// alternating order. It uses processor time, which covers the echoes and is hardly affected by other programs.
async function added(enabled) {
  const sdk = await otel.tachymeter();
  const { Kernels } = await fromBuild("facades/index.js");
  const kernels = new Kernels({ meterProvider: sdk.provider, enabled });
  const ring = new Ring();
  const ids = Array.from({ length: THREADS }, (_, i) => `echo.js#${i}`);
  for (const id of ids) kernels.launch(id);
  const recorded = {
    posted: (i) => kernels.recordReceive(ids[i]),
    answered: (i) => kernels.recordSend(ids[i]),
  };
  const bare = { posted: () => {}, answered: () => {} };
  for (let i = 0; i < WARM_UP_RUNS; i++) for (const each of [bare, recorded]) await ring.run(each);
  const percents = [];
  for (let i = 0; i < PAIRS; i++) {
    const order = i % 2 === 0 ? [bare, recorded] : [recorded, bare];
    const millis = new Map();
    for (const each of order) millis.set(each, await ring.run(each));
    percents.push((millis.get(recorded) / millis.get(bare) - 1) * 100);
  }
  await ring.end();
  const echoes = enabled ? (WARM_UP_RUNS + PAIRS) * ECHOES : 0;
  mustBe(kernels.getSummary().totalMessages, echoes);
  return spread(percents, enabled);
}

function spread(percents, enabled) {
  const sorted = percents.toSorted((a, b) => a - b);
  const at = (share) => sorted[Math.round(share * (sorted.length - 1))];
  const figures = { median: median(sorted), lower: at(0.25), upper: at(0.75), pairs: sorted.length };
  // The 95 % confidence interval of the median, for any distribution.
  const half = 0.98 / Math.sqrt(sorted.length);
  const surely = Math.max(0, at(0.5 - half));
  return { unit: "%", value: enabled ? figures.median : surely, ...figures, surely };
}

class Ring {
  #workers = [];
  #ports = [];
  #echoes = 0;
  #step;
  #done;

  constructor() {
    for (let i = 0; i < THREADS; i++) {
      const { port1, port2 } = new MessageChannel();
      const program = new URL("programs/echo.js", import.meta.url);
      this.#workers.push(new Worker(program, { workerData: { port: port2 }, transferList: [port2] }));
      this.#ports.push(port1.on("message", (message) => this.#answered(i, message)));
    }
  }

  /** Returns the processor time until the message has been echoed `ECHOES` times, in milliseconds. */
  async run(step) {
    this.#step = step;
    this.#echoes = 0;
    const before = process.cpuUsage();
    await new Promise((resolve) => {
      this.#done = resolve;
      this.#post(0, "message");
    });
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1000;
  }

  async end() {
    for (const port of this.#ports) port.close();
    await Promise.all(this.#workers.map((worker) => worker.terminate()));
  }

  #post(i, message) {
    this.#step.posted(i);
    this.#ports[i].postMessage(message);
  }

  #answered(i, message) {
    this.#step.answered(i);
    if (++this.#echoes < ECHOES) this.#post((i + 1) % THREADS, message);
    else this.#done();
  }
}
