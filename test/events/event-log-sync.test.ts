import { type Stats, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { diag } from "@opentelemetry/api";
import { EventLog, Events } from "tachymeter/facades";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { collectWarnings } from "../kit/collect-warnings.ts";
import { newFolder } from "../kit/new-folder.ts";

// Files that were synced to the disk, with their sizes at that time.
const forced: Stats[] = [];

// Attempts to write while the disk is full.
const disk = vi.hoisted(() => ({ isFull: false, refused: 0 }));

vi.mock("node:fs", async (importOriginal) => {
  const original = await importOriginal<typeof import("node:fs")>();
  const { promisify } = await import("node:util");
  const writeTo = promisify(original.write);
  const write = (): void => {};
  Object.defineProperty(write, promisify.custom, {
    value: (descriptor: number, bytes: Buffer, offset: number, length: number) => {
      if (!disk.isFull) return writeTo(descriptor, bytes, offset, length);
      disk.refused++;
      return Promise.reject(new Error("ENOSPC: no space left on device"));
    },
  });
  const fdatasync = (descriptor: number, done: (error: Error | null) => void): void => {
    forced.push(original.fstatSync(descriptor));
    original.fdatasync(descriptor, done);
  };
  return { ...original, default: { ...original, fdatasync, write }, fdatasync, write };
});

const order = { event_type: "order", source: "shop" };
let cwd = "";

beforeEach(() => {
  forced.length = 0;
  Object.assign(disk, { isFull: false, refused: 0 });
  cwd = newFolder("log");
});

afterEach(() => {
  vi.useRealTimers();
});

function bytesForced(stats: Stats): number {
  return Math.max(0, ...forced.filter(({ ino }) => ino === stats.ino).map(({ size }) => size));
}

function bytesIn(folder: string): number {
  return readdirSync(folder).reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);
}

// Does not turn a faked clock.
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}

async function written(events: Events, data: unknown): Promise<void> {
  const before = bytesIn(cwd);
  events.record({ ...order, data });
  await until(() => bytesIn(cwd) > before);
}

test("lines are synced to the disk within a second, also the last ones", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
  const file = join(cwd, "events.jsonl");
  const log = new EventLog({ file });
  const events = new Events({ log });
  await written(events, 1);
  await until(() => forced.length === 1);
  await written(events, 2);
  await written(events, 3);
  await vi.advanceTimersByTimeAsync(1_000);
  await vi.waitFor(() => expect(bytesForced(statSync(file))).toBe(statSync(file).size));
  expect(forced).toHaveLength(2);
  await log.close();
});

test("a file is synced to the disk before it is renamed", async () => {
  const file = join(cwd, "events.jsonl");
  const log = new EventLog({ file, maxBytes: 300, maxFiles: 100 });
  const events = new Events({ log });
  for (let data = 0; data < 6; data++) await written(events, data);
  await log.close();
  const files = readdirSync(cwd).map((name) => statSync(join(cwd, name)));
  expect(files.length).toBeGreaterThan(1);
  for (const stats of files) expect(bytesForced(stats)).toBe(stats.size);
});

test("after a disk was full, waiting events are written although no further one comes, also those of a full queue", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
  const warnings = collectWarnings();
  const file = join(cwd, "events.jsonl");
  const log = new EventLog({ file });
  const events = new Events();
  events.keepIn(log);
  disk.isFull = true;
  events.record({ ...order, data: 0 });
  await until(() => disk.refused === 1);
  // Events of many turns do not make further attempts.
  for (let i = 1; i <= 20; i++) {
    events.record({ ...order, data: "x".repeat(1_000_000) });
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(disk.refused).toBe(1);
  await vi.advanceTimersByTimeAsync(1_000);
  await until(() => disk.refused === 2);
  disk.isFull = false;
  await new Promise((resolve) => setImmediate(resolve));
  await vi.advanceTimersByTimeAsync(1_000);
  await until(() => statSync(file).size > 15_000_000);
  events.record({ ...order, data: "later" });
  await log.close();
  expect(readFileSync(file, "utf8")).toMatch(/"later".*\n$/);
  diag.disable();
  expect(warnings).toEqual([expect.stringContaining("ENOSPC")]);
});
