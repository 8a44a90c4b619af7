import {
  chmodSync,
  lstatSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { type MetricsSource, type Snapshot } from "tachymeter/facades";
import { JSONExporter } from "tachymeter/json";
import { expect, test } from "vitest";
import { newFolder } from "../../kit/new-folder.ts";

test("the file contains the reference's document, key by key", async () => {
  const file = temporaryFile();
  const source = sourceOf({
    timestamp: 1632150000.5,
    metrics: {
      http_requests_total: { value: 1027, labels: {}, timestamp: 1632150000 },
      'queue_size{destination="jobs",urgent="true"}': {
        value: "+Inf",
        labels: { destination: "jobs", urgent: true },
        timestamp: 1632150000.25,
      },
      seconds: {
        value: { count: 2, sum: Infinity, min: 0.5, max: null, buckets: { "1": 1, "+Inf": 2 } },
        labels: {},
        timestamp: 1632150000,
      },
    },
    events_count: 150,
    running: true,
  });
  await new JSONExporter(file).exportMetrics(source);
  expect(readFileSync(file, "utf8")).toBe(String.raw`{
  "timestamp": 1632150000.5,
  "metrics": {
    "http_requests_total": {
      "value": 1027,
      "labels": {},
      "timestamp": 1632150000
    },
    "queue_size{destination=\"jobs\",urgent=\"true\"}": {
      "value": "+Inf",
      "labels": {
        "destination": "jobs",
        "urgent": true
      },
      "timestamp": 1632150000.25
    },
    "seconds": {
      "value": {
        "count": 2,
        "sum": "+Inf",
        "min": 0.5,
        "max": null,
        "buckets": {
          "1": 1,
          "+Inf": 2
        }
      },
      "labels": {},
      "timestamp": 1632150000
    }
  },
  "events_count": 150,
  "running": true
}
`);
});

test("a read during a write sees a complete document, and no temporary file remains", async () => {
  const file = temporaryFile();
  const metrics = Object.fromEntries(
    Array.from({ length: 2_000 }, (_, i) => [`m${i}`, { value: i, labels: {}, timestamp: 1 }]),
  );
  const exporter = new JSONExporter(file);
  const source = sourceOf({ timestamp: 1, metrics, events_count: 0, running: false });
  await exporter.exportMetrics(source);
  const writing = Promise.all(Array.from({ length: 20 }, () => exporter.exportMetrics(source)));
  const written = writing.then(() => "written");
  const turn = () => new Promise((resolve) => setImmediate(resolve, "turn"));
  let readings = 0;
  while ((await Promise.race([written, turn()])) === "turn") {
    expect(Object.keys(JSON.parse(readFileSync(file, "utf8")).metrics)).toHaveLength(2_000);
    readings++;
  }
  expect(readings).toBeGreaterThan(0);
  expect(readdirSync(join(file, ".."))).toEqual(["metrics.json"]);
});

test("a symbolic link to the file is kept", async () => {
  const file = temporaryFile();
  const link = `${file}.link`;
  writeFileSync(file, "old");
  symlinkSync(file, link);
  await new JSONExporter(link).exportMetrics(EMPTY);
  expect(readFileSync(file, "utf8")).toContain('"running": false');
  expect(lstatSync(link).isSymbolicLink()).toBe(true);
});

test.each([0o600, 0o664])("a replaced file keeps its permissions", async (mode) => {
  const file = temporaryFile();
  writeFileSync(file, "old");
  chmodSync(file, mode);
  await new JSONExporter(file).exportMetrics(EMPTY);
  expect(readFileSync(file, "utf8")).toContain('"running": false');
  expect(statSync(file).mode & 0o777).toBe(mode);
});

test.each([
  ["/no/such/folder/a.json", /its folder \/no\/such\/folder does not exist\); create the folder/],
  ["/dev/null/a.json", /\(\/dev\/null is not a folder\); use a file in a folder/],
  ["/", /\(it is a folder\); use a file in it/],
  ["/dev/full", /\(its file system is full\); free space/],
])("a document that cannot be written to %s is an error with the reason", async (file, why) => {
  const exporting = new JSONExporter(file).exportMetrics(EMPTY);
  await expect(exporting).rejects.toMatchObject({ name: "FileError", code: "TACHYMETER_FILE" });
  await expect(exporting).rejects.toThrow(why);
});

test.each([[""], ["a\0b"], [undefined], [5]])("%j is not a valid file name", (file) => {
  expect(() => Reflect.construct(JSONExporter, [file])).toThrow(
    /^file must be a path, got .*; use a path such as/,
  );
});

test("a failed write leaves no temporary file, and the old document unchanged", async () => {
  const file = temporaryFile();
  writeFileSync(file, "old");
  const rejecting = { getSnapshot: () => Promise.reject(new Error("no snapshot")) };
  await expect(new JSONExporter(file).exportMetrics(rejecting)).rejects.toThrow("no snapshot");
  expect(readFileSync(file, "utf8")).toBe("old");
  expect(readdirSync(join(file, ".."))).toEqual(["metrics.json"]);
});

const EMPTY: MetricsSource = sourceOf({ timestamp: 1, metrics: {}, events_count: 0, running: false });

function sourceOf(snapshot: Snapshot): MetricsSource {
  return { getSnapshot: async () => snapshot };
}

function temporaryFile(): string {
  return join(newFolder("json"), "metrics.json");
}
