import { ConfigurationError, running, start } from "tachymeter";
import { afterEach, expect, test } from "vitest";

const quiet = { readers: [], host: false, runtime: false };

afterEach(() => running()?.shutdown());

test("start() takes the facades' own options", async () => {
  const telemetry = start({
    ...quiet,
    facades: {
      events: { maxEvents: 2 },
      messaging: { system: "queue", maxDestinations: 1 },
      commands: { maxCommands: 1 },
      coordination: { nodeTimeout: 60 },
      system: { collectionInterval: 5 },
    },
  });
  for (let i = 0; i < 3; i++) telemetry.events.record({ event_type: "order", source: "shop", data: i });
  expect(telemetry.events.recent().map(({ data }) => data)).toEqual([1, 2]);
  telemetry.messaging.sent("jobs");
  telemetry.messaging.sent("mails");
  for (const command of ["a", "b"]) telemetry.commands.recordExecution(true, 1, command);
  const keys = Object.keys((await telemetry.snapshot()).metrics);
  expect(keys).toEqual(
    expect.arrayContaining([
      'messages_sent_total{messaging_destination_name="jobs",messaging_system="queue"}',
      'messages_sent_total{messaging_destination_name="_other",messaging_system="queue"}',
      'commands_executed_total{command_name="_other",outcome="success"}',
    ]),
  );
});

test("a facade's option that is not usable, or not known, is a configuration error with its name", () => {
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
  expect(problems({ messaging: 5 })).toEqual(["facades.messaging"]);
});
