import { ValueType } from "@opentelemetry/api";
import { JsonMetricsSerializer, ProtobufMetricsSerializer } from "@opentelemetry/otlp-transformer";
import fc from "fast-check";
import { MeterProvider, PeriodicExportingMetricReader } from "tachymeter/metrics";
import { OtlpExporter } from "tachymeter/otlp";
import { expect, onTestFinished, test } from "vitest";
import { jsonRequest } from "../../../src/readers/otlp/json-request.ts";
import { requestFromJson, requestFromProtobuf } from "../../kit/otlp-receiver/decode.ts";
import { randomMetrics } from "../../kit/random-metrics.ts";
import { seed } from "../../kit/test-length.ts";
import { listening } from "../../kit/listening.ts";
import {
  counter,
  exponentialHistogram,
  gauge,
  histogram,
  resourceMetrics,
  scope,
} from "../resource-metrics.ts";

test("requests in JSON say what upstream's say in protobuf, including NaN, infinities and large integers", () => {
  fc.assert(
    fc.property(randomMetrics, (metrics) => {
      // Upstream's resource loses keys such as `valueOf`.
      const { resource } = metrics;
      fc.pre(Object.keys(resource.attributes).length === resource.getRawAttributes().length);
      // Upstream sends no exemplars.
      const withoutExemplars = JSON.stringify(
        JSON.parse(textOf(jsonRequest(metrics)), (key, value) => (key === "exemplars" ? undefined : value)),
      );
      expect(requestFromJson(withoutExemplars)).toEqual(
        requestFromProtobuf(ProtobufMetricsSerializer.serializeRequest(metrics)!),
      );
    }),
    { seed, interruptAfterTimeLimit: 20_000 },
  );
});

test("requests with ordinary numbers are those of upstream's serializer", () => {
  const none = { offset: 0, bucketCounts: [] };
  const exponential = { count: 1, sum: 1, scale: 0, zeroCount: 1, positive: none, negative: none };
  const attributes = { list: [1, null, 2.5], text: "ü", is: true };
  const metrics = resourceMetrics(
    [
      scope("shop", [
        counter({ name: "orders", unit: "{order}" }, [attributes, 3]),
        gauge({ name: "load" }, [{}, 0.5]),
      ]),
      scope("other", [
        histogram({ name: "wait" }, [1], [1, 0]),
        exponentialHistogram({ name: "size" }, exponential),
      ]),
    ],
    { "service.name": "s" },
  );
  expect(JSON.parse(textOf(jsonRequest(metrics)))).toEqual(
    JSON.parse(textOf(JsonMetricsSerializer.serializeRequest(metrics)!)),
  );
});

test("points in JSON have their exemplars, with ids in hexadecimal digits and the type of their values", () => {
  const traceId = "0af7651916cd43dd8448eb211c80319c";
  const spanId = "b7ad6b7169203331";
  const timestamp: [number, number] = [1_700_000_000, 5];
  const exemplars = [
    { filteredAttributes: { user: 7 }, value: 2, timestamp, traceId, spanId },
    { filteredAttributes: {}, value: NaN, timestamp, traceId: "no id" },
  ];
  const metrics = resourceMetrics([
    scope("shop", [counter({ name: "orders" }, [{}, 3]), histogram({ name: "wait" }, [1], [1, 0])]),
  ]);
  for (const { descriptor, dataPoints } of metrics.scopeMetrics.flatMap((each) => each.metrics)) {
    if (descriptor.name === "orders") Object.assign(descriptor, { valueType: ValueType.INT });
    const points: object[] = dataPoints;
    for (const point of points) Object.assign(point, { exemplars });
  }
  const sent = JSON.parse(textOf(jsonRequest(metrics))).resourceMetrics[0].scopeMetrics[0].metrics;
  const timeUnixNano = "1700000000000000005";
  const filteredAttributes = [{ key: "user", value: { intValue: 7 } }];
  expect(sent[0].sum.dataPoints[0].exemplars).toEqual([
    { filteredAttributes, timeUnixNano, asInt: 2, traceId, spanId },
    { filteredAttributes: [], timeUnixNano, asDouble: "NaN" },
  ]);
  expect(sent[1].histogram.dataPoints[0].exemplars[0]).toEqual({
    filteredAttributes,
    timeUnixNano,
    asDouble: 2,
    traceId,
    spanId,
  });
});

test("numbers that JSON or an int64 cannot represent are sent by http/json as text or as a double", async () => {
  let text = "";
  const url = await listening((request, response) => {
    request.on("data", (data: Buffer) => (text += data.toString())).on("end", () => response.end("{}"));
  }, "/v1/metrics");
  const exporter = new OtlpExporter({ protocol: "http/json", url });
  const provider = new MeterProvider({ readers: [new PeriodicExportingMetricReader({ exporter })] });
  onTestFinished(() => provider.shutdown());
  const meter = provider.getMeter("shop");
  for (const value of [NaN, Infinity, -Infinity]) meter.createGauge(`g${value}`).record(value, { value });
  const int = { valueType: ValueType.INT };
  for (const value of [1e300, 2 ** 63, 2 ** 62]) meter.createGauge(`i${value}`, int).record(value, { value });
  await provider.forceFlush();
  expect(text).not.toContain("null");
  expect(text.match(/"value":\{"(?:int|double)[^}]*\}|"as\w+":[^,}]*/g)).toEqual([
    '"value":{"doubleValue":"NaN"}',
    '"asDouble":"NaN"',
    '"value":{"doubleValue":"Infinity"}',
    '"asDouble":"Infinity"',
    '"value":{"doubleValue":"-Infinity"}',
    '"asDouble":"-Infinity"',
    '"value":{"doubleValue":1e+300}',
    '"asDouble":1e+300',
    '"value":{"doubleValue":9223372036854776000}',
    '"asDouble":9223372036854776000',
    '"value":{"intValue":"4611686018427387904"}',
    '"asInt":"4611686018427387904"',
  ]);
});

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString();
}
