// Limits of requests and responses, with real receivers.
import { ExportResultCode } from "@opentelemetry/core";
import type { ResourceMetrics } from "tachymeter/metrics";
import { OtlpExporter, type OtlpExporterOptions } from "tachymeter/otlp";
import fc from "fast-check";
import { expect, onTestFinished, test } from "vitest";
import { collectionFromMetrics } from "../../../src/engine/collection/collection-from-metrics.ts";
import { metricsFromRequest } from "../../../src/readers/otlp/decode/index.ts";
import { OtlpEncoder } from "../../../src/readers/otlp/encode/index.ts";
import { jsonRequest } from "../../../src/readers/otlp/json-request.ts";
import { collectWarnings } from "../../kit/collect-warnings.ts";
import { collectingProvider } from "../../kit/collecting.ts";
import { exported } from "../../kit/exported.ts";
import { listening } from "../../kit/listening.ts";
import { newFolder } from "../../kit/new-folder.ts";
import { otlpReceiver } from "../../kit/otlp-receiver/index.ts";
import type { OtlpRequest } from "../../kit/otlp-receiver/request.ts";
import { randomMetrics } from "../../kit/random-metrics.ts";
import { counter, resourceMetrics, scope } from "../resource-metrics.ts";
import { grpcReceiver } from "./grpc-receiver.ts";

const MAX = 10_000;
const outbox = () => ({ directory: newFolder("limits") });

/** `count` points, each of some 200 bytes, and further ones whose texts have these lengths. */
function points(count: number, ...texts: readonly number[]): ResourceMetrics {
  const small = Array.from({ length: count }, (_, i): [{ i: number; text: string }, number] => [
    { i, text: "x".repeat(150) },
    i,
  ]);
  const large = texts.map((length, i): [{ i: number; text: string }, number] => [
    { i: count + i, text: "y".repeat(length) },
    count + i,
  ]);
  return resourceMetrics([scope("s", [counter({ name: "c" }, ...small, ...large)])]);
}

function exporterTo(url: string, options: OtlpExporterOptions): OtlpExporter {
  const exporter = new OtlpExporter({ url, maxRequestBytes: MAX, ...options });
  onTestFinished(() => exporter.shutdown());
  return exporter;
}

function valuesOf(bodies: readonly OtlpRequest[]): unknown[] {
  const metrics = bodies.flatMap(({ resourceMetrics: all }) =>
    all.flatMap(({ scopeMetrics }) => scopeMetrics.flatMap((each) => each.metrics)),
  );
  return metrics.flatMap((metric) => metric.points.map((point) => "value" in point && point.value));
}

const EACH_PROTOCOL = [
  ["http/protobuf", {}],
  ["http/json", {}],
  ["http/protobuf with gzip", { compression: "gzip" }],
  ["grpc", {}],
  ["grpc with an outbox", {}],
] as const;

test.each(EACH_PROTOCOL)("%s: a large collection arrives in several requests", async (name, options) => {
  const errors = collectWarnings();
  const [protocol] = name.split(" ");
  const isGrpc = protocol === "grpc";
  const [http, grpc] = [await otlpReceiver(), await grpcReceiver()];
  const exporter = exporterTo(isGrpc ? `http://${grpc.address}` : `${http.url}/v1/metrics`, {
    ...options,
    protocol: isGrpc ? "grpc" : protocol === "http/json" ? "http/json" : "http/protobuf",
    ...(name.endsWith("outbox") && { outbox: outbox() }),
  });
  expect((await exported(exporter, points(200))).code).toBe(ExportResultCode.SUCCESS);
  await exporter.forceFlush();
  const bodies = [...http.requests, ...grpc.calls].map(({ body }) => body);
  expect(valuesOf(bodies)).toEqual(Array.from({ length: 200 }, (_, i) => i));
  expect(bodies.length).toBeGreaterThan(3);
  for (const { headers } of http.requests) expect(Number(headers["content-length"])).toBeLessThanOrEqual(MAX);

  // A point that is too large alone is dropped, the others are delivered.
  const before = bodies.length;
  await exported(exporter, points(3, MAX, 10));
  await exporter.forceFlush();
  const later = [...http.requests, ...grpc.calls].slice(before).map(({ body }) => body);
  expect(valuesOf(later)).toEqual([0, 1, 2, 4]);
  expect(errors.join("")).toMatch(
    /data points dropped, because their request has \d{5} bytes, more than maxRequestBytes, 10000/,
  );
});

test("the default is 4 MiB for several points, and 64 MiB for one", async () => {
  const errors = collectWarnings();
  const receiver = await otlpReceiver();
  const exporter = new OtlpExporter({ url: `${receiver.url}/v1/metrics`, compression: "gzip" });
  onTestFinished(() => exporter.shutdown());
  await exported(exporter, points(1, 3_000_000, 3_000_000, 5_000_000));
  await exporter.forceFlush();
  expect(receiver.requests.map(({ body }) => valuesOf([body]))).toEqual([[0, 1], [2], [3]]);
  await exported(exporter, points(0, 64 * 1024 * 1024));
  await exporter.forceFlush();
  expect(receiver.requests).toHaveLength(3);
  expect(errors).toEqual([expect.stringContaining("more than maxRequestBytes, 67108864")]);
});

test("JSON of a request has at most an eighth of protobuf's density", () => {
  fc.assert(
    fc.property(randomMetrics, (metrics) => {
      for (const { body } of new OtlpEncoder().encodeSync(collectionFromMetrics(metrics)))
        expect(jsonRequest(metricsFromRequest(body)).byteLength).toBeLessThanOrEqual(8 * body.byteLength);
    }),
  );
});

test.each([200, 503])("a response of status %i that is too long is not read, and final", async (status) => {
  const errors = collectWarnings();
  let [requests, sent] = [0, 0];
  const url = await listening((request, response) => {
    requests++;
    request.resume().on("end", () => {
      response.writeHead(status, { "content-type": "text/plain" });
      const more = (): void => {
        if (response.destroyed) return;
        sent += 10_000;
        response.write("z".repeat(10_000), () => void setImmediate(more));
      };
      more();
    });
  });
  const { provider, points: of } = collectingProvider();
  const exporter = exporterTo(url, { maxResponseBytes: 50_000, selfObsMeterProvider: provider });
  await exported(exporter, points(2));
  await exporter.forceFlush();
  expect(requests).toBe(1);
  expect(sent).toBeLessThan(20_000_000);
  expect(errors).toEqual([
    expect.stringContaining(
      "2 data points dropped, because the response has more bytes than maxResponseBytes, 50000",
    ),
  ]);
  const [ended] = await of("otel.sdk.exporter.metric_data_point.exported");
  expect([ended?.attributes["error.type"], ended?.value]).toEqual(["response_too_large", 2]);
});

test.each([false, true])(
  "a response of grpc beyond 4 MiB is final, if it is compressed: %s",
  async (packed) => {
    const errors = collectWarnings();
    const receiver = await grpcReceiver();
    receiver.isCompressed = packed;
    receiver.answerBytes = 4 * 1024 * 1024 + 1;
    const exporter = exporterTo(`http://${receiver.address}`, { protocol: "grpc", outbox: outbox() });
    await exported(exporter, points(1));
    await exporter.forceFlush();
    expect(receiver.calls).toHaveLength(1);
    expect(errors).toEqual([expect.stringContaining("more bytes than maxResponseBytes, 4194304")]);
    expect(() => exporterTo("http://127.0.0.1:1", { protocol: "grpc", maxResponseBytes: 5 })).toThrow(
      "maxResponseBytes must be left out with protocol grpc, since its package has a maximum of its own, 4194304, got 5",
    );
  },
);

test.each([
  ["its own maximum", 1, "5000 vs 1000"],
  ["the usual maximum", 4_500_000, "4500100 vs 4194304"],
])("a backend of grpc that refuses a request beyond %s is tried again", async (_name, length, sizes) => {
  const errors = collectWarnings();
  const receiver = await grpcReceiver();
  receiver.message = `Received message larger than max (${sizes})`;
  receiver.next.push(8);
  const options = { protocol: "grpc", outbox: outbox(), maxRequestBytes: 8_000_000 } as const;
  const exporter = exporterTo(`http://${receiver.address}`, options);
  await exported(exporter, points(0, length));
  await exporter.forceFlush();
  expect(receiver.calls.map(({ isAccepted }) => isAccepted)).toEqual([false, true]);
  expect(errors).toEqual([expect.stringContaining(sizes)]);
});
