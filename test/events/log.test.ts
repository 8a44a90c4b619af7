import { appendFileSync, existsSync, readdirSync, readFileSync, renameSync } from "node:fs";
import { rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { diag } from "@opentelemetry/api";
import { EventLog, EventLogError, Events } from "tachymeter/facades";
import { afterEach, beforeAll, expect, test, vi } from "vitest";
import { OptionsError } from "../../src/options/options-error.ts";
import { collectWarnings } from "../kit/collect-warnings.ts";
import { application } from "../kit/packed-project.ts";
import { runNode } from "../kit/process.ts";
import { newFolder } from "../kit/new-folder.ts";

const order = { event_type: "order", source: "shop" };

afterEach(() => {
  diag.disable();
});

function linesOf(file: string): { readonly data: unknown; readonly [key: string]: unknown }[] {
  const text = readFileSync(file, "utf8");
  expect(text === "" || text.endsWith("\n")).toBe(true);
  return text
    .split("\n")
    .slice(0, -1)
    .map((line) => JSON.parse(line));
}

test("each event is a line, in order, as it was returned", async () => {
  const file = join(newFolder("log"), "events.jsonl");
  const log = new EventLog({ file });
  const events = new Events({ log });
  const first = events.record({ ...order, data: { item: 1 }, labels: { lane: 2 } });
  const second = events.record({ ...order, data: "zwei\nLines – ☃" });
  await log.close();
  expect(linesOf(file)).toEqual([first, second]);
  expect(statSync(file).mode & 0o777).toBe(0o600);
});

test("values that JSON lacks are written as strings, and never throw", async () => {
  const file = join(newFolder("log"), "events.jsonl");
  const log = new EventLog({ file });
  const circle: { self?: unknown } = {};
  circle.self = circle;
  const thrower = {
    toJSON(): never {
      throw new Error("do not look");
    },
  };
  const events = new Events({ log });
  for (const data of [12n, Number.NaN, -Infinity, Symbol("s"), linesOf, circle, thrower])
    events.record({ ...order, data });
  await log.close();
  expect(linesOf(file).map(({ data }) => data)).toEqual([
    "12",
    "NaN",
    "-Infinity",
    "Symbol(s)",
    "[Function: linesOf]",
    "<ref *1> { self: [Circular *1] }",
    "{ toJSON: [Function: toJSON] }",
  ]);
});

test("a full file is renamed with its time in the name, and the oldest of these are removed", async () => {
  const cwd = newFolder("log");
  const file = join(cwd, "events.jsonl");
  writeFileSync(join(cwd, "events.other.jsonl"), "not ours\n");
  const log = new EventLog({ file, maxBytes: 300, maxFiles: 2 });
  const events = new Events({ log });
  for (let data = 0; data < 10; data++) {
    events.record({ ...order, data });
    await log.flush();
    // The names of files differ by milliseconds.
    await vi.waitFor(() => expect(Date.now()).toBeGreaterThan(statSync(file).mtimeMs + 1));
  }
  await log.close();
  const rotated = readdirSync(cwd).filter((name) => /^events\.\d{4}-.*Z\.\d+\.jsonl$/.test(name));
  expect(rotated).toHaveLength(2);
  const kept = [...rotated.toSorted().map((name) => join(cwd, name)), file].flatMap(linesOf);
  expect(kept.map(({ data }) => data)).toEqual([4, 5, 6, 7, 8, 9].slice(-kept.length));
  expect(kept.length).toBeGreaterThanOrEqual(3);
  expect(existsSync(join(cwd, "events.other.jsonl"))).toBe(true);
});

test("a file that has become too old is renamed", async () => {
  const cwd = newFolder("log");
  const log = new EventLog({ file: join(cwd, "events.jsonl"), maxAge: 0.001 });
  const events = new Events({ log });
  events.record({ ...order, data: 1 });
  await log.flush();
  const written = Date.now();
  await vi.waitFor(() => expect(Date.now()).toBeGreaterThan(written + 2));
  events.record({ ...order, data: 2 });
  await log.close();
  expect(readdirSync(cwd)).toHaveLength(2);
});

test("if another process took the file away, a new one is created", async () => {
  const cwd = newFolder("log");
  const file = join(cwd, "events.jsonl");
  const log = new EventLog({ file });
  const events = new Events({ log });
  events.record({ ...order, data: 1 });
  await log.flush();
  renameSync(file, join(cwd, "taken"));
  events.record({ ...order, data: 2 });
  await log.flush();
  rmSync(file);
  events.record({ ...order, data: 3 });
  await log.close();
  expect(linesOf(join(cwd, "taken")).map(({ data }) => data)).toEqual([1]);
  expect(linesOf(file).map(({ data }) => data)).toEqual([3]);
});

test.each(['{"event_id":"abc","ev', "{", '{"event_id":"' + "x".repeat(100_000)])(
  "an incomplete line of a killed process is removed",
  async (torn) => {
    const file = join(newFolder("log"), "events.jsonl");
    writeFileSync(file, '{"event_id":"whole"}\n');
    appendFileSync(file, torn);
    const log = new EventLog({ file });
    new Events({ log }).record(order);
    await log.close();
    expect(linesOf(file).map(({ event_id, source }) => source ?? event_id)).toEqual(["whole", "shop"]);
  },
);

test("the contents of a file of another program are kept", async () => {
  const file = join(newFolder("log"), "notes.txt");
  writeFileSync(file, "remember the milk");
  const log = new EventLog({ file });
  new Events({ log }).record(order);
  await log.close();
  expect(readFileSync(file, "utf8")).toMatch(/^remember the milk\n\{"event_id":.*\}\n$/);
});

test.each([
  [{ file: "" }, OptionsError, 'event log: file must be a non-empty string, got ""'],
  [{ file: "a", maxBytes: 0 }, OptionsError, "event log: maxBytes must be a whole number"],
  [{ file: "a", maxFiles: -1 }, OptionsError, "maxFiles must be a whole number from 1 to 10000, got -1"],
  [
    { file: "a", maxFiles: Number.NaN },
    OptionsError,
    "maxFiles must be a whole number from 1 to 10000, got NaN",
  ],
  [{ file: "/dev/null/a" }, EventLogError, 'event log "/dev/null/a": cannot be opened (ENOTDIR'],
])("invalid options are an error at once: %j", (options, kind, message) => {
  const make = (): EventLog => new EventLog(options);
  expect(make).toThrow(kind);
  expect(make).toThrow(message);
});

test("a full disk is logged, and events are queued for it up to a bound", async () => {
  const warnings = collectWarnings();
  const log = new EventLog({ file: "/dev/full" });
  const events = new Events({ log });
  const data = "x".repeat(1_000_000);
  let lost = 0;
  for (let i = 0; i < 20; i++) {
    const event = events.record({ ...order, data });
    if (event !== undefined && !log.write(event)) lost++;
  }
  expect(lost).toBeGreaterThan(0);
  const problem = 'event log "/dev/full": cannot be written, because of ENOSPC';
  await expect(log.flush()).rejects.toThrow(EventLogError);
  await expect(log.close()).rejects.toThrow(problem);
  const told = warnings.filter((warning) => warning.includes(problem));
  expect(told).toHaveLength(1);
});

const start = `import { start } from "tachymeter";
const { events } = start({ readers: [], host: false, runtime: false });
const order = { event_type: "order", source: "shop" };`;
let cwd = "";

beforeAll(async () => {
  cwd = await application({
    "exit.mjs": `${start}
for (let data = 0; data < 5_000; data++) events.record({ ...order, data });
setImmediate(() => {
for (let data = 5_000; data < 10_000; data++) events.record({ ...order, data });
process.exit(3);
});`,
    "close.mjs": `import { EventLog, Events } from "tachymeter/facades";
const log = new EventLog({ file: process.env.TACHYMETER_EVENT_LOG });
const events = new Events({ log });
for (let data = 0; data < 100; data++) events.record({ event_type: "order", source: "shop", data });
log.close();
process.exit(3);`,
    "signal.mjs": `${start}
for (let data = 0; data < 100; data++) events.record({ ...order, data });
setInterval(() => {}, 1_000);
console.log("ready");`,
    "endless.mjs": `${start}
let data = 0;
const record = () => {
for (let i = 0; i < 200; i++) events.record({ ...order, data: data++, metadata: { padding: "x".repeat(500) } });
setImmediate(record);
};
record();`,
  });
});

test("the last events are written at the process's exit, and its exit code is kept", async () => {
  const file = join(newFolder("log"), "events.jsonl");
  const child = runNode({ args: ["exit.mjs"], cwd, env: { TACHYMETER_EVENT_LOG: file } });
  expect(await child.exit).toEqual({ code: 3, signal: null });
  expect(linesOf(file).map(({ data }) => data)).toEqual(Array.from({ length: 10_000 }, (_, i) => i));
});

test("a process that exits while its log closes keeps the last events", async () => {
  const file = join(newFolder("log"), "events.jsonl");
  const child = runNode({ args: ["close.mjs"], cwd, env: { TACHYMETER_EVENT_LOG: file } });
  expect(await child.exit).toEqual({ code: 3, signal: null });
  expect(linesOf(file)).toHaveLength(100);
});

test("a signal ends the process after its events are written", async () => {
  const file = join(newFolder("log"), "events.jsonl");
  const child = runNode({ args: ["signal.mjs"], cwd, env: { TACHYMETER_EVENT_LOG: file } });
  await child.waitForOutput(/ready/);
  child.kill("SIGTERM");
  expect(await child.exit).toEqual({ code: null, signal: "SIGTERM" });
  expect(linesOf(file)).toHaveLength(100);
});

test("every complete line parses if the process is killed while it writes", async () => {
  const file = join(newFolder("log"), "events.jsonl");
  for (let round = 0; round < 3; round++) {
    const before = existsSync(file) ? statSync(file).size : 0;
    const child = runNode({ args: ["endless.mjs"], cwd, env: { TACHYMETER_EVENT_LOG: file } });
    await vi.waitFor(() => expect(statSync(file).size).toBeGreaterThan(before + 1_000_000), {
      interval: 5,
    });
    child.kill("SIGKILL");
    await child.exit;
    const complete = readFileSync(file, "utf8").split("\n").slice(0, -1);
    for (const line of complete) expect(JSON.parse(line)).toMatchObject(order);
    expect(complete.length).toBeGreaterThan(1_000);
  }
});
