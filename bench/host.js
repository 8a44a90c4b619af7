// Collections of machine and process metrics: Tachymeter's, and upstream's host-metrics with all its groups.
import { subscribe } from "node:diagnostics_channel";
import { createRequire } from "node:module";
import { performance } from "node:perf_hooks";
import { setTimeout as delay } from "node:timers/promises";
import { fromBuild } from "./build.js";
import { otel, WalkingReader } from "./contenders.js";
import { median, mustBe } from "./measure.js";
import { watchTurns } from "./turns.js";

const WARM_UP_RUNS = 2;
const RUNS = 9;
// With a shorter pause, host-metrics would return its previous reading of the system.
const PAUSE_MILLIS = 550;

const observing = {
  tachymeter: async (meterProvider) => (await fromBuild("host/index.js")).observeHost(meterProvider),
  "host-metrics": async (meterProvider) => {
    const { HostMetrics } = createRequire(import.meta.url)("@opentelemetry/host-metrics");
    new HostMetrics({ meterProvider }).start();
  },
};

/** Measurements of a host, by metric and contender. */
export const hosts = Object.fromEntries(
  Object.keys(observing).flatMap((contender) => [
    [`host collection, ${contender}`, () => measured(contender, millisOf, "ms")],
    [`longest hold, host collection, ${contender}`, () => measured(contender, longestHoldOf, "ms")],
    [`child processes, host collection, ${contender}`, () => measured(contender, processesOf, "processes")],
  ]),
);

async function measured(contender, figureOf, unit) {
  const { provider, reader } = await otel.tachymeter({ reader: new WalkingReader() });
  await observing[contender](provider);
  const collect = async () => {
    const { errors } = await reader.producer.collectSeries();
    mustBe(errors.length, 0);
  };
  const figures = [];
  for (let i = 0; i < WARM_UP_RUNS + RUNS; i++) {
    await delay(PAUSE_MILLIS);
    const figure = await figureOf(collect);
    if (i >= WARM_UP_RUNS) figures.push(figure);
  }
  return { unit, value: median(figures), min: Math.min(...figures), max: Math.max(...figures) };
}

async function millisOf(collect) {
  const started = performance.now();
  await collect();
  return performance.now() - started;
}

let processes = 0;
subscribe("child_process", () => processes++);

async function processesOf(collect) {
  const before = processes;
  await collect();
  return processes - before;
}

async function longestHoldOf(collect) {
  const hold = watchTurns();
  await collect();
  return hold();
}
