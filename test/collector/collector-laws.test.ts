import { diag } from "@opentelemetry/api";
import fc from "fast-check";
import {
  Events,
  type Labels,
  setupCoordinationHooks,
  setupHealthHooks,
  setupMessagingHooks,
  type SnapshotEntry,
  TelemetryCollector,
} from "tachymeter/facades";
import { expect, test } from "vitest";
import { collectingProvider } from "../kit/collecting.ts";
import { anything } from "../facades/anything.ts";
import { callWith } from "../facades/call-with.ts";
import { runs } from "../kit/test-length.ts";

/** Objects whose fields are anything, or any other value. */
const anyFields = fc.oneof(
  fc
    .array(
      fc.tuple(fc.oneof(fc.constantFrom("a", "node", "__proto__", "constructor"), fc.string()), anything()),
    )
    .map((fields) => () => Object.fromEntries(fields.map(([key, make]) => [key, make()]))),
  anything(),
);

const labelValues = fc.oneof(
  fc.constantFrom<string | number | boolean>("1", 1, true, "true", ""),
  fc.string(),
);
const labels: fc.Arbitrary<Labels> = fc.dictionary(fc.constantFrom("a", "b", "c.d", "c_d"), labelValues);

async function entriesOf(collector: TelemetryCollector): Promise<readonly SnapshotEntry[]> {
  const { metrics } = await collector.getSnapshot();
  return Object.entries(metrics).flatMap(([key, entry]) => (key.startsWith("telemetry_") ? [] : [entry]));
}

test("no recording call throws, whatever its arguments, and the snapshot is JSON", async () => {
  diag.disable();
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(anything(), anyFields, anyFields), { minLength: 1, maxLength: 5 }),
      fc.boolean(),
      async (calls, isProvided) => {
        const { provider, collect } = collectingProvider();
        const collector = new TelemetryCollector(isProvided ? { meterProvider: provider } : {});
        const named = [
          collector.registerCounter("open_total"),
          collector.registerCounter("declared_total", "", ["a"]),
          collector.registerGauge("gauge"),
          collector.registerHistogram("histogram"),
        ];
        for (const setUp of [setupCoordinationHooks, setupMessagingHooks, setupHealthHooks]) setUp(collector);
        const byName = ["coordination_messages_total", "message_queue_size", "health_check_duration_seconds"];
        const metrics = [...named, ...byName.flatMap((name) => collector.getMetric(name) ?? [])];
        for (const [value, fields, others] of calls.map((each) => each.map((hidden) => hidden()))) {
          for (const metric of metrics) {
            for (const method of ["increment", "set", "decrement", "observe"]) {
              if (method in metric) callWith(metric, method, value, fields);
            }
            if ("startTimer" in metric)
              callWith({ end: callWith(metric, "startTimer", fields) }, "end", others);
          }
          callWith(collector, "recordEvent", value, fields, others, fields);
          for (const type of ["coordination.message", "messaging.queue_size", "health.check"]) {
            callWith(collector, "recordEvent", type, fields, others, others);
          }
          callWith(collector, "getMetric", value);
        }
        const snapshot = await collector.getSnapshot();
        expect(lostInJson(snapshot)).toEqual([]);
        await collect();
      },
    ),
    { numRuns: runs(200) },
  );
});

function lostInJson(document: unknown): unknown[] {
  const lost: unknown[] = [];
  JSON.stringify(document, (_key, value: unknown) => {
    if (value === undefined || (typeof value === "number" && !Number.isFinite(value))) lost.push(value);
    return value;
  });
  return lost;
}

test("no event throws, whatever its fields and whatever its hooks do", () => {
  diag.disable();
  fc.assert(
    fc.property(anyFields, anything(), anyFields, anything(), (...hidden) => {
      const [whole, part, fields, result] = hidden.map((each) => each());
      const events = new Events();
      events.on("*", () => result);
      events.on("a", () => {
        throw result;
      });
      callWith(events, "record", whole);
      callWith(events, "record", part);
      const given = { data: part, labels: fields, metadata: fields };
      const event = callWith(events, "record", { event_type: "a", source: "b", ...given, trace_id: part });
      expect(event).toMatchObject({ event_type: "a", source: "b" });
      callWith(events, "record", { event_type: "a", source: "b", event_id: part, timestamp: part, ...given });
      expect(callWith(events, "record", { event_type: part, source: fields, ...given })).toSatisfy(
        (told: unknown) => (told === undefined) === !(isFilled(part) && isFilled(fields)),
      );
    }),
    { numRuns: runs(500) },
  );
});

function isFilled(value: unknown): boolean {
  return typeof value === "string" && value !== "";
}

test("a counter is the sum of the valid values", async () => {
  const amounts = fc.oneof(fc.integer({ min: -5, max: 1_000 }), fc.constantFrom(NaN, Infinity, 0));
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(amounts, labels)), async (increments) => {
      const collector = new TelemetryCollector();
      const counter = collector.registerCounter("requests_total");
      for (const [amount, given] of increments) counter.increment(amount, given);
      const sum = increments.reduce(
        (total, [amount]) => (amount >= 0 && amount < Infinity ? total + amount : total),
        0,
      );
      const values = (await entriesOf(collector)).map(({ value }) => Number(value));
      expect(values.reduce((total, value) => total + value, 0)).toBe(sum);
    }),
  );
});

test("the order of labels never matters, neither to the snapshot nor to the provider", async () => {
  await fc.assert(
    fc.asyncProperty(labels, fc.infiniteStream(fc.nat()), async (given, order) => {
      const { provider, points } = collectingProvider();
      const collector = new TelemetryCollector({ meterProvider: provider });
      const counter = collector.registerCounter("requests_total");
      for (let round = 0; round < 3; round++) {
        const shuffled = Object.entries(given)
          .map((entry) => ({ entry, rank: order.next().value }))
          .toSorted((left, right) => left.rank - right.rank);
        counter.increment(1, Object.fromEntries(shuffled.map(({ entry }) => entry)));
      }
      expect((await entriesOf(collector)).map(({ value }) => value)).toEqual([3]);
      expect(await points("requests_total")).toEqual([{ attributes: given, value: 3 }]);
    }),
  );
});

test("label sets that differ, even only in a type, are separate series for the provider", async () => {
  // A counter without increments has a series, too: its 0.
  await fc.assert(
    fc.asyncProperty(fc.array(labels, { minLength: 1 }), async (sets) => {
      const { provider, points } = collectingProvider();
      const counter = new TelemetryCollector({ meterProvider: provider }).registerCounter("requests_total");
      for (const set of sets) counter.increment(1, set);
      const identity = (set: object): string =>
        JSON.stringify(Object.entries(set).toSorted(([left], [right]) => (left < right ? -1 : 1)));
      expect(
        (await points("requests_total")).map(({ attributes }) => identity(attributes)).toSorted(),
      ).toEqual([...new Set(sets.map(identity))].toSorted());
    }),
  );
});

test("a histogram's buckets equal a naive count and the provider's", async () => {
  const bounds = fc.uniqueArray(fc.integer({ min: -5, max: 50 }), { minLength: 1, maxLength: 8 });
  const values = fc.array(
    fc.oneof(fc.integer({ min: 0, max: 60 }), fc.double({ min: 0, max: 60, noNaN: true })),
    { minLength: 1 },
  );
  await fc.assert(
    fc.asyncProperty(bounds, values, async (unsorted, observed) => {
      const buckets = unsorted.toSorted((left, right) => left - right);
      const { provider, points } = collectingProvider();
      const collector = new TelemetryCollector({ meterProvider: provider });
      const histogram = collector.registerHistogram("size", "", { buckets });
      for (const value of observed) histogram.observe(value);
      const [entry] = await entriesOf(collector);
      const upTo = (bound: number): number => observed.filter((value) => value <= bound).length;
      const expected = {
        ...Object.fromEntries(buckets.map((bound) => [bound, upTo(bound)])),
        "+Inf": observed.length,
      };
      expect(entry?.value).toMatchObject({
        count: observed.length,
        min: Math.min(...observed),
        max: Math.max(...observed),
        buckets: expected,
      });
      const [point] = await points("size");
      const counts = [...buckets, Infinity].map(
        (bound, i, all) => upTo(bound) - (i === 0 ? 0 : upTo(all[i - 1]!)),
      );
      expect(point?.value).toMatchObject({
        count: observed.length,
        buckets: { boundaries: buckets, counts },
      });
    }),
  );
});
