import { type Attributes, ValueType } from "@opentelemetry/api";
import { JsonMetricsSerializer, ProtobufMetricsSerializer } from "@opentelemetry/otlp-transformer";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { AggregationTemporality, DataPointType, type ResourceMetrics } from "@opentelemetry/sdk-metrics";
import fc from "fast-check";
import { expect, test } from "vitest";
import { certificate } from "../certificate.ts";
import { requestFromJson, requestFromProtobuf } from "./decode.ts";
import type { OtlpRequest } from "./request.ts";
import { otlpReceiver } from "./index.ts";
import { needs } from "../../servers/needs.ts";

const start: [number, number] = [1_700_000_000, 1];
const end: [number, number] = [1_700_000_060, 999_999_999];
const times = { startTime: start, endTime: end };
const decodedTimes = {
  startTimeUnixNano: 1_700_000_000_000_000_001n,
  timeUnixNano: 1_700_000_060_999_999_999n,
};

const attributes: Attributes = {
  text: "naïve ✓",
  empty: "",
  integer: 42,
  negative: -7,
  fraction: 0.1,
  yes: true,
  no: false,
  list: ["a", "b"],
};

const everyKind: ResourceMetrics = {
  resource: resourceFromAttributes({ "service.name": "shop", "host.cpus": 4 }),
  scopeMetrics: [
    {
      scope: { name: "one", version: "1.2.3" },
      metrics: [
        {
          dataPointType: DataPointType.SUM,
          descriptor: {
            name: "requests",
            description: "What came in.",
            unit: "{request}",
            valueType: ValueType.DOUBLE,
          },
          aggregationTemporality: AggregationTemporality.CUMULATIVE,
          isMonotonic: true,
          dataPoints: [{ ...times, attributes, value: 2.5 }],
        },
        {
          dataPointType: DataPointType.SUM,
          descriptor: { name: "queued", description: "", unit: "", valueType: ValueType.INT },
          aggregationTemporality: AggregationTemporality.DELTA,
          isMonotonic: false,
          dataPoints: [{ ...times, attributes: {}, value: -3 }],
        },
        {
          dataPointType: DataPointType.GAUGE,
          descriptor: { name: "heat", description: "", unit: "Cel", valueType: ValueType.DOUBLE },
          aggregationTemporality: AggregationTemporality.CUMULATIVE,
          dataPoints: [
            { ...times, attributes: {}, value: 0 },
            { ...times, attributes: { at: "core" }, value: -1e300 },
          ],
        },
      ],
    },
    {
      scope: { name: "two" },
      metrics: [
        {
          dataPointType: DataPointType.HISTOGRAM,
          descriptor: { name: "latency", description: "", unit: "s", valueType: ValueType.DOUBLE },
          aggregationTemporality: AggregationTemporality.CUMULATIVE,
          dataPoints: [
            {
              ...times,
              attributes: { route: "/" },
              value: {
                buckets: { boundaries: [0.5, 1], counts: [1, 0, 2] },
                count: 3,
                sum: 7.25,
                min: 0.25,
                max: 4,
              },
            },
          ],
        },
        {
          dataPointType: DataPointType.EXPONENTIAL_HISTOGRAM,
          descriptor: { name: "size", description: "", unit: "By", valueType: ValueType.DOUBLE },
          aggregationTemporality: AggregationTemporality.DELTA,
          dataPoints: [
            {
              ...times,
              attributes: {},
              value: {
                count: 300,
                sum: -12.5,
                min: -9,
                max: 8,
                scale: -2,
                zeroCount: 1,
                positive: { offset: -5, bucketCounts: [1, 200, 0] },
                negative: { offset: 7, bucketCounts: [98] },
              },
            },
          ],
        },
      ],
    },
  ],
};

const decoded: OtlpRequest = {
  resourceMetrics: [
    {
      resource: { attributes: { "service.name": "shop", "host.cpus": 4 } },
      schemaUrl: "",
      scopeMetrics: [
        {
          scope: { name: "one", version: "1.2.3", attributes: {} },
          metrics: [
            {
              name: "requests",
              description: "What came in.",
              unit: "{request}",
              kind: "sum",
              temporality: "cumulative",
              isMonotonic: true,
              points: [
                {
                  ...decodedTimes,
                  attributes: {
                    text: "naïve ✓",
                    empty: "",
                    integer: 42,
                    negative: -7,
                    fraction: 0.1,
                    yes: true,
                    no: false,
                    list: ["a", "b"],
                  },
                  value: 2.5,
                },
              ],
            },
            {
              name: "queued",
              description: "",
              unit: "",
              kind: "sum",
              temporality: "delta",
              isMonotonic: false,
              points: [{ ...decodedTimes, attributes: {}, value: -3 }],
            },
            {
              name: "heat",
              description: "",
              unit: "Cel",
              kind: "gauge",
              points: [
                { ...decodedTimes, attributes: {}, value: 0 },
                { ...decodedTimes, attributes: { at: "core" }, value: -1e300 },
              ],
            },
          ],
        },
        {
          scope: { name: "two", version: "", attributes: {} },
          metrics: [
            {
              name: "latency",
              description: "",
              unit: "s",
              kind: "histogram",
              temporality: "cumulative",
              points: [
                {
                  ...decodedTimes,
                  attributes: { route: "/" },
                  count: 3,
                  sum: 7.25,
                  min: 0.25,
                  max: 4,
                  bucketCounts: [1, 0, 2],
                  explicitBounds: [0.5, 1],
                },
              ],
            },
            {
              name: "size",
              description: "",
              unit: "By",
              kind: "exponentialHistogram",
              temporality: "delta",
              points: [
                {
                  ...decodedTimes,
                  attributes: {},
                  count: 300,
                  sum: -12.5,
                  min: -9,
                  max: 8,
                  scale: -2,
                  zeroCount: 1,
                  positive: { offset: -5, bucketCounts: [1, 200, 0] },
                  negative: { offset: 7, bucketCounts: [98] },
                },
              ],
            },
          ],
        },
      ],
    },
  ],
};

test("a request written by upstream in protobuf is decoded completely", () => {
  expect(requestFromProtobuf(protobuf(everyKind))).toEqual(decoded);
});

test("a request written by upstream in JSON is decoded completely", () => {
  expect(requestFromJson(json(everyKind))).toEqual(decoded);
});

test("any sum written by upstream is decoded equally from both encodings", () => {
  const sums = fc.record({
    name: fc.string(),
    value: fc.double({ noNaN: true, noDefaultInfinity: true }),
    attributes: fc.dictionary(fc.string({ minLength: 1 }), fc.oneof(fc.string(), fc.boolean(), fc.integer())),
  });
  fc.assert(
    fc.property(sums, ({ name, value, attributes: any }) => {
      const metrics: ResourceMetrics = {
        resource: resourceFromAttributes({}),
        scopeMetrics: [
          {
            scope: { name: "any" },
            metrics: [
              {
                dataPointType: DataPointType.SUM,
                descriptor: { name, description: "", unit: "", valueType: ValueType.DOUBLE },
                aggregationTemporality: AggregationTemporality.DELTA,
                isMonotonic: true,
                dataPoints: [{ ...times, attributes: any, value: value + 0 }],
              },
            ],
          },
        ],
      };
      expect(requestFromProtobuf(protobuf(metrics))).toEqual(requestFromJson(json(metrics)));
    }),
  );
});

test("a message cut off inside a field is refused", () => {
  const whole = protobuf(everyKind);
  for (const length of [1, 2, 100, whole.length - 1]) {
    expect(() => requestFromProtobuf(whole.subarray(0, length))).toThrow(RangeError);
  }
});

test("a receiver keeps requests, and returns the last state of a metric", async () => {
  const receiver = await otlpReceiver();
  const waiting = receiver.waitForRequest(({ path }) => path === "/v1/metrics");
  expect((await post(receiver.url, "application/x-protobuf", protobuf(everyKind))).status).toBe(200);
  expect((await post(receiver.url, "application/json", json(everyKind))).status).toBe(200);
  expect((await waiting).body).toEqual(decoded);
  expect(receiver.requests).toHaveLength(2);
  expect(receiver.metric("heat")?.points).toHaveLength(2);
  expect(receiver.metric("cold")).toBeUndefined();
});

test("a receiver refuses requests that are not OTLP", async () => {
  const receiver = await otlpReceiver();
  expect((await post(receiver.url, "text/plain", "hello")).status).toBe(400);
  expect((await post(receiver.url, "application/x-protobuf", "hello")).status).toBe(400);
  expect(receiver.requests).toEqual([]);
});

test("a receiver responds with a status, with garbage or not at all", async () => {
  const receiver = await otlpReceiver();
  receiver.answer = 503;
  expect((await post(receiver.url, "application/json", json(everyKind))).status).toBe(503);
  receiver.answer = "garbage";
  const garbage = await post(receiver.url, "application/json", json(everyKind));
  expect(garbage.status).toBe(200);
  await expect(garbage.json()).rejects.toThrow(SyntaxError);
  receiver.answer = "hang";
  const hanging = post(receiver.url, "application/json", json(everyKind));
  await receiver.waitForRequest(() => receiver.requests.length === 3);
  await receiver.close();
  await expect(hanging).rejects.toThrow("fetch failed");
});

test("a receiver refuses, delays, cuts off and accepts in part, according to its next responses", async () => {
  const receiver = await otlpReceiver();
  receiver.next.push(
    { status: 429, retryAfter: "7", contentType: "text/plain", body: "slow down" },
    { afterMillis: 1 },
    "cut",
    { rejectedPoints: 300, message: "too old" },
    { rejectedPoints: 2, message: "too new" },
  );
  const refusal = await post(receiver.url, "application/json", json(everyKind));
  expect([refusal.status, refusal.headers.get("retry-after"), await refusal.text()]).toEqual([
    429,
    "7",
    "slow down",
  ]);
  expect((await post(receiver.url, "application/json", json(everyKind))).status).toBe(200);
  await expect(post(receiver.url, "application/json", json(everyKind))).rejects.toThrow("fetch failed");
  const partial = await post(receiver.url, "application/x-protobuf", protobuf(everyKind));
  expect(
    ProtobufMetricsSerializer.deserializeResponse(new Uint8Array(await partial.arrayBuffer())),
  ).toMatchObject({
    partialSuccess: { rejectedDataPoints: 300, errorMessage: "too old" },
  });
  const other = await post(receiver.url, "application/json", json(everyKind));
  expect(await other.json()).toEqual({
    partialSuccess: { rejectedDataPoints: "2", errorMessage: "too new" },
  });
  expect((await post(receiver.url, "application/json", json(everyKind))).status).toBe(200);
  expect(receiver.requests.map(({ isAccepted }) => isAccepted)).toEqual([
    false,
    true,
    false,
    true,
    true,
    true,
  ]);
  expect(receiver.open).toBe(0);
});

test("a receiver speaks TLS with its certificate", async (context) => {
  needs(context, "openssl");
  const { cert, key } = await certificate();
  const receiver = await otlpReceiver(undefined, { cert, key });
  await expect(post(receiver.url, "application/json", json(everyKind))).rejects.toMatchObject({
    cause: { code: "DEPTH_ZERO_SELF_SIGNED_CERT" },
  });
  expect(receiver.requests).toEqual([]);
});

function post(url: string, contentType: string, body: string | Uint8Array<ArrayBuffer>): Promise<Response> {
  return fetch(`${url}/v1/metrics`, { method: "POST", headers: { "content-type": contentType }, body });
}

function protobuf(metrics: ResourceMetrics): Uint8Array<ArrayBuffer> {
  return new Uint8Array(ProtobufMetricsSerializer.serializeRequest(metrics) ?? []);
}

function json(metrics: ResourceMetrics): string {
  return new TextDecoder().decode(JsonMetricsSerializer.serializeRequest(metrics));
}
