// A process of a group, controlled by messages: `member.js <number of histogram series>`. Runs with
// `--import tachymeter/register --expose-gc`.
//
// The message `url` returns the address of the Prometheus endpoint.
//
// The message `memory` returns the bytes of the process, and those of heap and buffers after a garbage collection.
//
// The message `clock` starts a counter. Its value is the time of its last increment, in milliseconds.
//
// The message `grow` records one value in each series.
import { setTimeout as delay } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { metrics } from "@opentelemetry/api";
import { entryFile } from "../../build.js";
import { attributeSets } from "../../data.js";
import * as loops from "../../loops.js";

const { running } = await import(pathToFileURL(entryFile("index.js")).href);
const series = Number(process.argv[2]);
const meter = metrics.getMeter("bench");
const sets = attributeSets(Math.max(1, series));
const histogram = meter.createHistogram("h");
let round = 0;

const answers = {
  url: async () => {
    await running().ready;
    return running().prometheusUrl ?? null;
  },
  memory: async () => {
    for (let i = 0; i < 3; i++) {
      globalThis.gc();
      await delay(50);
    }
    const { rss, heapUsed, external } = process.memoryUsage();
    return { rss, held: heapUsed + external };
  },
  clock: async () => {
    const counter = meter.createCounter("clock");
    let last = 0;
    setInterval(() => {
      const now = Date.now();
      counter.add(now - last);
      last = now;
    }, 1);
    return true;
  },
  grow: async () => {
    loops.recordSpreadToEach(histogram, sets, series, round++);
    return true;
  },
};

process.on("message", (message) => void answers[message]().then((answer) => process.send({ answer })));
await answers.grow();
process.send("ready");
