// One merge: eight members in this process, all series changed.
import { attributeSets } from "../data.js";
import * as loops from "../loops.js";
import { median, mustBe } from "../measure.js";
import { watchTurns } from "../turns.js";
import { groupInProcess, reportInProcess } from "./subject.js";

const MEMBERS = 8;
const SERIES = 10_000;
const RUNS = 20;
const WARM_UP_RUNS = 10;
const sets = attributeSets(SERIES);

const kinds = {
  counters: {
    exponential: false,
    growing: (meter) => {
      const counter = meter.createCounter("c");
      return () => loops.addToEach(counter, sets, SERIES);
    },
  },
  "explicit histograms": { exponential: false, growing },
  "exponential histograms": { exponential: true, growing },
};

/** Measures the processor time of a merge: the median of some, after V8 has optimized it. */
export async function merging(kind) {
  const { grow, mergeNow } = await groupOf(kind);
  const samples = [];
  for (let i = 1; i <= RUNS + WARM_UP_RUNS; i++) {
    grow(i);
    const before = process.cpuUsage();
    const count = await mergeNow();
    const { user, system } = process.cpuUsage(before);
    mustBe(count, MEMBERS * SERIES * i);
    if (i > WARM_UP_RUNS) samples.push((user + system) / 1_000);
  }
  return { unit: "ms", value: median(samples), min: Math.min(...samples) };
}

/** Measures the longest time between two turns of the event loop during a merge: the median of some. */
export async function longestHold(kind) {
  const { grow, mergeNow } = await groupOf(kind);
  const holds = [];
  for (let i = 1; i <= RUNS + WARM_UP_RUNS; i++) {
    grow(i);
    // The growth blocks the event loop, too.
    await new Promise((resolve) => setImmediate(resolve));
    const hold = watchTurns();
    mustBe(await mergeNow(), MEMBERS * SERIES * i);
    const millis = await hold();
    if (i > WARM_UP_RUNS) holds.push(millis);
  }
  return { unit: "ms", value: median(holds), min: Math.min(...holds), max: Math.max(...holds) };
}

/** Measures the longest time between two turns of the event loop during the first merge, of new series. */
export async function longestFirstHold(kind) {
  const { grow, mergeNow } = await groupOf(kind);
  grow(1);
  await new Promise((resolve) => setImmediate(resolve));
  const hold = watchTurns();
  mustBe(await mergeNow(), MEMBERS * SERIES);
  return { unit: "ms", value: await hold() };
}

/** Measures the processor time of a member's report with 10,000 histograms, all changed: the median of some. */
export async function reporting() {
  const { meter, reportNow, end } = reportInProcess({ limit: 2 * SERIES });
  const grow = growing(meter);
  const samples = [];
  for (let i = 1; i <= RUNS + WARM_UP_RUNS; i++) {
    grow(i);
    const before = process.cpuUsage();
    await reportNow();
    const { user, system } = process.cpuUsage(before);
    if (i > WARM_UP_RUNS) samples.push((user + system) / 1_000);
  }
  end();
  return { unit: "ms", value: median(samples), min: Math.min(...samples) };
}

async function groupOf(kind) {
  const { exponential, growing: growingOf } = kinds[kind];
  const { meters, mergeNow } = await groupInProcess({ members: MEMBERS, exponential, limit: 2 * SERIES });
  const growers = meters.map((meter) => growingOf(meter));
  return {
    mergeNow,
    grow: (round) => {
      for (const grow of growers) grow(round);
    },
  };
}

function growing(meter) {
  const histogram = meter.createHistogram("h");
  return (round) => loops.recordSpreadToEach(histogram, sets, SERIES, round);
}
