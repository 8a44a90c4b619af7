import { ValueType } from "@opentelemetry/api";
import fc from "fast-check";
import { AggregationTemporality, DataPointType } from "tachymeter/metrics";
import { expect, test } from "vitest";
import { collectionFromMetrics } from "../../../src/engine/collection/collection-from-metrics.ts";
import { ByteWriter } from "../../../src/io/bytes/writer.ts";
import { ProtobufError } from "../../../src/io/bytes/protobuf-reader.ts";
import { metricsFromRequest } from "../../../src/readers/otlp/decode/index.ts";
import { OtlpEncoder } from "../../../src/readers/otlp/encode/index.ts";
import { randomMetrics } from "../../kit/random-metrics.ts";
import { runs, seed } from "../../kit/test-length.ts";
import { counter, histogram, resourceMetrics, scope } from "../resource-metrics.ts";

const example = resourceMetrics(
  [scope("s", [counter({ name: "c" }, [{ a: "x" }, 1]), histogram({ name: "h" }, [1], [1, 2])])],
  { r: [1, null] },
);
const request = new OtlpEncoder().encodeSync(collectionFromMetrics(example))[0]!.body;

test("a request truncated anywhere is refused", () => {
  for (let length = 0; length < request.length; length++)
    expect(() => metricsFromRequest(request.subarray(0, length))).toThrow(ProtobufError);
});

test("bytes that are not a request are refused, and nothing else is thrown", () => {
  const damaged = fc
    .tuple(randomMetrics, fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 5 }))
    .map(([metrics, changes]) => {
      const bytes = Buffer.concat(
        new OtlpEncoder().encodeSync(collectionFromMetrics(metrics)).map(({ body }) => body),
      );
      for (const [at, byte] of changes) bytes[at % Math.max(1, bytes.length)] = byte;
      return bytes;
    });
  fc.assert(
    fc.property(fc.oneof(damaged, fc.uint8Array({ maxLength: 200 })), (bytes) => {
      const error = thrownBy(() => metricsFromRequest(bytes));
      expect(error === undefined || error instanceof ProtobufError).toBe(true);
    }),
    { seed, numRuns: runs(1_000) },
  );
});

test("a request with two resources is refused, since upstream's objects have one", () => {
  expect(() => metricsFromRequest(Buffer.concat([request, request]))).toThrow(
    "must have one resource, got more",
  );
});

test("a metric of an unknown kind is refused by its name", () => {
  const writer = new ByteWriter(64);
  const open = (tag: number): number => {
    writer.byte(tag);
    return writer.begin();
  };
  const begun = [0x0a, 0x12, 0x12].map(open);
  writer.byte(0x0a);
  writer.text("summary");
  writer.end(open(0x5a));
  for (const each of begun.toReversed()) writer.end(each);
  expect(() => metricsFromRequest(writer.take())).toThrow(
    'metric "summary": must be a sum, gauge or histogram',
  );
});

test("unpacked fields of other senders, and fields of later versions, are read", () => {
  const writer = new ByteWriter(64);
  const open = (tag: number): number => {
    writer.byte(tag);
    return writer.begin();
  };
  const begun = [0x0a, 0x12, 0x12, 0x4a, 0x0a].map(open);
  for (const count of [3, 4]) {
    writer.byte(0x31);
    writer.fixed64(count);
  }
  writer.byte(0x39);
  writer.double(0.5);
  writer.byte(0x50);
  writer.varint(1);
  writer.byte(0x7d);
  for (let i = 0; i < 4; i++) writer.byte(i);
  for (const each of begun.toReversed()) writer.end(each);
  expect(metricsFromRequest(writer.take()).scopeMetrics).toEqual([
    {
      scope: { name: "", version: "" },
      metrics: [
        {
          descriptor: { name: "", description: "", unit: "", valueType: ValueType.DOUBLE },
          aggregationTemporality: AggregationTemporality.CUMULATIVE,
          dataPointType: DataPointType.HISTOGRAM,
          dataPoints: [
            {
              attributes: {},
              startTime: [0, 0],
              endTime: [0, 0],
              value: { count: 0, buckets: { boundaries: [0.5], counts: [3, 4] } },
            },
          ],
        },
      ],
    },
  ]);
});

function thrownBy(call: () => unknown): unknown {
  try {
    call();
    return undefined;
  } catch (error) {
    return error;
  }
}
