// Collects while threads record, and prints what is wrong. Arguments: threads, turns of each, and milliseconds after
// which each thread is terminated, if any; recordings of each series, if there are several.
import { once } from "node:events";
import { setTimeout as passed } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import { MeterProvider } from "tachymeter-modules/src/engine/meter-provider.js";
import { ImageReader } from "tachymeter-modules/src/group/memory/image-reader.js";
import { mergeInto } from "tachymeter-modules/src/group/merge/group-merge.js";
import { acceptThreads } from "tachymeter-modules/src/group/threads/accept-threads.js";
import { MemberReader } from "tachymeter-modules/src/group/member-reader.js";

const [threads, turns, lifeMillis, turnsPerSeries = Infinity] = process.argv.slice(2).map(Number);
const EXPONENTIAL_HISTOGRAM = 5;
const aggregation = { type: EXPONENTIAL_HISTOGRAM, options: { maxSize: 16 } };
const views = [{ instrumentName: "exponential", aggregation }];
const reader = new MemberReader({ aggregations: {}, limits: {} });
const provider = new MeterProvider({ readers: [reader], views });
let repaired = 0;
const merge = mergeInto(provider, { onRepair: () => repaired++, find: () => accepted.refresh() });
const accepted = acceptThreads(undefined, (link) => {
  const slot = merge.freeSlot();
  const member = { name: `thread ${slot}`, slot, image: new ImageReader(() => link.drain()) };
  merge.add(member);
  link.onEnd(() => merge.leave(member));
});
const problems = new Set();
let before = {};
let collections = 0;
const expected = { turns: 0, sum: 0 };

// Count, sum and sum of the buckets of each metric, of all its series.
async function collected() {
  const { metrics } = await reader.producer.collectSeries();
  const found = {};
  for (const { descriptor, kind, series } of metrics)
    series.visit(0, series.length, {
      series: (cells, at) => {
        const total = (found[descriptor.name] ??= { count: 0, sum: 0, buckets: 0 });
        const { count, sum, buckets } = figuresOf(kind, cells, at);
        total.count += count;
        total.sum += sum;
        total.buckets += buckets;
      },
    });
  return found;
}

function figuresOf(kind, cells, at) {
  if (kind === "sum") return { count: 0, sum: cells[at], buckets: 0 };
  return kind === "histogram" ? explicitOf(cells, at) : exponentialOf(cells, at);
}

function explicitOf(cells, at) {
  // Count, sum, minimum, maximum, then the buckets of 15 boundaries.
  const buckets = cells.subarray(at + 4, at + 20).reduce((sum, count) => sum + count, 0);
  return { count: cells[at], sum: cells[at + 1], buckets };
}

function exponentialOf(cells, at) {
  const counts = cells.subarray(at + 10, at + 10 + cells[at + 7] + cells[at + 9]);
  const buckets = counts.reduce((sum, count) => sum + count, cells[at + 4]);
  return { count: cells[at], sum: cells[at + 1], buckets };
}

async function check() {
  collections++;
  const now = await collected();
  for (const [name, { count, sum, buckets }] of Object.entries(now)) {
    if (buckets !== count) problems.add(`${name}: buckets ${buckets}, count ${count}`);
    if (count > 0 && (sum < count || sum > count * 2 ** 40)) problems.add(`${name}: sum ${sum} of ${count}`);
    const earlier = before[name] ?? { count: 0, sum: 0 };
    if (count < earlier.count || sum < earlier.sum)
      problems.add(`${name}: ${earlier.count} and ${earlier.sum} fell to ${count} and ${sum}`);
  }
  for (const name of Object.keys(before)) if (!(name in now)) problems.add(`${name}: is missing`);
  before = now;
}

async function run() {
  const progress = new Float64Array(new SharedArrayBuffer(16));
  const worker = new Worker(new URL("thread.mjs", import.meta.url), {
    workerData: { turns, turnsPerSeries, progress, views },
  });
  const ended = once(worker, "exit");
  if (lifeMillis > 0) {
    while (progress[0] === 0) await passed(1);
    await passed(Math.random() * lifeMillis);
    await worker.terminate();
  }
  await ended;
  expected.turns += progress[0];
  expected.sum += progress[1];
}

const all = Promise.all(Array.from({ length: threads }, () => run())).then(() => "over");
do await check();
while ((await Promise.race([all, passed(0)])) !== "over");
await check();
const counts = ["explicit", "exponential"].map((name) => before[name].count);
console.log(
  JSON.stringify({
    problems: [...problems].slice(0, 10),
    collections,
    turns: expected.turns,
    missing: expected.turns - Math.min(...counts),
    extra: Math.max(...counts) - expected.turns,
    sumOff: before.counter.sum - expected.sum,
    repaired,
  }),
);
