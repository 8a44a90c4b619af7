import { join } from "node:path";
import { BridgeTelemetry } from "tachymeter/history";
import { expect, onTestFinished, test } from "vitest";
import { newFolder } from "../kit/new-folder.ts";

function bridge(): BridgeTelemetry {
  const folder = newFolder("bridge");
  const telemetry = new BridgeTelemetry({
    storage_config: { connection_string: ":memory:" },
    logger_config: { log_path: join(folder, "errors.log"), enable_console: false },
  });
  onTestFinished(() => telemetry.close());
  return telemetry;
}

function cycle(): unknown {
  const event: Record<string, unknown> = { event_type: "", source: "core", data: {} };
  event["data"] = { event };
  return event;
}

test.for([
  ["a cycle", cycle(), expect.stringContaining("Circular")],
  ["a big integer", { event_type: "", data: 7n }, { event_type: "", data: "7" }],
  [
    "a function that throws",
    {
      data: 1,
      toJSON: () => {
        throw new Error("no JSON");
      },
    },
    expect.stringContaining("toJSON"),
  ],
])("an event of %s is refused with a document that JSON.stringify can write", async ([, event, expected]) => {
  const answer = await bridge().recordEvent(event);
  if (answer.status === "success") throw new Error("it was recorded");
  const document = JSON.parse(JSON.stringify(answer));
  expect(document.error.code).toBe("INVALID_EVENT");
  expect(document.error.details.received_event).toEqual(expected);
});

test("the received event is unchanged in the document if JSON.stringify can write it", async () => {
  const event = { event_type: "", source: "core", data: {} };
  const answer = await bridge().recordEvent(event);
  if (answer.status === "success") throw new Error("it was recorded");
  expect(answer.error.details?.received_event).toBe(event);
});
