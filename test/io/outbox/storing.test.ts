import { chmodSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { diag } from "@opentelemetry/api";
import { afterEach, expect, test, vi } from "vitest";
import { OutboxError } from "../../../src/io/outbox/disk-trouble.ts";
import { Outbox } from "../../../src/io/outbox/index.ts";
import { collectWarnings } from "../../kit/collect-warnings.ts";
import { begun, drained, filesOf, opened, record, records } from "./opening.ts";
import { newFolder } from "../../kit/new-folder.ts";

afterEach(() => {
  diag.disable();
  vi.useRealTimers();
});

test("records are returned oldest first, each until it is removed", async () => {
  const { outbox } = await opened(newFolder("outbox"));
  await outbox.append(records("a", "b"));
  await outbox.append(records("c"));

  const first = await outbox.oldest();
  expect(Buffer.from(first!.body).toString()).toBe("a");
  expect(await outbox.oldest()).toBe(first);
  await outbox.remove(first!.sequence);
  await outbox.remove(first!.sequence);
  expect(await drained(outbox)).toEqual(["b", "c"]);
  expect(await outbox.oldest()).toBeUndefined();
});

test("a record keeps its points and its time", async () => {
  const directory = newFolder("outbox");
  const first = await opened(directory);
  await first.outbox.append([record("a", 1_800_000_000_000.5, 4_000_000_000)]);
  await first.outbox.close();

  const { outbox } = await opened(directory);
  expect(await outbox.oldest()).toMatchObject({ points: 4_000_000_000, timeUnixMillis: 1_800_000_000_000.5 });
});

test("records survive a restart unless they were removed", async () => {
  const directory = newFolder("outbox");
  const first = await opened(directory);
  await first.outbox.append(records("a", "b", "c"));
  const oldest = await first.outbox.oldest();
  await first.outbox.remove(oldest!.sequence);
  await first.outbox.close();

  const { outbox } = await opened(directory);
  expect(outbox.size).toMatchObject({ records: 2, points: 2 });
  expect(await drained(outbox)).toEqual(["b", "c"]);
});

test("an outbox without waiting records leaves no files", async () => {
  const directory = newFolder("outbox");
  const { outbox } = await opened(directory);
  await outbox.append(records("a"));
  await drained(outbox);
  await outbox.close();
  expect(readdirSync(directory)).toEqual([]);
});

test("records of a dead process are delivered in the order of their time among our own", async () => {
  const directory = newFolder("outbox");
  const [one, two] = [await opened(directory), await opened(directory)];
  await one.outbox.append([record("1", 1_000_000_000_001), record("3", 1_000_000_000_003)]);
  await two.outbox.append([record("2", 1_000_000_000_002), record("4", 1_000_000_000_004)]);
  await Promise.all([one.outbox.close(), two.outbox.close()]);

  const { outbox } = await opened({ directory, maxAge: 1e9 });
  await outbox.append([record("3.5", 1_000_000_000_003.5), record("5", 1_000_000_000_005)]);
  expect(await drained(outbox)).toEqual(["1", "2", "3", "3.5", "4", "5"]);
});

test("a backlog uses several segments, whose files are deleted as it is delivered", async () => {
  const directory = newFolder("outbox");
  const { outbox } = await opened({ directory, maxBytes: 1_048_576 });
  const texts = Array.from({ length: 100 }, (_, i) => `${i} `.padEnd(5_000, "x"));
  for (const text of texts) await outbox.append(records(text));
  expect(filesOf(directory, ".segment").length).toBeGreaterThan(3);

  expect(await drained(outbox)).toEqual(texts);
  expect(filesOf(directory, ".segment").length).toBe(1);
  expect(outbox.size).toEqual({ bytes: 0, records: 0, points: 0 });
});

test("a record larger than a segment has its own segment", async () => {
  const { outbox, dropped } = await opened({ directory: newFolder("outbox"), maxBytes: 1_048_576 });
  const large = "x".repeat(500_000);
  await outbox.append(records("before", large, "after"));
  expect(await drained(outbox)).toEqual(["before", large, "after"]);
  expect(dropped.full).toBe(0);
});

test("beyond the limit in bytes the oldest records are dropped, and their data points counted", async () => {
  const directory = newFolder("outbox");
  const { outbox, dropped } = await opened({ directory, maxBytes: 262_144 });
  const texts = Array.from({ length: 200 }, (_, i) => `${i} `.padEnd(5_000, "x"));
  for (const text of texts) await outbox.append([record(text, Date.now(), 10)]);

  const used = filesOf(directory, ".segment").reduce((sum, file) => sum + statSync(file).size, 0);
  expect(used).toBeLessThanOrEqual(262_144);
  const left = await drained(outbox);
  expect(left.length).toBeGreaterThan(40);
  expect(left).toEqual(texts.slice(-left.length));
  expect(dropped).toEqual({ full: (200 - left.length) * 10, expired: 0 });
});

test("the limit includes records that are taken over", async () => {
  const directory = newFolder("outbox");
  const first = await opened(directory);
  for (let i = 0; i < 4; i++) await first.outbox.append([record(String(i).padEnd(50_000), Date.now() + i)]);
  await first.outbox.close();

  const { outbox, dropped } = await opened({ directory, maxBytes: 65_536 });
  expect(dropped.full).toBe(4);
  expect(await outbox.oldest()).toBeUndefined();
});

test("a record that can never fit is dropped at once, the others are not", async () => {
  const { outbox, dropped } = await opened({ directory: newFolder("outbox"), maxBytes: 65_536 });
  await outbox.append([record("a"), record("x".repeat(70_000), Date.now(), 7), record("b")]);
  expect(dropped.full).toBe(7);
  expect(await drained(outbox)).toEqual(["a", "b"]);
});

test("records that are too old are dropped before delivery and counted", async () => {
  const directory = newFolder("outbox");
  vi.useFakeTimers({ toFake: ["Date"] });
  const { outbox, dropped } = await opened({ directory, maxAge: 60 });
  await outbox.append([record("old", Date.now(), 3)]);
  expect(Buffer.from((await outbox.oldest())!.body).toString()).toBe("old");
  vi.setSystemTime(Date.now() + 59_000);
  await outbox.append([record("young", Date.now(), 2)]);
  vi.setSystemTime(Date.now() + 2_000);

  expect(await drained(outbox)).toEqual(["young"]);
  expect(dropped).toEqual({ full: 0, expired: 3 });
});

test("size and age are those of the waiting records", async () => {
  const { outbox } = await opened(newFolder("outbox"));
  expect(outbox.oldestTimeUnixMillis).toBeUndefined();
  expect(outbox.oldestTimeUnixMillis).toBeUndefined();

  const now = Date.now();
  await outbox.append([record("abc", now, 5), record("de", now + 10, 6)]);
  expect(outbox.size).toEqual({ bytes: 5 + 2 * 32, records: 2, points: 11 });
  expect(outbox.oldestTimeUnixMillis).toBe(now);

  await outbox.remove((await outbox.oldest())!.sequence);
  expect(outbox.size).toEqual({ bytes: 2 + 32, records: 1, points: 6 });
  expect(outbox.oldestTimeUnixMillis).toBe(now + 10);
});

test.runIf(process.platform !== "win32")("folders and files are readable by their owner only", async () => {
  const directory = join(newFolder("outbox"), "made", "below");
  const { outbox } = await opened(directory);
  await outbox.append(records("a"));

  const modes = readdirSync(directory, { recursive: true, withFileTypes: true }).map((entry) => {
    const { mode } = statSync(join(entry.parentPath, entry.name));
    return entry.isSocket()
      ? "socket"
      : `${entry.isDirectory() ? "folder" : "file"} ${(mode & 0o777).toString(8)}`;
  });
  expect(new Set(modes)).toEqual(new Set(["folder 700", "file 600", "socket"]));
  expect(statSync(directory).mode & 0o777).toBe(0o700);
});

test("the queue accepts records before its directory is open", async () => {
  const { outbox } = begun(newFolder("outbox"));
  const appended = outbox.append(records("a"));
  expect(outbox.size.records).toBe(0);
  await appended;
  expect(outbox.size.records).toBe(1);
  expect(await drained(outbox)).toEqual(["a"]);
});

test("an outbox keeps its directory if the working directory changes", async () => {
  const directory = newFolder("outbox");
  const before = process.cwd();
  process.chdir(directory);
  const { outbox } = begun("relative");
  process.chdir(before);
  await outbox.append(records("a"));
  expect(filesOf(join(directory, "relative"), ".segment").length).toBe(1);
});

test("records appended at the end of the process are kept, behind all waiting records", async () => {
  const directory = newFolder("outbox");
  const first = await opened(directory);
  await first.outbox.append(records("a"));
  const inFlight = first.outbox.append(records("b"));
  first.outbox.appendSync(records("c"));
  expect(first.outbox.size.records).toBe(3);
  await inFlight;
  await first.outbox.append(records("d"));
  await first.outbox.close();

  const { outbox } = await opened(directory);
  expect(await drained(outbox)).toEqual(["a", "b", "c", "d"]);
  expect(outbox.damagedRecords).toBe(0);
});

test("the process may end before the directory is open, or after the outbox was closed", async () => {
  const directory = join(newFolder("outbox"), "made");
  const early = begun(directory);
  early.outbox.appendSync(records("early"));
  await early.outbox.close();
  early.outbox.appendSync([record("late", Date.now() + 1_000)]);
  await early.outbox.append([record("later", Date.now() + 2_000)]);

  const { outbox } = await opened(directory);
  expect(await drained(outbox)).toEqual(["early", "late", "later"]);
});

test("`adoptAll` takes over all records of a directory, without limits", async () => {
  const directory = newFolder("outbox");
  const first = await opened({ directory, maxAge: 1e9 });
  await first.outbox.append([record("from 2001", 1_000_000_000_000)]);
  await first.outbox.close();

  const outbox = await Outbox.adoptAll(directory, { dropped: () => {} });
  expect(await drained(outbox)).toEqual(["from 2001"]);
  await outbox.close();
  expect(readdirSync(directory)).toEqual([]);
});

test("`adoptAll` does not create the directory", async () => {
  const directory = join(newFolder("outbox"), "not there");
  const adopting = Outbox.adoptAll(directory, { dropped: () => {} });
  await expect(adopting).rejects.toThrow(OutboxError);
  expect(() => statSync(directory)).toThrow("ENOENT");
});

test("a directory that cannot be created rejects `ready`, and is used once it can be", async () => {
  const warnings = collectWarnings();
  const parent = newFolder("outbox");
  writeFileSync(join(parent, "file"), "");
  const directory = join(parent, "file", "outbox");
  vi.useFakeTimers({ toFake: ["performance"] });
  const { outbox } = begun(directory);
  await expect(outbox.ready).rejects.toThrow(
    /^outbox ".*": cannot be written \(ENOTDIR.*\); use another path: a part of this one is a file$/,
  );
  await outbox.append(records("a"));
  expect(outbox.size.records).toBe(1);

  rmSync(join(parent, "file"));
  vi.advanceTimersByTime(6_000);
  await outbox.append(records("b"));
  expect(filesOf(directory, ".segment").length).toBe(1);
  expect(await drained(outbox)).toEqual(["a", "b"]);
  expect(warnings.filter((text) => text.includes("cannot be written"))).toHaveLength(1);
});

test("other folders in the directory are not touched", async () => {
  const directory = newFolder("outbox");
  mkdirSync(join(directory, "theirs"));
  writeFileSync(join(directory, "theirs", "0000000001.segment"), "mine");
  writeFileSync(join(directory, "a file"), "");
  chmodSync(join(directory, "a file"), 0o600);
  const { outbox } = await opened(directory);
  await outbox.close();
  expect(readdirSync(directory).toSorted()).toEqual(["a file", "theirs"]);
});
