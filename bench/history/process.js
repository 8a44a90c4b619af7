// Measures one part of one contender, in its own process: node process.js <contender> <part>
import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { median, mustBe } from "../measure.js";
import { askedHosts, events, mixed, month } from "./data.js";

const WARM_RUNS = 9;
const [contender, part] = process.argv.slice(2);
const folder = mkdtempSync(join(tmpdir(), "tachymeter-bench-"));
const path = join(folder, "store.db");
const parts = { points, days, happenings, handover };
try {
  console.log(JSON.stringify(await parts[part]()));
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function points() {
  const store = await opened(mixed);
  let millis = 0;
  const batches = [];
  for (const collection of mixed.collections()) {
    const began = performance.now();
    await store.append(collection);
    batches.push(performance.now() - began);
    millis += batches.at(-1);
  }
  const pointsOfHour = Math.min(360, mixed.batches) + (mixed.batches > 360 ? 1 : 0);
  const figures = {
    "ingest of a collection of 2,000 series, mean": millis / mixed.batches,
    "ingest of a collection of 2,000 series, median": median(batches),
    "ingest of a collection of 2,000 series, longest": Math.max(...batches),
    "last hour of 20 series": await warm(store.lastHour, askedHosts.length * pointsOfHour),
    "mean by 10 min, 20 series of 2 million points": await warm(() => store.meanByStep(600)),
    "mean by 1 min, 20 series of 2 million points": await warm(() => store.meanByStep(60)),
    "p95 of each of the 100 series of a metric": await warm(store.p95, 100),
  };
  await store.close();
  return { ...figures, "bytes per point, mixed": sizeOf() / mixed.points };
}

async function days() {
  const store = await opened(month);
  const began = performance.now();
  if (store.fill !== undefined) await store.fill(month.collections());
  else for (const collection of month.collections()) await store.append(collection);
  const filled = performance.now() - began;
  const figures = {
    "30 days, 200 series: mean by hour": await warm(() => store.meanOfAllByStep(3_600), 200 * 720),
    "30 days, 200 series: mean by hour of one metric's 20 series": await warm(
      () => store.meanByStep(3_600),
      20 * 720,
    ),
    "30 days, 200 series: writing all of it": filled,
  };
  await store.close();
  return { ...figures, "bytes per point, 30 days": sizeOf() / month.points };
}

async function happenings() {
  const store = await opened();
  const groups = [...events.groups()];
  const began = performance.now();
  for (const group of groups) await store.appendEvents(group);
  const seconds = (performance.now() - began) / 1_000;
  const figures = {
    "events stored per second, in groups of 1,000": events.count / seconds,
    "200,000 events by type and a field": await warm(store.findEvents, events.asked.found),
  };
  await store.close();
  return figures;
}

async function handover() {
  const { handover: measure } = await import("./handover.js");
  const { collect, encode, send, all } = await measure(path);
  return {
    "main thread, 10,000 series: collect, encode and send": all,
    "main thread, 10,000 series: collect alone": collect,
    "main thread, 10,000 series: encode alone": encode,
    "main thread, 10,000 series: send alone": send,
  };
}

async function opened(data) {
  const { open } = await import(`./${contender}.js`);
  return open(path, data);
}

async function warm(ask, expected) {
  const samples = [];
  for (let i = 0; i < WARM_RUNS + 2; i++) {
    const began = performance.now();
    const found = await ask();
    const millis = performance.now() - began;
    if (expected !== undefined) mustBe(found, expected);
    if (i >= 2) samples.push(millis);
  }
  return median(samples);
}

// Without the reserve, which is always 10 MiB.
function sizeOf() {
  const names = readdirSync(folder).filter((name) => !name.endsWith(".reserve"));
  return names.reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);
}
