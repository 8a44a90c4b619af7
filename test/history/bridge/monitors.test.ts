import { diag } from "@opentelemetry/api";
import { BridgeMonitorError, type BridgeMonitor } from "tachymeter/history";
import { afterEach, expect, test, vi } from "vitest";
import { collectWarnings } from "../../kit/collect-warnings.ts";
import { all, bridge, bridgeOnDisk, reading } from "./bridges.ts";

afterEach(() => diag.disable());

const event = { event_type: "COMMAND", source: "core", data: 1 };

test("monitors are called with events and metrics once they are committed", async () => {
  const { telemetry, path } = bridgeOnDisk();
  const heard: unknown[] = [];
  telemetry.addMonitor("all", {
    onEvent: (each) => heard.push(each),
    onMetric: (each) => heard.push(each),
  });
  const answer = await telemetry.recordEvent(event);
  const time = new Date(Date.now() - 1_000);
  await telemetry.recordMetric("m", 1, { a: 1 }, time);
  await telemetry.recordMetric("m", Number.NaN);
  expect(heard).toEqual([
    {
      ...event,
      event_id: "event_id" in answer ? answer.event_id : "",
      timestamp: expect.any(String),
      labels: {},
      metadata: {},
    },
    {
      event_id: expect.any(String),
      timestamp: time.toISOString(),
      metric_name: "m",
      metric_value: 1,
      context: { a: 1 },
    },
  ]);
  expect(await all((await reading(path)).events())).toHaveLength(1);
});

test("a failing monitor, sync or async, does not stop other monitors or the recording, and is logged once", async () => {
  const warnings = collectWarnings();
  const telemetry = bridge();
  const heard: string[] = [];
  telemetry.addMonitor("throws", {
    onEvent() {
      throw new Error("no");
    },
  });
  telemetry.addMonitor("rejects", { onEvent: () => Promise.reject(new Error("no")) });
  telemetry.addMonitor("hears", { onEvent: ({ event_type: type }) => heard.push(type) });
  for (const data of [1, 2]) {
    expect(await telemetry.recordEvent({ ...event, data })).toMatchObject({ status: "success" });
  }
  expect(heard).toEqual(["COMMAND", "COMMAND"]);
  await vi.waitFor(() =>
    expect(warnings).toEqual([
      'monitor "throws" failed; other monitors were called; this is logged once',
      'monitor "rejects" failed; other monitors were called; this is logged once',
    ]),
  );
});

test("a removed monitor is not called", async () => {
  const telemetry = bridge();
  const onEvent = vi.fn<(each: unknown) => void>();
  const remove = telemetry.addMonitor("m", { onEvent });
  await telemetry.recordEvent(event);
  remove();
  await telemetry.recordEvent(event);
  expect(onEvent).toHaveBeenCalledOnce();
  telemetry.addMonitor("m", { onEvent });
});

test("a monitor added by another one is called for later records", async () => {
  const telemetry = bridge();
  let count = 0;
  const add = (): void => {
    if (++count < 100) telemetry.addMonitor(`m${count}`, { onEvent: add });
  };
  add();
  await telemetry.recordEvent(event);
  expect(count).toBe(2);
  await telemetry.recordEvent(event);
  expect(count).toBe(4);
});

test("a monitor that records its own event is a loop; other records are allowed", async () => {
  const telemetry = bridge();
  const answers: unknown[] = [];
  telemetry.addMonitor("loop", {
    onEvent: async (each) => {
      if (each.event_type !== "COMMAND") return;
      answers.push(await telemetry.recordEvent({ ...event, data: "again" }));
      answers.push(await telemetry.recordEvent({ ...event, event_type: "ALERT" }));
    },
    onMetric: async () => {
      answers.push(await telemetry.recordMetric("m", 2));
    },
  });
  await telemetry.recordEvent(event);
  await vi.waitFor(() => expect(answers).toHaveLength(2));
  await telemetry.recordMetric("m", 1);
  await vi.waitFor(() => expect(answers).toHaveLength(3));
  expect(answers).toMatchObject([
    { status: "error", error: { code: "LOOP_DETECTED" } },
    { status: "success" },
    { status: "error", error: { code: "LOOP_DETECTED" } },
  ]);
});

test("a monitor without a name, without functions, or with a used name is rejected", () => {
  const telemetry = bridge();
  const monitor: BridgeMonitor = { onEvent: () => {} };
  telemetry.addMonitor("taken", monitor);
  expect(() => telemetry.addMonitor("taken", monitor)).toThrow('monitor "taken": the name is already in use');
  expect(() => telemetry.addMonitor("", monitor)).toThrow("must be a non-empty string");
  expect(() => telemetry.addMonitor("deaf", {})).toThrow(BridgeMonitorError);
});
