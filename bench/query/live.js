// The live samples, an hour of counters that move, at 15 s: their memory, and the time of collections and queries.
import { runInNewContext } from "node:vm";
import { setFlagsFromString } from "node:v8";
import { fromBuild } from "../build.js";
import { median, memory, mustBe } from "../measure.js";
import { watchTurns } from "../turns.js";
import { FIRST } from "./data.js";

const SERIES = 5_000;
const COLLECTIONS = 241;
const RULE_SERIES = 1_000;
/** Time of the last collection, in Unix milliseconds. */
export const LAST = (FIRST + 15 * (COLLECTIONS - 1)) * 1_000;
const WARM_UP = 5;
const RUNS = 15;

/** Measures the bytes of a series, without those of its counter. */
export async function liveMemory() {
  setFlagsFromString("--expose-gc");
  globalThis.gc = runInNewContext("gc");
  const { LiveColumns } = await fromBuild("query/live/live-columns.js");
  const [warmUp, counters] = [await counted(1_000), await counted(SERIES)];
  // The series of the counters, and what any reader keeps of them, are not live samples.
  for (const each of [warmUp, counters]) {
    each.move();
    await each.collect(() => {});
  }
  return memory(SERIES, {
    async make(count) {
      const columns = new LiveColumns({
        maxBytes: 2 ** 30,
        translation: { scopeLabels: false, targetInfo: false },
      });
      const subject = count === SERIES ? counters : warmUp;
      for (let i = 0; i < COLLECTIONS; i++) {
        subject.move();
        const timeUnixMillis = (FIRST + 15 * i) * 1_000;
        await subject.collect((collection) => {
          for (const _ of columns.append({ ...collection, timeUnixMillis }));
        });
      }
      return columns;
    },
    check: (columns, count) => mustBe(columns.seriesCount, count),
  });
}

/** Measures the longest turn of the event loop while collections are added. */
export async function liveHold() {
  const { LiveColumns } = await fromBuild("query/live/live-columns.js");
  const { inSlices } = await fromBuild("io/yield.js");
  const counters = await counted(SERIES);
  const columns = new LiveColumns({ maxBytes: 2 ** 30, translation: {} });
  const longest = [];
  for (let i = 0; i < COLLECTIONS; i++) {
    counters.move();
    const timeUnixMillis = (FIRST + 15 * i) * 1_000;
    await counters.collect(async (collection) => {
      const watched = watchTurns();
      await inSlices(columns.append({ ...collection, timeUnixMillis }));
      longest.push(await watched());
    });
  }
  mustBe(columns.seriesCount, SERIES + 1);
  return { unit: "ms", value: Math.max(...longest), median: median(longest) };
}

/** Measures an instant query over live samples, as of a rule of an alert. */
export async function liveInstant() {
  const { query } = await fromBuild("query/index.js");
  const columns = await countedHour(RULE_SERIES);
  const samples = [];
  for (let i = 0; i < WARM_UP + RUNS; i++) {
    const started = performance.now();
    const { series } = await query("sum(rate(moving_total[5m]))", {
      source: columns,
      time: LAST / 1_000,
    });
    const millis = performance.now() - started;
    mustBe(series.length, 1);
    if (i >= WARM_UP) samples.push(millis);
  }
  return { unit: "ms", value: median(samples), min: Math.min(...samples) };
}

/** Live columns of an hour. */
export async function countedHour(count, attributesOf) {
  const { LiveColumns } = await fromBuild("query/live/live-columns.js");
  const counters = await counted(count, attributesOf);
  const columns = new LiveColumns({ maxBytes: 2 ** 30, translation: { targetInfo: false } });
  for (let i = 0; i < COLLECTIONS; i++) {
    counters.move();
    await counters.collect((collection) => {
      for (const _ of columns.append({ ...collection, timeUnixMillis: (FIRST + 15 * i) * 1_000 }));
    });
  }
  return columns;
}

async function counted(count, attributesOf = (id) => ({ id })) {
  const { MeterProvider } = await fromBuild("engine/index.js");
  const { SnapshotReader } = await fromBuild("readers/reader.js");
  const reader = new SnapshotReader();
  const provider = new MeterProvider({ readers: [reader], cardinalityLimit: count + 1 });
  const counter = provider.getMeter("bench").createCounter("moving");
  const attributes = Array.from({ length: count }, (_, id) => attributesOf(id));
  let turn = 0;
  return {
    move() {
      turn++;
      for (let id = 0; id < count; id++) counter.add(1 + ((id * turn) % 7), attributes[id]);
    },
    collect: (use) => reader.collected(use),
  };
}
