import fc from "fast-check";
import { type BridgeEvent, QuestionError } from "tachymeter/history";
import { metrics } from "@opentelemetry/api";
import { expect, onTestFinished, test } from "vitest";
import { collectingProvider } from "../../kit/collecting.ts";
import { all, bridge, bridgeOnDisk, reading } from "./bridges.ts";
import { runs } from "../../kit/test-length.ts";

// Recent enough to be within the retention of events.
const T0 = Math.floor(Date.now() / 1_000) - 3_600;
const command = { event_type: "COMMAND", source: "core", data: { id: 7 } };

test("an event is stored once its promise resolves, visible to other processes", async () => {
  const { telemetry, path } = bridgeOnDisk();
  const answer = await telemetry.recordEvent({
    ...command,
    event_id: "an-id",
    timestamp: new Date((T0 + 3_600) * 1_000).toISOString().replace("Z", "+01:00"),
    labels: { zone: "a" },
    metadata: { try: 2 },
  });
  expect(answer).toEqual({
    status: "success",
    event_id: "an-id",
    timestamp: new Date(T0 * 1_000).toISOString(),
  });
  expect(await all((await reading(path)).events())).toEqual([
    {
      ...command,
      event_id: "an-id",
      timestamp: new Date(T0 * 1_000).toISOString(),
      labels: { zone: "a" },
      metadata: { try: 2 },
    },
  ]);
});

test("events are read oldest first, by type, source, time and fields of their data", async () => {
  const { telemetry, path } = bridgeOnDisk();
  const at = (second: number): number => T0 + second;
  const given: BridgeEvent[] = [
    { event_type: "a", source: "x", data: { order: { state: "paid" } }, timestamp: at(3) },
    { event_type: "a", source: "y", data: { order: { state: "open" } }, timestamp: at(1) },
    { event_type: "b", source: "x", data: null, timestamp: at(2) },
  ];
  await Promise.all(given.map((event) => telemetry.recordEvent(event)));
  const history = await reading(path);
  const found = async (question: Parameters<typeof history.events>[0]): Promise<readonly string[]> =>
    (await all(history.events(question))).map((event) => `${event.event_type}/${event.source}`);
  expect(await found({})).toEqual(["a/y", "b/x", "a/x"]);
  expect(await found({ type: "a" })).toEqual(["a/y", "a/x"]);
  expect(await found({ source: "x", from: at(3) })).toEqual(["a/x"]);
  expect(await found({ from: at(1), to: at(2) })).toEqual(["a/y", "b/x"]);
  expect(await found({ where: { "order.state": "paid" } })).toEqual(["a/x"]);
  expect(await found({ where: { "order.state": { not: "paid" } } })).toEqual(["a/y", "b/x"]);
});

test("conditions find numbers of any size, and any key", async () => {
  const { telemetry, path } = bridgeOnDisk();
  const data = {
    third: 1 / 3,
    sum: 0.1 + 0.2,
    large: 1e21,
    small: 1.5e-7,
    id: 2 ** 64,
    'a"quote': "v",
    "a\\backslash": "v",
    "a\nline": "v",
    yes: true,
    one: 1,
  };
  await telemetry.recordEvent({ ...command, data });
  const history = await reading(path);
  for (const [key, value] of Object.entries(data)) {
    const text = String(value);
    const found = await all(history.events({ where: { [key]: text } }));
    const others = await all(history.events({ where: { [key]: { not: text } } }));
    expect([key, found.length, others.length]).toEqual([key, 1, 0]);
  }
  expect(await all(history.events({ where: { yes: "1" } }))).toEqual([]);
  expect(await all(history.events({ where: { missing: "" } }))).toHaveLength(1);
});

test("events of several pages are all returned, each once", async () => {
  const { telemetry, path } = bridgeOnDisk();
  const answers = await Promise.all(
    Array.from({ length: 2_500 }, (_, i) =>
      telemetry.recordEvent({ event_type: "tick", source: "core", data: i, timestamp: T0 }),
    ),
  );
  expect(answers.filter(({ status }) => status !== "success")).toEqual([]);
  const found = await all((await reading(path)).events({ type: "tick" }));
  expect(found.map(({ data }) => data).toSorted((a, b) => Number(a) - Number(b))).toEqual(
    Array.from({ length: 2_500 }, (_, i) => i),
  );
});

test.each([
  [10n, "10"],
  [Number.NaN, "NaN"],
  [Symbol("s"), "Symbol(s)"],
  [new Map([["a", 1]]), {}],
  [() => 1, "[Function (anonymous)]"],
])("data that is not JSON (%s) is stored as text", async (data, kept) => {
  const { telemetry, path } = bridgeOnDisk();
  await telemetry.recordEvent({ ...command, data });
  const [event] = await all((await reading(path)).events());
  expect(event?.data).toEqual(kept);
});

test("data with a cycle is stored as Node.js displays it", async () => {
  const { telemetry, path } = bridgeOnDisk();
  const data: Record<string, unknown> = { name: "ring" };
  data["self"] = data;
  expect((await telemetry.recordEvent({ ...command, data })).status).toBe("success");
  const [event] = await all((await reading(path)).events());
  expect(event?.data).toMatch(/name: 'ring'.*\[Circular/s);
});

test("the response to an event without data has all invalid fields and the received event", async () => {
  const telemetry = bridge();
  const received = { source: 7, timestamp: "soon" };
  // @ts-expect-error: invalid types get a response, too
  const answer = await telemetry.recordEvent(received);
  expect(answer).toEqual({
    status: "error",
    error: {
      code: "INVALID_EVENT",
      message: expect.stringMatching(
        /^event_type must be .*; source must be .*; timestamp must be .*; data must/,
      ),
      details: {
        validation_errors: [
          { field: "event_type", message: "must be a non-empty string, but is missing" },
          { field: "source", message: "must be a non-empty string, got 7" },
          { field: "timestamp", message: expect.stringMatching(/got "soon"$/) },
          { field: "data", message: "must be present; use null for no data" },
        ],
        received_event: received,
      },
    },
  });
});

test("an event that is not an object is invalid, and no call rejects", async () => {
  const telemetry = bridge();
  const revoked = Proxy.revocable({}, {});
  revoked.revoke();
  const failing = {
    get event_type(): string {
      throw new Error("not told");
    },
  };
  for (const given of [undefined, null, 5, "event", [], () => 1, revoked.proxy, failing]) {
    // @ts-expect-error: what the types forbid is answered, too
    const answer = await telemetry.recordEvent(given);
    expect(answer).toMatchObject({ status: "error", error: { code: "INVALID_EVENT" } });
  }
});

test("the response to a malformed event has all invalid fields", async () => {
  const telemetry = bridge();
  const filled = fc.string({ minLength: 1 });
  const notText = fc.anything().filter((value) => typeof value !== "string" || value === "");
  const notGiven = fc.constantFrom(undefined, null);
  const present = fc.anything().filter((value) => value !== undefined);
  // Valid and invalid values of each field.
  const fields = {
    event_type: [filled, notText],
    source: [filled, notText],
    data: [present, fc.constant(undefined)],
    event_id: [fc.oneof(filled, notGiven), notText.filter((value) => value !== undefined && value !== null)],
    timestamp: [
      // Within the retention.
      fc.oneof(fc.date({ min: new Date(T0 * 1_000), max: new Date(), noInvalidDate: true }), notGiven),
      fc.constantFrom<unknown>("never", {}, [], Number.NaN, "2026-02-30", true, 1e12, new Date(Number.NaN)),
    ],
  } as const;
  const names = ["event_type", "source", "event_id", "timestamp", "data"] as const;
  const wrong = fc.subarray([...names], { minLength: 1 });
  const events = wrong.chain((wrongNames) =>
    fc.record({
      wrongNames: fc.constant(wrongNames),
      event: fc.record({
        event_type: fields.event_type[wrongNames.includes("event_type") ? 1 : 0],
        source: fields.source[wrongNames.includes("source") ? 1 : 0],
        data: fields.data[wrongNames.includes("data") ? 1 : 0],
        event_id: fields.event_id[wrongNames.includes("event_id") ? 1 : 0],
        timestamp: fields.timestamp[wrongNames.includes("timestamp") ? 1 : 0],
      }),
    }),
  );
  await fc.assert(
    fc.asyncProperty(events, async ({ wrongNames, event }) => {
      // @ts-expect-error: what the types forbid is answered, too
      const answer = await telemetry.recordEvent(event);
      if (answer.status === "success") throw new Error("it was recorded");
      expect(answer.error.code).toBe("INVALID_EVENT");
      expect(answer.error.details?.validation_errors?.map(({ field }) => field)).toEqual(wrongNames);
      expect(answer.error.details?.received_event).toBe(event);
    }),
  );
});

test("any event with a type, a source and data is stored as JSON", async () => {
  const { telemetry, path } = bridgeOnDisk();
  const text = fc.string({ minLength: 1, unit: "binary" }).map((given) => given.replaceAll("\0", "\u{FFFD}"));
  const events = fc.array(fc.record({ event_type: text, source: text, data: fc.jsonValue() }), {
    minLength: 50,
    maxLength: 50,
  });
  await fc.assert(
    fc.asyncProperty(events, async (given) => {
      const answers = await Promise.all(given.map((event) => telemetry.recordEvent(event)));
      const kept = new Map(
        (await all((await reading(path)).events())).map((event) => [event.event_id, event]),
      );
      for (const [i, answer] of answers.entries()) {
        if (answer.status === "error") throw new Error(answer.error.message);
        expect(kept.get(answer.event_id)).toMatchObject(JSON.parse(JSON.stringify(given[i])));
      }
    }),
    { numRuns: runs(5) },
  );
});

test("an event recorded by its own hook is a loop", async () => {
  const telemetry = bridge();
  const answers = await Promise.all(
    Array.from({ length: 2 }, () => telemetry.recordEvent({ ...command, event_id: "e-1" })),
  );
  expect(answers[0]).toMatchObject({ status: "success", event_id: "e-1" });
  expect(answers[1]).toEqual({
    status: "error",
    error: { code: "LOOP_DETECTED", message: "Event appears to be in an infinite loop" },
  });
});

test("a store that cannot be opened is reported by each call and by the health check", async () => {
  const telemetry = bridge({ storage_config: { connection_string: "/dev/null/telemetry.db" } });
  expect(await telemetry.recordEvent(command)).toMatchObject({
    status: "error",
    error: { code: "STORAGE_FAILURE", message: expect.stringContaining("/dev/null") },
  });
  expect(await telemetry.recordMetric("m", 1)).toMatchObject({ error: { code: "STORAGE_FAILURE" } });
  expect(await telemetry.getMetrics()).toMatchObject({ error: { code: "RETRIEVAL_FAILURE" } });
  expect((await telemetry.healthCheck()).status).toBe("unhealthy");
});

test("all calls of a closed bridge return failures", async () => {
  const telemetry = bridge();
  await telemetry.recordEvent(command);
  await telemetry.close();
  await telemetry.close();
  expect(await telemetry.recordEvent(command)).toMatchObject({ error: { code: "STORAGE_FAILURE" } });
  expect(await telemetry.getMetrics()).toMatchObject({ error: { code: "RETRIEVAL_FAILURE" } });
  expect((await telemetry.healthCheck()).status).toBe("unhealthy");
});

test("a bridge that was closed before its first use stays closed", async () => {
  const telemetry = bridge();
  await telemetry.close();
  expect(await telemetry.recordEvent(command)).toMatchObject({ error: { code: "STORAGE_FAILURE" } });
  expect(await telemetry.recordMetric("m", 1)).toMatchObject({ error: { code: "STORAGE_FAILURE" } });
  expect((await telemetry.healthCheck()).status).toBe("unhealthy");
});

test("events of the bridge's own store are counted, and none as dropped", async () => {
  const { provider, point, points } = collectingProvider();
  metrics.setGlobalMeterProvider(provider);
  onTestFinished(() => metrics.disable());
  const telemetry = bridge();
  for (const data of [1, 2, 3]) await telemetry.recordEvent({ ...command, data });
  expect(await point("telemetry.events", { "event.type": "COMMAND" })).toBe(3);
  expect(await points("telemetry.events.dropped")).toEqual([]);
});

test.each([
  [null, "got null"],
  [{ type: 1n }, "type must be a string, got 1n"],
  [{ source: {}, from: "soon" }, "source must be a string, got {}; from must be a Date"],
  [{ where: null }, "where must be an object of fields"],
  [
    { where: { id: 7n, ok: "yes" } },
    "where must be an object of fields, each with a string, an array of strings or { not: string }, got { id: 7n, ok: 'yes' }",
  ],
])("question %s for events is rejected with all its problems", async (question, problem) => {
  const { telemetry, path } = bridgeOnDisk();
  await telemetry.recordEvent(command);
  const history = await reading(path);
  // @ts-expect-error: invalid types are rejected, too
  const asking = all(history.events(question));
  await expect(asking).rejects.toThrow(QuestionError);
  await expect(asking).rejects.toThrow(problem);
});

test("an event_id that another event has is refused, also after a restart; the same event is not", async () => {
  const { telemetry, path } = bridgeOnDisk();
  const first = { ...command, event_id: "order-7" };
  expect(await telemetry.recordEvent(first)).toMatchObject({ status: "success" });
  await telemetry.close();
  const restarted = bridge({ storage_config: { connection_string: path } });
  expect(await restarted.recordEvent({ ...first, data: { id: 8 } })).toMatchObject({
    status: "error",
    error: { code: "INVALID_EVENT", details: { validation_errors: [{ field: "event_id" }] } },
  });
  const another = bridge({ storage_config: { connection_string: path } });
  expect(await another.recordEvent(first)).toMatchObject({ status: "success" });
  expect(await all((await reading(path)).events())).toMatchObject([first]);
});
