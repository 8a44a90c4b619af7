import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, expect, onTestFinished, test } from "vitest";
import { cursorBytes } from "../../src/io/outbox/folders.ts";
import { framesOf } from "../../src/io/outbox/frame.ts";
import { OUTBOX } from "../../src/options/outbox.ts";
import { Outbox } from "../../src/io/outbox/index.ts";
import { segmentHeader } from "../../src/io/outbox/segment.ts";
import { collectWarnings } from "../kit/collect-warnings.ts";
import { application } from "../kit/packed-project.ts";
import { runNode } from "../kit/process.ts";

let directory: string;
let warnings: readonly string[];

beforeEach(() => {
  warnings = collectWarnings();
  directory = mkdtempSync(join(tmpdir(), "tachymeter-hostile-"));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
});

function record(sequence: number, timeUnixMillis = Date.now()) {
  return { body: Buffer.from(`record ${sequence}`), points: 1, sequence, timeUnixMillis };
}

function orphan(...segments: readonly (readonly Uint8Array[])[]): string {
  const folder = join(directory, "0123456789abcdef");
  mkdirSync(folder);
  writeFileSync(join(folder, "cursor"), cursorBytes(0));
  for (const [i, pieces] of segments.entries()) {
    writeFileSync(join(folder, `${String(i + 1).padStart(10, "0")}.segment`), Buffer.concat(pieces));
  }
  return folder;
}

async function drained(): Promise<string[]> {
  const outbox = new Outbox(OUTBOX.settings({ directory }), { dropped: () => {} });
  await outbox.ready;
  const found: string[] = [];
  for (let oldest = await outbox.oldest(); oldest !== undefined; oldest = await outbox.oldest()) {
    found.push(Buffer.from(oldest.body).toString());
    await outbox.remove(oldest.sequence);
  }
  await outbox.close();
  return found;
}

test("a segment of record marks only is moved away and logged, without blocking the event loop", async () => {
  // Each mark claims a body that reaches to the end, with a wrong checksum.
  const marks = Buffer.alloc(4 * 1_048_576);
  for (let at = 0; at + 32 <= marks.length; at += 32) {
    marks.write("TMR1", at, "latin1");
    marks.writeUInt32LE(marks.length - at - 32, at + 8);
    marks.writeDoubleLE(1, at + 16);
    marks.writeDoubleLE(1, at + 24);
  }
  orphan([segmentHeader(), marks], [segmentHeader(), ...framesOf([record(1), record(2)])]);
  expect(await drained()).toEqual(["record 1", "record 2"]);
  expect(readdirSync(join(directory, "unreadable"))).toEqual(["0123456789abcdef-0000000001.segment"]);
  expect(warnings.join("\n")).toMatch(/0000000001\.segment is damaged/);
});

test("a sparse segment is read in pieces", async () => {
  const folder = orphan([segmentHeader(), ...framesOf([record(1)])]);
  const path = join(folder, "0000000001.segment");
  truncateSync(path, 300 * 1_048_576);
  const before = process.memoryUsage().arrayBuffers;
  expect(await drained()).toEqual(["record 1"]);
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(64 * 1_048_576);
});

test("a record with an infinite time is left out, and its neighbours are sent", async () => {
  orphan([segmentHeader(), ...framesOf([record(1), record(2, Infinity), record(3, Number.NaN), record(4)])]);
  expect(await drained()).toEqual(["record 1", "record 4"]);
  expect(warnings.join("\n")).toMatch(/2 records were torn or damaged/);
});

const otlp = {
  OTEL_METRICS_EXPORTER: "otlp",
  OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:9",
  TACHYMETER_HOST: "false",
  TACHYMETER_RUNTIME: "false",
};

test.each([
  ["a directory beneath /proc", () => "/proc/tachymeter-outbox"],
  [
    "a file",
    () => {
      const file = join(directory, "file");
      writeFileSync(file, "");
      return file;
    },
  ],
])("%s as outbox is reported at once, and the process ends", async (_, path) => {
  const cwd = await application({
    "app.mjs": `
      import { running } from "tachymeter";
      const begin = performance.now();
      await running().ready.catch((error) => console.log(error.message));
      running().collector.registerCounter("jobs").increment();
      await running().shutdown();
      console.log("ended after", performance.now() - begin < 8_000 ? "a moment" : "a long time");`,
  });
  const child = runNode({
    cwd,
    args: ["--import", "tachymeter/register", "app.mjs"],
    env: { ...otlp, TACHYMETER_OUTBOX_DIRECTORY: path() },
  });
  expect(await child.exit).toMatchObject({ code: 0 });
  expect(child.stdout).toMatch(/^outbox ".*": cannot be written/);
  expect(child.stdout).toContain("ended after a moment");
  expect(child.stderr).toMatch(/outbox ".*": cannot be written/);
  expect(statSync(directory).isDirectory()).toBe(true);
});
