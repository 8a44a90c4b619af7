import { diag, metrics } from "@opentelemetry/api";
import fc from "fast-check";
import { Commands, Events, FacadeOptionsError } from "tachymeter/facades";
import { afterEach, expect, test, vi } from "vitest";
import { collectWarnings } from "../kit/collect-warnings.ts";
import { type Collecting, collectingProvider } from "../kit/collecting.ts";
import { anything } from "./anything.ts";
import { callWith } from "./call-with.ts";
import { describedMetrics, SECONDS_BOUNDARIES } from "./described-metrics.ts";
import { runs } from "../kit/test-length.ts";

afterEach(() => {
  vi.useRealTimers();
  diag.disable();
  metrics.disable();
});

function commanding(): Collecting & { commands: Commands } {
  const collecting = collectingProvider();
  return { ...collecting, commands: new Commands({ meterProvider: collecting.provider }) };
}

const success = { "command.name": "backup", outcome: "success" };
const failure = { "command.name": "backup", outcome: "failure" };

test("every metric of commands has its unit, description and boundaries", async () => {
  const { commands, collect } = commanding();
  commands.recordExecution(false, 1, "backup");
  const described = describedMetrics(await collect(), "tachymeter.commands");
  expect(described.map((one) => [one.name, one.unit, one.attributes, one.boundaries])).toEqual([
    ["command.duration", "s", ["command.name", "error.type", "outcome"], SECONDS_BOUNDARIES],
    ["commands.executed", "{command}", ["command.name", "outcome"], undefined],
  ]);
  for (const { description } of described) expect(description).toMatch(/\w+.*\.$/);
});

test("executions are counted and timed by name and outcome, without the name if it is missing", async () => {
  const { commands, points } = commanding();
  commands.recordExecution(true, 0.5, "backup");
  commands.recordExecution(true, 1.5, "backup");
  commands.recordExecution(false, 2, "backup");
  commands.recordExecution(true, 3);
  expect(await points("commands.executed")).toEqual([
    { attributes: success, value: 2 },
    { attributes: failure, value: 1 },
    { attributes: { outcome: "success" }, value: 1 },
  ]);
  expect(await points("command.duration")).toMatchObject([
    { attributes: success, value: { count: 2, sum: 2 } },
    { attributes: { ...failure, "error.type": "_OTHER" }, value: { count: 1, sum: 2 } },
    { attributes: { outcome: "success" }, value: { count: 1, sum: 3 } },
  ]);
});

test("an execution with an invalid time counts, and its time is dropped and counted", async () => {
  const warnings = collectWarnings();
  const { commands, point } = commanding();
  for (const seconds of [-1, NaN, Infinity, "5", null]) {
    callWith(commands, "recordExecution", true, seconds, "backup");
  }
  expect(await point("commands.executed", success)).toBe(5);
  expect(await point("command.duration", success)).toBeUndefined();
  expect(await point("telemetry.dropped", { reason: "not_a_number" })).toBe(3);
  expect(warnings).toHaveLength(3);
  expect(await commands.getStats()).toMatchObject({ commandsExecuted: 5, totalExecutionTime: 0 });
});

test("an invalid name is dropped alone, and a number is a valid name", async () => {
  const { commands, point } = commanding();
  callWith(commands, "recordExecution", true, 1, {});
  callWith(commands, "recordExecution", true, 1, Symbol("backup"));
  callWith(commands, "recordExecution", true, 1, null);
  callWith(commands, "recordExecution", true, 1, 7);
  expect(await point("commands.executed", { outcome: "success" })).toBe(3);
  expect(await point("commands.executed", { "command.name": "7", outcome: "success" })).toBe(1);
  expect(await point("telemetry.labels.dropped", { reason: "invalid" })).toBe(2);
});

test("names and error types beyond the limits are recorded together", async () => {
  const { provider, points } = collectingProvider();
  const commands = new Commands({ meterProvider: provider, maxCommands: 2 });
  for (const name of ["a", "b", "c", "d", "_other", "a"]) commands.recordExecution(true, 1, name);
  expect(await points("commands.executed")).toEqual([
    { attributes: { "command.name": "a", outcome: "success" }, value: 2 },
    { attributes: { "command.name": "b", outcome: "success" }, value: 1 },
    { attributes: { "command.name": "_other", outcome: "success" }, value: 3 },
  ]);
  for (let i = 0; i < 30; i++) {
    const error = new Error("failed");
    error.name = `Error${i}`;
    expect(() =>
      commands.run("a", () => {
        throw error;
      }),
    ).toThrow(error);
  }
  const failures = (await points("command.duration")).filter(
    ({ attributes }) => attributes["outcome"] === "failure",
  );
  expect(failures).toHaveLength(21);
  expect(failures.at(-1)).toMatchObject({ attributes: { "error.type": "_OTHER" }, value: { count: 10 } });
});

test("at most 100 commands are distinguished by default", async () => {
  const { commands, points } = commanding();
  for (let i = 0; i < 150; i++) commands.recordExecution(true, 1, `command-${i}`);
  expect(await points("commands.executed")).toHaveLength(101);
});

test("a command run by `run` is timed, and its result is returned", async () => {
  vi.useFakeTimers();
  const { commands, points } = commanding();
  const given = { some: "answer" };
  const result = commands.run("backup", () => {
    vi.advanceTimersByTime(500);
    return given;
  });
  expect(result).toBe(given);
  const pending = commands.run("backup", async () => {
    await new Promise((resolve) => void setTimeout(resolve, 1_500));
    return given;
  });
  vi.advanceTimersByTime(1_500);
  expect(await pending).toBe(given);
  expect(await points("command.duration")).toMatchObject([
    { attributes: success, value: { count: 2, sum: 2 } },
  ]);
});

test("the error of a failed command is passed through, and its name is the error type", async () => {
  const { commands, points } = commanding();
  const thrown = new RangeError("thrown");
  expect(() =>
    commands.run("backup", () => {
      throw thrown;
    }),
  ).toThrow(thrown);
  const rejected = { no: "error" };
  await expect(commands.run("backup", () => Promise.reject(rejected))).rejects.toBe(rejected);
  expect(await points("command.duration")).toMatchObject([
    { attributes: { ...failure, "error.type": "RangeError" }, value: { count: 1 } },
    { attributes: { ...failure, "error.type": "_OTHER" }, value: { count: 1 } },
  ]);
  expect(await points("commands.executed")).toEqual([{ attributes: failure, value: 2 }]);
});

test("statistics are plain numbers, with rate and average as strings", async () => {
  const none = new Commands();
  const some = new Commands();
  some.recordExecution(true, 1);
  some.recordExecution(true, 0.75, "backup");
  some.run("backup", () => {});
  callWith(some, "recordExecution", false, 3.25);
  const startedSeconds = Date.now() / 1000;
  const thirds = new Commands();
  for (const isSuccess of [true, true, false]) thirds.recordExecution(isSuccess, 1.25);
  const [before, after, twoOfThree] = await Promise.all([
    none.getStats(),
    some.getStats(),
    thirds.getStats(),
  ]);
  expect(twoOfThree).toMatchObject({ successRate: "66.7%", averageExecutionTime: "1.25s" });
  expect(before).toMatchObject({
    commandsExecuted: 0,
    successfulCommands: 0,
    failedCommands: 0,
    totalExecutionTime: 0,
    successRate: "0.0%",
    averageExecutionTime: "0.00s",
  });
  expect(after).toMatchObject({
    commandsExecuted: 4,
    successfulCommands: 3,
    failedCommands: 1,
    // `run` measures its own time: some milliseconds on a busy machine.
    totalExecutionTime: expect.closeTo(5, 1),
    successRate: "75.0%",
    averageExecutionTime: expect.stringMatching(/^1\.2[5-9]s$/),
  });
  expect(after.startTime).toBeCloseTo(startedSeconds, 0);
  expect(after.uptimeSeconds).toBeGreaterThan(0);
  expect(Object.keys(after)).toEqual([
    "startTime",
    "uptimeSeconds",
    "commandsExecuted",
    "successfulCommands",
    "failedCommands",
    "totalExecutionTime",
    "successRate",
    "averageExecutionTime",
    "systemMetrics",
  ]);
  expect(after.systemMetrics.memoryPercent).toBeGreaterThan(0);
});

test("each execution is recorded as an event if events are passed", () => {
  const { provider } = collectingProvider();
  const events = new Events();
  const commands = new Commands({ meterProvider: provider, events });
  commands.recordExecution(true, 0.25, "backup");
  commands.recordExecution(false, NaN);
  commands.run("backup", () => {});
  expect(events.recent().map(({ event_type, source, data }) => [event_type, source, data])).toEqual([
    ["COMMAND", "commands", execution({ command_type: "backup", processing_time_ms: 250 })],
    [
      "COMMAND",
      "commands",
      { command_type: "unknown", command_id: expect.any(String), result_status: "FAILURE" },
    ],
    ["COMMAND", "commands", execution({ command_type: "backup" })],
  ]);
  const ids = events.recent().map(({ data }) => JSON.stringify(data));
  expect(new Set(ids).size).toBe(3);
});

function execution(known: object): object {
  return {
    command_type: expect.any(String),
    command_id: expect.any(String),
    processing_time_ms: expect.any(Number),
    result_status: "SUCCESS",
    ...known,
  };
}

test("a facade created before a provider is registered uses it from its next call on", async () => {
  const commands = new Commands();
  commands.recordExecution(true, 1, "backup");
  const { provider, point } = collectingProvider();
  metrics.setGlobalMeterProvider(provider);
  commands.recordExecution(true, 1, "backup");
  expect(await point("commands.executed", success)).toBe(1);
});

test.each([
  [{ maxCommands: 0 }, "maxCommands"],
  [{ maxCommands: 1.5 }, "maxCommands"],
  [{ maxCommands: "100" }, "maxCommands"],
  [{ events: true }, "events"],
  [{ events: null }, "events"],
])("the options %o are refused at once", (options, name) => {
  const make = (): unknown => Reflect.construct(Commands, [options]);
  expect(make).toThrow(FacadeOptionsError);
  expect(make).toThrow(`commands: ${name} must be `);
});

test("no call throws, whatever its arguments", async () => {
  const { commands, collect } = commanding();
  fc.assert(
    fc.property(anything(), anything(), anything(), (makeName, makeSeconds, makeSuccess) => {
      const [name, seconds, isSuccess] = [makeName(), makeSeconds(), makeSuccess()];
      expect(callWith(commands, "recordExecution", isSuccess, seconds, name)).toBeUndefined();
      expect(callWith(commands, "run", name, () => 7)).toBe(7);
      // Any thrown value is passed through unchanged.
      let thrown: unknown;
      try {
        callWith(commands, "run", name, () => {
          throw seconds;
        });
      } catch (error) {
        thrown = error;
      }
      expect(Object.is(thrown, seconds)).toBe(true);
    }),
    { numRuns: runs(300) },
  );
  await collect();
});
