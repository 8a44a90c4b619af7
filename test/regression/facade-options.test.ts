import { ConfigurationError, running, start } from "tachymeter";
import {
  Coordination,
  Custom,
  Messaging,
  MultiExporter,
  Network,
  System,
  TelemetryCollector,
} from "tachymeter/facades";
import { afterEach, expect, test, vi } from "vitest";

const quiet = { readers: [], host: false, runtime: false };

afterEach(async () => {
  vi.useRealTimers();
  await running()?.shutdown();
});

test("start() takes the facades' own options", async () => {
  const telemetry = start({
    ...quiet,
    facades: {
      events: { maxEvents: 2 },
      messaging: { system: "queue", maxDestinations: 1 },
      commands: { maxCommands: 1 },
      coordination: { nodeTimeout: 60 },
      system: { collectionInterval: 5 },
      custom: { maxMetricsPerSecond: 3 },
    },
  });
  for (let i = 0; i < 3; i++) telemetry.events.record({ event_type: "order", source: "shop", data: i });
  expect(telemetry.events.recent().map(({ data }) => data)).toEqual([1, 2]);
  telemetry.messaging.sent("jobs");
  telemetry.messaging.sent("mails");
  for (let i = 0; i < 5; i++) telemetry.custom.incrementCounter("clicks");
  expect(telemetry.custom.getCollectedMetrics()).toHaveLength(3);
  for (const command of ["a", "b"]) telemetry.commands.recordExecution(true, 1, command);
  const keys = Object.keys((await telemetry.snapshot()).metrics);
  expect(keys).toEqual(
    expect.arrayContaining([
      'messages_sent_total{messaging_destination_name="jobs",messaging_system_name="queue"}',
      'messages_sent_total{messaging_destination_name="_other",messaging_system_name="queue"}',
      'commands_executed_total{command_name="_other",outcome="success"}',
    ]),
  );
});

test("start() takes the times of coordination and of the system's collections", async () => {
  vi.useFakeTimers();
  const facades = { coordination: { nodeTimeout: 60 }, system: { collectionInterval: 5 } };
  const { coordination, system } = start({ ...quiet, facades });
  coordination.join("a");
  vi.advanceTimersByTime(59_999);
  expect(coordination.activeNodes).toBe(1);
  vi.advanceTimersByTime(1);
  expect(coordination.activeNodes).toBe(0);
  system.startContinuousCollection();
  const collection = (): Promise<void> =>
    vi.waitFor(
      () =>
        expect(system.getCollectedMetrics().filter(({ name }) => name === "memory_total_bytes")).toHaveLength(
          1,
        ),
      { timeout: 30_000, interval: 10 },
    );
  await collection();
  // Far fewer than the 60 s between two collections by default.
  for (let i = 0; i < 3; i++) {
    await vi.advanceTimersByTimeAsync(5_000);
    await collection();
  }
  await system.stopContinuousCollection();
});

test("an invalid or unknown option of a facade is a configuration error with its name", () => {
  const problems = (facades: object): unknown => {
    try {
      start({ ...quiet, facades });
    } catch (error) {
      return error instanceof ConfigurationError ? error.problems.map(({ name }) => name) : error;
    }
    return [];
  };
  expect(problems({ events: { maxEvents: 0 }, coordination: { nodeTimeout: "1" } })).toEqual([
    "facades.events.maxEvents",
    "facades.coordination.nodeTimeout",
  ]);
  expect(problems({ mesaging: {} })).toEqual(["facades.mesaging"]);
  expect(problems({ messaging: { maxDestination: 1 } })).toEqual(["facades.messaging.maxDestination"]);
  expect(problems({ custom: { maxMetricsPerSecond: 0 } })).toEqual(["facades.custom.maxMetricsPerSecond"]);
  expect(problems({ messaging: 5 })).toEqual(["facades.messaging"]);
});

test.each([[null], [5], ["fast"], [[]]])("options that are %j are refused at once", (given) => {
  for (const Facade of [Coordination, Custom, Messaging, Network, System, TelemetryCollector])
    expect(() => Reflect.construct(Facade, [given])).toThrow("options must be an object, got");
  expect(() => Reflect.construct(MultiExporter, [[], given])).toThrow("options must be an object, got");
});
