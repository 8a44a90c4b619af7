import {
  chmodSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { collectionFromMetrics } from "../../../src/engine/collection/collection-from-metrics.ts";
import { JsonSnapshotExporter } from "../../../src/readers/json/index.ts";
import { counter, resourceMetrics, scope } from "../resource-metrics.ts";
import { newFolder } from "../../kit/new-folder.ts";

test("at the end of a process the document is written when the call returns", () => {
  const file = temporaryFile();
  exporterTo({ file }).exportCollectionSync(jobs(3));
  expect(JSON.parse(readFileSync(file, "utf8"))).toEqual({
    timestamp: expect.any(Number),
    metrics: { jobs_total: { value: 3, labels: {}, timestamp: expect.any(Number) } },
    events_count: 150,
    running: true,
  });
  expect(readdirSync(dirname(file))).toEqual(["metrics.json"]);
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

function exporterTo(
  options: Partial<ConstructorParameters<typeof JsonSnapshotExporter>[0]>,
): JsonSnapshotExporter {
  return new JsonSnapshotExporter({ ...options, eventsCount: () => 150, running: () => true });
}

function jobs(value: number) {
  return {
    ...collectionFromMetrics(resourceMetrics([scope("test", [counter({ name: "jobs" }, [{}, value])])])),
    errors: [],
  };
}

function temporaryFile(): string {
  return join(newFolder("last-document"), "metrics.json");
}
