import fc from "fast-check";
import { expect, test } from "vitest";
import type { Sample, StoredEvent } from "../../../src/history/store/stored.ts";
import {
  packedEvents,
  packedSamples,
  unpackedEvents,
  unpackedSamples,
} from "../../../src/history/thread/packed.ts";

const text = fc.string({ unit: "binary" });
const filled = fc.string({ unit: "binary", minLength: 1 });
const time = fc.integer({ min: 0, max: 4e12 });

test("events are unpacked unchanged, with any texts", () => {
  const event: fc.Arbitrary<StoredEvent> = fc.record(
    {
      id: text,
      type: text,
      source: text,
      timeUnixMillis: time,
      data: text,
      labels: text,
      metadata: text,
      traceId: filled,
      spanId: filled,
    },
    { requiredKeys: ["id", "type", "source", "timeUnixMillis", "data", "labels", "metadata"] },
  );
  fc.assert(
    fc.property(fc.array(event), (events) => {
      expect(unpackedEvents(structuredClone(packedEvents(events)))).toEqual(events);
    }),
  );
});

test("samples are unpacked unchanged, numbers as numbers and texts as texts", () => {
  const sample: fc.Arbitrary<Sample> = fc.record(
    {
      metric: text,
      timeUnixMillis: time,
      value: fc.oneof(fc.double({ noNaN: true }), text),
      context: filled,
    },
    { requiredKeys: ["metric", "timeUnixMillis", "value"] },
  );
  fc.assert(
    fc.property(fc.array(sample), (samples) => {
      expect(unpackedSamples(structuredClone(packedSamples(samples)))).toEqual(samples);
    }),
  );
});
