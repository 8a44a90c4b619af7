// From the series to a JSON file, as one document and as lines.
import { mkdtempSync, rmSync } from "node:fs";
import { readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fromBuild } from "./build.js";
import { otel, WalkingReader } from "./contenders.js";
import { attributeSets } from "./data.js";
import * as loops from "./loops.js";
import { median, mustBe, timeOnce } from "./measure.js";
import { watchTurns } from "./turns.js";

const SERIES = 100_000;

/** Measurements of both formats and of a snapshot, by name. */
export const jsonFiles = {
  ...Object.fromEntries(
    ["document", "ndjson"].flatMap((format) => [
      [`JSON file of 100,000 series, ${format}`, () => timed(format)],
      [
        `longest hold, JSON file of 100,000 series, ${format}`,
        async () => longestHold(await writing(format)),
      ],
    ]),
  ),
  "longest hold, snapshot of 100,000 series": async () => longestHold(await snapshots()),
};

const countOf = {
  document: (text) => Object.keys(JSON.parse(text).metrics).length,
  ndjson: (text) =>
    text.split("\n").filter((line) => JSON.parse(line || "0").name === "requests_total").length,
};

// Returns a function that collects and writes, one that changes each series, and one that checks that all was
// written.
async function writing(format) {
  const sdk = await otel.tachymeter({ reader: new WalkingReader() });
  const { JsonSnapshotExporter } = await fromBuild("readers/json/index.js");
  const folder = mkdtempSync(join(tmpdir(), "tachymeter-bench-"));
  process.on("exit", () => rmSync(folder, { recursive: true }));
  const file = join(folder, "metrics");
  const exporter = new JsonSnapshotExporter({ file, format });
  const sets = attributeSets(SERIES);
  const counter = sdk.meter.createCounter("requests");
  return {
    change: () => loops.addMixedToEach(counter, sets, SERIES),
    write: async () => exporter.exportCollection(await sdk.reader.producer.collectSeries()),
    check: async () => {
      mustBe(countOf[format](await readFile(file, "utf8")), SERIES);
      await rm(file);
    },
  };
}

async function timed(format) {
  const { change, write, check } = await writing(format);
  return timeOnce({ between: change, once: write, check });
}

// The snapshots of a running Tachymeter.
async function snapshots() {
  const { start } = await fromBuild("index.js");
  const telemetry = await start({
    readers: [],
    host: false,
    instrumentations: [],
    cardinalityLimit: SERIES + 1,
  });
  const counter = telemetry.meterProvider.getMeter("bench").createCounter("requests");
  const sets = attributeSets(SERIES);
  let snapshot;
  return {
    change: () => loops.addMixedToEach(counter, sets, SERIES),
    write: async () => (snapshot = await telemetry.snapshot()),
    check: () => mustBe(Object.keys(snapshot.metrics).length >= SERIES, true),
  };
}

async function longestHold({ change, write, check }) {
  const holds = [];
  for (let i = 0; i < 15; i++) {
    change();
    await new Promise((resolve) => setImmediate(resolve));
    const hold = watchTurns();
    await write();
    const longest = await hold();
    await check();
    if (i >= 5) holds.push(longest);
  }
  return { unit: "ms", value: median(holds), min: Math.min(...holds), max: Math.max(...holds) };
}
