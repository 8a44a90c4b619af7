import {
  appendFileSync,
  lstatSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import type { Attributes } from "@opentelemetry/api";
import { MeterProvider } from "tachymeter/metrics";
import { expect, test, vi } from "vitest";
import type { Collection } from "../../../src/engine/collection/collection.ts";
import { collectionFromMetrics } from "../../../src/engine/collection/collection-from-metrics.ts";
import { JsonSnapshotExporter } from "tachymeter/json";
import { smallDisk } from "../../faults/small-disk.ts";
import { gauge, resourceMetrics, scope } from "../resource-metrics.ts";
import { jobs, linesOf, openLog, parsed, temporaryFile, WalkingReader } from "./lines.ts";

test("the event loop stays free while 100,000 series are written, with one chunk in memory", async () => {
  const reader = new WalkingReader();
  const provider = new MeterProvider({ readers: [reader], cardinalityLimit: 200_000 });
  const counted = provider.getMeter("s").createCounter("jobs");
  for (let i = 0; i < 100_000; i++) counted.add(i, { id: i, route: `/${i % 100}` });
  const file = temporaryFile();
  const log = openLog({ file });
  const collection = await reader.collectSeries();
  let turns = 0;
  let isWritten = false;
  const turn = (): void => {
    turns++;
    if (!isWritten) setImmediate(turn);
  };
  turn();
  await log.write(collection);
  isWritten = true;
  expect(turns).toBeGreaterThan(20);
  const lines = linesOf(file);
  expect(lines).toHaveLength(100_000);
  expect(lines.every(({ value: counts, labels }) => counts === labels["id"])).toBe(true);
});

test("a full file is rotated and compressed, and the oldest rotated files are removed", async () => {
  const file = temporaryFile();
  const folder = join(file, "..");
  const log = openLog({ file, maxBytes: 150, maxFiles: 3, compress: true });
  for (let total = 1; total <= 10; total++) {
    await log.write(jobs(total));
    await vi.waitFor(() =>
      expect(readdirSync(folder).filter((name) => !name.endsWith(".gz"))).toEqual(["metrics.ndjson"]),
    );
  }
  const names = readdirSync(folder).toSorted();
  expect(names).toEqual([
    ...Array.from({ length: 3 }, () => expect.stringMatching(/^metrics\.\d{4}-.*Z\.\d+\.ndjson\.gz$/)),
    "metrics.ndjson",
  ]);
  const kept = names.map((name) => readFileSync(join(folder, name)));
  const text = kept
    .map((bytes, i) => (names[i]!.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString())
    .join("");
  const totals = parsed(text).map((line) => line.value);
  expect(totals).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10].slice(-totals.length));
  expect(totals.length).toBeGreaterThanOrEqual(7);
  expect(statSync(join(folder, names[0]!)).mode & 0o777).toBe(0o600);
});

test("a full file that a killed process left uncompressed or half compressed is compressed by the next process", async () => {
  const file = temporaryFile();
  const folder = join(file, "..");
  const full = join(folder, "metrics.2026-01-01T00-00-00.000Z.4711.ndjson");
  writeFileSync(full, "full\n");
  writeFileSync(`${full}.gz.4711.tmp`, "half");
  openLog({ file, compress: true });
  await vi.waitFor(() => expect(readdirSync(folder)).toContain(`${full.slice(folder.length + 1)}.gz`));
  await vi.waitFor(() => expect(readdirSync(folder)).not.toContain(full.slice(folder.length + 1)));
  expect(gunzipSync(readFileSync(`${full}.gz`)).toString()).toBe("full\n");
});

test("a file that has become too old is rotated at the next collection", async () => {
  const file = temporaryFile();
  const log = openLog({ file, maxAgeMillis: 1 });
  await log.write(jobs(1));
  const written = Date.now();
  await vi.waitFor(() => expect(Date.now()).toBeGreaterThan(written + 2));
  await log.write(jobs(2));
  expect(readdirSync(join(file, ".."))).toHaveLength(2);
  expect(linesOf(file).map((line) => line.value)).toEqual([2]);
});

test("a symbolic link to the file is kept, and rotated files are beside its target", async () => {
  const file = temporaryFile();
  writeFileSync(file, "");
  const link = temporaryFile();
  symlinkSync(file, link);
  const log = openLog({ file: link, maxBytes: 1 });
  await log.write(jobs(1));
  await log.write(jobs(2));
  expect(lstatSync(link).isSymbolicLink()).toBe(true);
  expect(linesOf(link).map((line) => line.value)).toEqual([2]);
  expect(readdirSync(join(file, ".."))).toHaveLength(2);
});

test("an incomplete line left by a killed process is removed", async () => {
  const file = temporaryFile();
  await openLog({ file }).write(jobs(1));
  appendFileSync(file, '{"name":"jobs_total","type":"cou');
  await openLog({ file }).write(jobs(2));
  expect(linesOf(file).map((line) => line.value)).toEqual([1, 2]);
});

test("a full disk fails the export, and the next collection is written once there is room", async () => {
  const file = temporaryFile();
  symlinkSync("/dev/full", file);
  const log = openLog({ file });
  await expect(log.write(jobs(1))).rejects.toMatchObject({
    code: "TACHYMETER_FILE",
    message: expect.stringContaining("its file system is full); free space"),
  });
  expect(() => log.writeNow(jobs(2))).toThrow("its file system is full");
  unlinkSync(file);
  await log.write(jobs(3));
  expect(linesOf(file).map((line) => line.value)).toEqual([3]);
});

test("a line partly written to a full disk is completed later, and the rest of its collection is lost", async (context) => {
  const folder = join(temporaryFile(), "..");
  const disk = smallDisk(join(folder, "disk")) ?? context.skip("no file system may be mounted here");
  const file = join(disk.folder, "metrics.ndjson");
  const log = openLog({ file });
  disk.fill();
  truncateSync(join(disk.folder, "filler"), 1_700_000);
  await expect(log.write(gauges(5_000))).rejects.toThrow("its file system is full");
  const whole = readFileSync(file, "utf8");
  disk.free();
  await log.write(gauges(10));
  const lines = linesOf(file);
  expect(readFileSync(file, "utf8").startsWith(whole)).toBe(true);
  expect(lines.slice(-10).map((line) => line.value)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  expect(lines.slice(0, -10).map((line) => line.value)).toEqual(lines.slice(0, -10).map((_, i) => i));
  expect(lines.length).toBeGreaterThan(100);
});

test("a collection that is due during a write ends the earlier one; all lines are complete", async () => {
  const file = temporaryFile();
  const log = openLog({ file });
  const first = log.write(gauges(5_000));
  const second = log.write(jobs(1));
  await expect(second).rejects.toThrow("the previous collection is still being written");
  await expect(first).rejects.toThrow("writing took too long, the next collection is due");
  await log.write(jobs(2));
  expect(linesOf(file).at(-1)?.value).toBe(2);
});

test("at the end of a process the rest of a collection is written at once, and no line twice", async () => {
  const file = temporaryFile();
  const log = openLog({ file });
  const collection = gauges(5_000);
  const writing = log.write(collection);
  await new Promise((resolve) => setImmediate(resolve));
  log.writeNow(collection);
  log.writeNow(jobs(1));
  await writing;
  expect(new Set(linesOf(file).map(({ labels }) => labels["i"])).size).toBe(5_001);
  expect(linesOf(file)).toHaveLength(5_001);
});

test("at the end of a process lines go to the file of that name, if another process has compressed the previous one", async () => {
  const file = temporaryFile();
  const ending = openLog({ file });
  await ending.write(jobs(1));
  const other = openLog({ file, maxBytes: 1, compress: true });
  await other.write(jobs(2));
  await vi.waitFor(() =>
    expect(readdirSync(join(file, "..")).filter((name) => name.endsWith(".gz"))).toHaveLength(1),
  );
  ending.writeNow(jobs(3));
  expect(linesOf(file).map((line) => line.value)).toEqual([2, 3]);
});

test("the reader appends each collection, and nothing after its shutdown", async () => {
  const file = temporaryFile();
  const exporter = new JsonSnapshotExporter({ file, format: "ndjson" });
  await exporter.exportCollection(jobs(1));
  await exporter.exportCollection(jobs(2));
  await exporter.shutdown();
  await expect(exporter.exportCollection(jobs(3))).rejects.toThrow("shut down before this export");
  exporter.exportCollectionSync(jobs(4));
  expect(linesOf(file).map((line) => line.value)).toEqual([1, 2]);
});

function gauges(count: number): Collection {
  const points = Array.from({ length: count }, (_, i): [Attributes, number] => [{ i }, i]);
  return collectionFromMetrics(resourceMetrics([scope("s", [gauge({ name: "g" }, ...points)])]));
}
