import {
  chmodSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { collectionFromMetrics } from "../../../src/engine/collection/collection-from-metrics.ts";
import { JsonSnapshotExporter, type JsonSnapshotExporterOptions } from "tachymeter/json";
import { counter, resourceMetrics, scope } from "../resource-metrics.ts";
import { newFolder } from "../../kit/new-folder.ts";

test("at the end of a process the document is written when the call returns", () => {
  const file = temporaryFile();
  exporterTo({ file }).exportCollectionSync(jobs(3));
  expect(JSON.parse(readFileSync(file, "utf8"))).toEqual({
    timestamp: expect.any(Number),
    metrics: { jobs_total: { value: 3, labels: {}, timestamp: expect.any(Number) } },
    events_count: 150,
    running: false,
  });
  expect(readdirSync(dirname(file))).toEqual(["metrics.json"]);
});

test("the last document keeps series of the previous one, unless another process wrote that", async () => {
  const file = temporaryFile();
  const exporter = exporterTo({ file });
  const namesIn = (): string[] => Object.keys(JSON.parse(readFileSync(file, "utf8")).metrics);
  await exporter.exportCollection(countOf("only_async", 1));
  for (const value of [2, 3]) {
    exporter.exportCollectionSync(jobs(value));
    expect(namesIn()).toEqual(["only_async_total", "jobs_total"]);
  }
  await new Promise((resolve) => setTimeout(resolve, 2));
  await exporterTo({ file }).exportCollection(countOf("only_other", 1));
  exporter.exportCollectionSync(jobs(4));
  expect(namesIn()).toEqual(["jobs_total"]);
});

test("temporary files that killed processes left are removed", () => {
  const file = temporaryFile();
  writeFileSync(file, "{}");
  const names = ["0", "1"].map((digit) => `.tachymeter-${digit.repeat(16)}.tmp`);
  for (const name of names) writeFileSync(join(dirname(file), name), "");
  const past = new Date(Date.now() - 700_000);
  utimesSync(join(dirname(file), names[0]!), past, past);
  exporterTo({ file });
  expect(readdirSync(dirname(file))).toEqual([names[1], "metrics.json"]);
});

test("a replaced file keeps its permissions, and a symbolic link is kept", () => {
  const file = temporaryFile();
  const link = `${file}.link`;
  writeFileSync(file, "old");
  chmodSync(file, 0o640);
  symlinkSync(file, link);
  exporterTo({ file: link }).exportCollectionSync(jobs(3));
  expect(readFileSync(file, "utf8")).toContain("jobs_total");
  expect(lstatSync(link).isSymbolicLink()).toBe(true);
  expect(statSync(file).mode & 0o777).toBe(0o640);
});

test("a failed write throws, and leaves no other file", () => {
  const file = temporaryFile();
  const exporter = exporterTo({ file });
  mkdirSync(file);
  expect(() => exporter.exportCollectionSync(jobs(3))).toThrow(
    expect.objectContaining({ code: "TACHYMETER_FILE", message: expect.stringContaining("it is a folder") }),
  );
  expect(readdirSync(dirname(file))).toEqual(["metrics.json"]);
});

test("nothing is sent if there is only a URL", () => {
  const exporter = exporterTo({ url: "http://127.0.0.1:1/" });
  expect(() => exporter.exportCollectionSync(jobs(3))).not.toThrow();
});

function exporterTo(options: JsonSnapshotExporterOptions): JsonSnapshotExporter {
  return new JsonSnapshotExporter(options, { eventsCount: () => 150, running: () => false });
}

function jobs(value: number) {
  return countOf("jobs", value);
}

function countOf(name: string, value: number) {
  return {
    ...collectionFromMetrics(resourceMetrics([scope("test", [counter({ name }, [{}, value])])])),
    errors: [],
  };
}

function temporaryFile(): string {
  return join(newFolder("last-document"), "metrics.json");
}
