// Texts of events on the page.
import { expect, test } from "vitest";
import type { TelemetryEvent } from "../../src/events/event.ts";
import { pageEvent } from "../../src/page/page-events.ts";

function textOf(type: string, data: unknown, labels: TelemetryEvent["labels"] = {}): string {
  const event = {
    event_id: "1",
    event_type: type,
    timestamp: "2026-09-21T15:00:00Z",
    source: "test",
    data,
    labels,
    metadata: {},
  };
  return pageEvent(event).text;
}

test("the event of an alert has its name, its summary and the labels that others lack", () => {
  const data = { name: "QueueLong", annotations: { summary: "250 messages wait" }, resolvedAt: undefined };
  const labels = { alertname: "QueueLong", severity: "warning", job: "shop", queue: "jobs" };
  expect(textOf("alert.firing", data, labels)).toBe("QueueLong: 250 messages wait · queue=jobs");
  // An event of the application of the same type.
  expect(textOf("alert.mine", { name: 5 })).toBe("name=5");
});

test("fields without a value are left out", () => {
  expect(textOf("app.deployed", { version: "2.4", from: undefined })).toBe("version=2.4");
});
