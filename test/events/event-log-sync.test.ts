import { type Stats, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { EventLog, Events } from "tachymeter/facades";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { newFolder } from "../kit/new-folder.ts";

// Files that were synced to the disk, with their sizes at that time.
const forced: Stats[] = [];

vi.mock("node:fs", async (importOriginal) => {
  const original = await importOriginal<typeof import("node:fs")>();
  const fdatasync = (descriptor: number, done: (error: Error | null) => void): void => {
    forced.push(original.fstatSync(descriptor));
    original.fdatasync(descriptor, done);
  };
  return { ...original, default: { ...original, fdatasync }, fdatasync };
});

const order = { event_type: "order", source: "shop" };
let cwd = "";

beforeEach(() => {
  forced.length = 0;
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
