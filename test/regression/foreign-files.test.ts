import { execFileSync } from "node:child_process";
import {
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { History } from "tachymeter/history";
import { JSONExporter } from "tachymeter/json";
import { DurableExporter } from "tachymeter/otlp";
import { EventLog, TelemetryCollector } from "tachymeter/facades";
import { AggregationTemporality, InMemoryMetricExporter } from "tachymeter/metrics";
import { beforeEach, expect, onTestFinished, test } from "vitest";
import { openSqlite } from "../../src/history/store/sqlite.ts";
import { collectWarnings } from "../kit/collect-warnings.ts";

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "tachymeter-foreign-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
});

function fifo(name: string): string {
  const path = join(folder, name);
  execFileSync("mkfifo", [path]);
  return path;
}

const refused = /must be a file or a device such as \/dev\/null, got a named pipe \(FIFO\)/;

test("a FIFO in place of a file is refused at once by all readers and writers of files", async () => {
  const path = fifo("pipe.json");
  await expect(new JSONExporter(path).exportMetrics(new TelemetryCollector())).rejects.toThrow(refused);
  expect(() => new EventLog({ file: path })).toThrow(refused);
  await expect(History.open({ path: fifo("pipe.db") })).rejects.toThrow(/pipe\.db/);
  await expect(History.open({ path: join(folder, "pipe.db"), readOnly: true })).rejects.toThrow(/pipe\.db/);
});

test("devices and the process' own standard output are written to", async () => {
  const written = new JSONExporter("/dev/null").exportMetrics(new TelemetryCollector());
  await expect(written).resolves.toBeUndefined();
  const log = new EventLog({ file: "/dev/null" });
  await log.close();
});

test("a FIFO in place of an outbox segment or cursor is not touched", async () => {
  const warnings = collectWarnings();
  const directory = join(folder, "outbox");
  const orphan = join(directory, "0123456789abcdef");
  execFileSync("mkdir", ["-p", orphan]);
  execFileSync("mkfifo", [join(orphan, "0000000001.segment"), join(orphan, "cursor")]);
  const exporter = new DurableExporter(new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE), {
    directory,
  });
  await exporter.forceFlush?.();
  await exporter.shutdown();
  expect(warnings.join("\n")).toMatch(/0123456789abcdef.* cannot be read/);
});

test("the history's reserve follows no link and overwrites no other file", async () => {
  const target = join(folder, "target.txt");
  writeFileSync(target, "theirs");
  for (const [name, place] of [
    ["linked.db", (path: string) => symlinkSync(target, path)],
    ["filed.db", (path: string) => writeFileSync(path, "theirs")],
    ["piped.db", (path: string) => execFileSync("mkfifo", [path])],
  ] as const) {
    const reserve = join(folder, `${name}.reserve`);
    place(reserve);
    const before = lstatSync(reserve);
    const history = await History.open({ path: join(folder, name) });
    await history.usage();
    await history.close();
    expect(lstatSync(reserve).ino).toBe(before.ino);
  }
  expect(readFileSync(target, "utf8")).toBe("theirs");
  expect(readFileSync(join(folder, "filed.db.reserve"), "utf8")).toBe("theirs");
});

test.each([
  ["package.json", (path: string) => writeFileSync(path, '{ "name": "shop" }')],
  ["notes.db", (path: string) => writeFileSync(path, "my notes\n".repeat(1_000))],
  ["theirs.sqlite", (path: string) => openSqlite(path).exec("CREATE TABLE theirs (id INTEGER)")],
])("the path of a foreign file, %s, is a configuration error", async (name, make) => {
  const path = join(folder, name);
  make(path);
  const before = readFileSync(path);
  await expect(History.open({ path })).rejects.toThrow(/use the path of a store, or of a new file/);
  expect(readFileSync(path)).toEqual(before);
  expect(readdirSync(folder).filter((each) => each.includes("aside"))).toEqual([]);
});

test("files with events or attributes are accessible only to their owner", async () => {
  const path = join(folder, "history.db");
  const history = await History.open({ path });
  await history.usage();
  const files = readdirSync(folder);
  expect(files).toContain("history.db.reserve");
  expect(files.map((name) => statSync(join(folder, name)).mode & 0o777)).toEqual(files.map(() => 0o600));
  await history.close();
  const document = join(folder, "metrics.json");
  await new JSONExporter(document).exportMetrics(new TelemetryCollector());
  expect(statSync(document).mode & 0o777).toBe(0o666 & ~process.umask());
});
