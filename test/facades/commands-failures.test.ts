import fc from "fast-check";
import { Commands, type FailurePattern } from "tachymeter/facades";
import { afterEach, beforeEach, expect, test, vi } from "vitest";

const NOON = 1_800_000_000;

let commands: Commands;

beforeEach(() => {
  vi.useFakeTimers({ now: NOON * 1000 });
  commands = new Commands();
});
afterEach(() => void vi.useRealTimers());

function succeed(times: number, command = "backup"): void {
  for (let i = 0; i < times; i++) commands.recordExecution(true, 1, command);
}

function fail(times: number, error: unknown = new RangeError("no space left"), command = "backup"): void {
  for (let i = 0; i < times; i++) {
    try {
      commands.run(command, () => {
        throw error;
      });
    } catch {
      // The error was passed through.
    }
  }
}

function kinds(): readonly (readonly [command: string | undefined, errorType: string])[] {
  return commands.failurePatterns().map(({ command, errorType }) => [command, errorType]);
}

test("failures that become frequent are a pattern, with their numbers, times and an example", () => {
  succeed(150);
  fail(1);
  vi.advanceTimersByTime(60_000);
  succeed(40);
  fail(5);
  vi.advanceTimersByTime(30_000);
  fail(4, new RangeError("disk full\nat line 7"));
  const pattern: FailurePattern = {
    command: "backup",
    errorType: "RangeError",
    failures: 10,
    executions: 50,
    rate: 0.2,
    baselineRate: 0,
    // 10 of 50 and 0 of 150: 5.6195 standard errors apart.
    pValue: expect.closeTo(1.915e-8, 11),
    first: NOON,
    last: NOON + 90,
    example: "disk full",
  };
  expect(commands.failurePatterns()).toEqual([pattern]);
});

test("a command whose failure rate stays the same, or falls, has no pattern", () => {
  for (let i = 0; i < 100; i++) {
    succeed(3);
    fail(1);
  }
  expect(commands.failurePatterns()).toEqual([]);
  succeed(100);
  expect(commands.failurePatterns()).toEqual([]);
});

test("a pattern ends when its failures are old", () => {
  succeed(100);
  fail(10);
  expect(kinds()).toEqual([["backup", "RangeError"]]);
  succeed(50);
  expect(kinds()).toEqual([]);
});

test("there is no pattern with few executions or few failures", () => {
  succeed(9);
  fail(9);
  expect(kinds()).toEqual([]);
  succeed(1, "new");
  fail(8, new Error("new"), "new");
  expect(kinds()).toEqual([]);
  succeed(1_000, "old");
  fail(2, new Error("old"), "old");
  expect(kinds().map(([name]) => name)).not.toContain("old");
});

test("with fewer than 100 executions, the later half is compared with the earlier one", () => {
  succeed(15);
  fail(15);
  expect(commands.failurePatterns()).toMatchObject([
    { failures: 15, executions: 15, rate: 1, baselineRate: 0 },
  ]);
});

test("patterns are by command and error type, the least probable first", () => {
  for (const name of ["a", "b", "c"]) succeed(150, name);
  fail(5, new TypeError("x"), "a");
  fail(20, new RangeError("x"), "b");
  fail(8, new TypeError("x"), "b");
  for (let i = 0; i < 40; i++) commands.recordExecution(false, 1);
  succeed(150);
  expect(kinds()).toEqual([
    // It always fails.
    [undefined, "_OTHER"],
    ["b", "RangeError"],
    ["b", "TypeError"],
    ["a", "TypeError"],
  ]);
  commands = new Commands();
  for (let i = 0; i < 100; i++) commands.recordExecution(true, 1);
  for (let i = 0; i < 10; i++) commands.recordExecution(false, 1);
  expect(commands.failurePatterns()).toMatchObject([
    { command: undefined, errorType: "_OTHER", example: "failed" },
  ]);
});

test("an example is one line of at most 200 characters without credentials, and never a command line", () => {
  const examples = [
    new RangeError("x".repeat(500)),
    Object.assign(new RangeError("Command failed: git push --token secret"), { cmd: "git …" }),
    Object.assign(new RangeError("spawn git ENOENT"), { spawnargs: ["--token", "secret"] }),
    Object.assign(new RangeError("Command failed: git"), { command: "git --token secret" }),
    new RangeError(""),
    { name: "RangeError" },
    new RangeError("no answer from https://probe:hunter2@api.example/"),
  ].map((error) => {
    commands = new Commands();
    succeed(100);
    fail(10, error);
    return commands.failurePatterns()[0]?.example;
  });
  expect(examples).toEqual([
    "x".repeat(200),
    ...Array.from({ length: 5 }, () => "RangeError"),
    "no answer from https://…@api.example/",
  ]);
});

test("the memory used does not grow with the number of commands and errors", () => {
  const errors = Array.from({ length: 200 }, (_, i) => Object.assign(new Error("x"), { name: `E${i}` }));
  succeed(1_000);
  for (const error of errors) fail(1, error);
  // The first 20 error types are distinguished; each came once, and all others count together.
  expect(commands.failurePatterns()).toMatchObject([{ errorType: "_OTHER", failures: 50, executions: 50 }]);
});

test("the figures are consistent for any executions", () => {
  const run = fc.array(fc.constantFrom("ok", "TypeError", "RangeError"), { minLength: 0, maxLength: 300 });
  fc.assert(
    fc.property(run, run, (earlier, later) => {
      commands = new Commands();
      const all = [...earlier.map((end) => (end === "TypeError" ? "ok" : end)), ...later];
      for (const end of all) {
        if (end === "ok") succeed(1);
        else fail(1, { name: end });
      }
      const executions = Math.min(50, Math.floor(all.length / 2));
      for (const pattern of commands.failurePatterns()) {
        const recent = all.slice(-executions).filter((end) => end === pattern.errorType).length;
        const before = all.slice(0, -executions).filter((end) => end === pattern.errorType).length;
        expect(pattern).toMatchObject({ failures: recent, executions, rate: recent / executions });
        expect(pattern.baselineRate).toBe(before / (all.length - executions));
        expect(pattern.rate).toBeGreaterThan(pattern.baselineRate);
        expect(pattern.pValue).toBeLessThanOrEqual(0.01);
      }
    }),
  );
});
