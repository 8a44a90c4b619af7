import { readdirSync, readFileSync, renameSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { diag } from "@opentelemetry/api";
import { expect, onTestFinished, test, vi } from "vitest";
import { LogFile, type LogKind } from "../../src/io/log-files/index.ts";
import { collectWarnings } from "../kit/collect-warnings.ts";
import { newFolder } from "../kit/new-folder.ts";

const KIND: LogKind = {
  name: "test log",
  lineBegin: '{"name":',
  error: (message, options) => new Error(message, options),
};

test("a file that is opened while another process writes to it loses no line", async () => {
  const file = join(newFolder("log-files"), "lines.jsonl");
  // Large enough for the lines of a fast machine: a rotation would move them to another file.
  const log = new LogFile({ file, maxBytes: 2 ** 40 }, KIND);
  const lines = Array.from({ length: 20_000 }, (_, i) => `${JSON.stringify({ name: i, text: "a b" })}\n`);
  const end = performance.now() + 1_000;
  let batches = 0;
  for (; performance.now() < end; batches++) {
    // A thread writes while this one opens the file.
    const done = new AbortController();
    const appended = log.append(Buffer.from(lines.join("")), () => {}).finally(() => done.abort());
    while (!done.signal.aborted) {
      for (let i = 0; i < 10; i++) new LogFile({ file }, KIND).close();
      await new Promise(setImmediate);
    }
    await appended;
  }
  log.close();
  const found = readFileSync(file, "utf8").split("\n").slice(0, -1);
  expect(found).toHaveLength(batches * lines.length);
  for (const line of found) JSON.parse(line);
});

test("an unfinished line becomes blanks before the next line, however often the file is opened", async () => {
  const file = join(newFolder("log-files"), "lines.jsonl");
  writeFileSync(file, '{"name":1}\n{"name":2,"te');
  for (let i = 0; i < 2; i++) new LogFile({ file }, KIND).close();
  const log = new LogFile({ file }, KIND);
  await log.append(Buffer.from('{"name":3}\n{"na'), () => {});
  log.close();
  const last = new LogFile({ file }, KIND);
  await last.append(Buffer.from('{"name":4}\n'), () => {});
  last.close();
  const lines = readFileSync(file, "utf8").split("\n");
  expect(lines.pop()).toBe("");
  expect(lines.map((line) => JSON.parse(line))).toEqual([1, 3, 4].map((name) => ({ name })));
});

test.each(["append", "writeNow"] as const)(
  "a line that a full disk cut off is ended by `%s` in its own file, also after a rename",
  async (method) => {
    const file = join(newFolder("log-files"), "lines.jsonl");
    const log = new LogFile({ file }, KIND);
    await log.append(Buffer.from('{"name":1}\n{"na'), () => {});
    renameSync(file, `${file}.1`);
    await log[method](Buffer.from('me":2}\n{"name":3}\n'), () => {});
    await log.append(Buffer.from('{"name":4}\n'), () => {});
    log.close();
    expect(readFileSync(`${file}.1`, "utf8")).toBe('{"name":1}\n{"name":2}\n');
    expect(readFileSync(file, "utf8")).toBe('{"name":3}\n{"name":4}\n');
  },
);

test("a file that cannot be renamed is written on, with a warning", async () => {
  // The name of the rotated file would be too long for the file system.
  const file = join(newFolder("log-files"), `${"x".repeat(240)}.jsonl`);
  const warnings = collectWarnings();
  const log = new LogFile({ file, maxBytes: 1 }, KIND);
  for (const name of [1, 2, 3]) await log.append(Buffer.from(`{"name":${name}}\n`), () => {});
  expect(log.isOver).toBe(false);
  log.close();
  diag.disable();
  expect(readFileSync(file, "utf8")).toBe('{"name":1}\n{"name":2}\n{"name":3}\n');
  expect(warnings).toEqual([expect.stringContaining("it grows, since it cannot be renamed (ENAMETOOLONG")]);
});

test("a file that several processes write to is rotated by its size", async () => {
  const folder = newFolder("log-files");
  const file = join(folder, "lines.jsonl");
  const logs = Array.from({ length: 4 }, () => new LogFile({ file, maxBytes: 1_000, maxFiles: 100 }, KIND));
  const line = Buffer.from(`{"name":"${"x".repeat(88)}"}\n`);
  expect(line).toHaveLength(100);
  // The logs of one process, which have names by its id, rotate at different milliseconds.
  vi.useFakeTimers({ toFake: ["Date"] });
  onTestFinished(() => void vi.useRealTimers());
  for (let round = 0; round < 10; round++) {
    for (const log of logs) await log.append(line, () => {});
    vi.advanceTimersByTime(1);
  }
  for (const log of logs) log.close();
  const sizes = readdirSync(folder).map((name) => statSync(join(folder, name)).size);
  expect(sizes).toEqual([1_000, 1_000, 1_000, 1_000]);
});

test("a file that was truncated after it was copied is written on", async () => {
  const folder = newFolder("log-files");
  const file = join(folder, "lines.jsonl");
  const log = new LogFile({ file, maxBytes: 10 }, KIND);
  await log.append(Buffer.from('{"name":1}\n'), () => {});
  truncateSync(file);
  expect(log.isOver).toBe(false);
  await log.append(Buffer.from('{"name":2}\n'), () => {});
  log.close();
  expect(readdirSync(folder)).toEqual(["lines.jsonl"]);
});

test("after the clock was set back, the newest file is not removed as the oldest", async () => {
  const folder = newFolder("log-files");
  const earlier = [
    "log.2099-11-20T11-30-00.123Z.1.jsonl",
    "log.2099-11-20T11-30-00.124Z.1.jsonl.gz",
    "log.2099-11-21T01-00-00.000Z.1.jsonl",
  ];
  const log = new LogFile({ file: join(folder, "log.jsonl"), maxBytes: 1, maxFiles: 3 }, KIND);
  await log.append(Buffer.from('{"name":"a"}\n'), () => {});
  // Another process has rotated the log.
  for (const name of earlier) writeFileSync(join(folder, name), "");
  for (const name of ["b", "c"]) await log.append(Buffer.from(`${JSON.stringify({ name })}\n`), () => {});
  log.close();
  expect(readdirSync(folder).toSorted()).toEqual([
    "log.2099-11-21T01-00-00.000Z.1.jsonl",
    `log.2099-11-21T01-00-00.001Z.${process.pid}.jsonl`,
    `log.2099-11-21T01-00-00.002Z.${process.pid}.jsonl`,
    "log.jsonl",
  ]);
});
