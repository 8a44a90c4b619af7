import * as api from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import * as sdk from "@opentelemetry/sdk-logs";
import { Events } from "tachymeter/facades";
import { afterEach, beforeEach, expect, test } from "vitest";
import { logsOfApi } from "./logs-api.ts";

const exporter = new sdk.InMemoryLogRecordExporter();

beforeEach(async () => {
  const provider = new sdk.LoggerProvider({ processors: [new sdk.SimpleLogRecordProcessor({ exporter })] });
  (await logsOfApi()).setGlobalLoggerProvider(provider);
});

afterEach(async () => {
  (await logsOfApi()).disable();
  exporter.reset();
  api.context.disable();
});

test("each event is a log record with its name, time, data and labels", () => {
  const event = new Events().record({
    event_type: "order",
    source: "shop",
    timestamp: "2026-01-02T03:04:05.678Z",
    data: { item: 7, parts: ["a", "b"] },
    labels: { lane: 2, express: true },
    metadata: { host: "a1", nested: {} },
  });
  expect(exporter.getFinishedLogRecords()).toMatchObject([
    {
      eventName: "order",
      hrTime: [1_767_323_045, 678_000_000],
      body: { item: 7, parts: ["a", "b"] },
      attributes: {
        lane: 2,
        express: true,
        "event.id": event?.event_id,
        "event.source": "shop",
        "event.metadata.host": "a1",
      },
      instrumentationScope: { name: "tachymeter.events" },
    },
  ]);
  expect(exporter.getFinishedLogRecords()[0]?.attributes).not.toHaveProperty("event.metadata.nested");
});

test("the record belongs to the active trace, or to the trace of the event", () => {
  api.context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  const ids = { traceId: "0af7651916cd43dd8448eb211c80319c", spanId: "b7ad6b7169203331" };
  const active = api.trace.setSpanContext(api.ROOT_CONTEXT, { ...ids, traceFlags: 1 });
  const events = new Events();
  api.context.with(active, () => events.record({ event_type: "order", source: "shop" }));
  const named = { trace_id: "1af7651916cd43dd8448eb211c80319c", span_id: "c7ad6b7169203331" };
  events.record({ event_type: "order", source: "shop", ...named });
  events.record({ event_type: "order", source: "shop", trace_id: "none", span_id: "none" });
  expect(exporter.getFinishedLogRecords().map(({ spanContext }) => spanContext?.spanId)).toEqual([
    ids.spanId,
    named.span_id,
    undefined,
  ]);
});

test("without a logger provider events are recorded as usual", async () => {
  (await logsOfApi()).disable();
  expect(new Events().record({ event_type: "order", source: "shop", data: 1n })).toBeDefined();
});
