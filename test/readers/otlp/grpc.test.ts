import { type ExportResult, ExportResultCode } from "@opentelemetry/core";
import { CompressionAlgorithm } from "@opentelemetry/otlp-exporter-base";
import { OtlpExporter, type OtlpExporterOptions } from "tachymeter/otlp";
import { expect, onTestFinished, test, vi } from "vitest";
import type { ResourceMetrics } from "tachymeter/metrics";
import { collectionFromMetrics } from "../../../src/engine/collection/collection-from-metrics.ts";
import { type Attempt, packSync } from "../../../src/readers/delivery/attempt.ts";
import { sendingOf } from "../../../src/readers/otlp/sending.ts";
import { collectWarnings } from "../../kit/collect-warnings.ts";
import { certificate } from "../../kit/certificate.ts";
import { freePort } from "../../kit/process.ts";
import { counter, resourceMetrics, scope } from "../resource-metrics.ts";
import { type GrpcCall, grpcReceiver } from "./grpc-receiver.ts";
import { newFolder } from "../../kit/new-folder.ts";
import { needs } from "../../servers/needs.ts";

test("protocol grpc is sent by upstream's exporter, with the headers of our options", async () => {
  const receiver = await grpcReceiver();
  const exporter = grpcTo(`http://${receiver.address}`, {
    headers: { tenant: "shop" },
    compression: CompressionAlgorithm.GZIP,
  });
  expect(await exported(exporter, 1)).toBe(ExportResultCode.SUCCESS);
  await exporter.forceFlush();
  expect(valuesOf(receiver.calls)).toEqual([1]);
  expect(receiver.calls[0]?.headers).toMatchObject({ tenant: "shop", "grpc-encoding": "gzip" });
});

test.for(["a text", "a buffer", "a list of buffers"] as const)(
  "over TLS, %s may be a certificate of the collector, of the client, and its key",
  async (form, context) => {
    needs(context, "openssl");
    const { cert, key } = await certificate();
    const receiver = await grpcReceiver(undefined, { cert, key, ca: cert, requestCert: true });
    const given = (text: string): string | Buffer | Buffer[] => {
      if (form === "a text") return text;
      return form === "a buffer" ? Buffer.from(text) : [Buffer.from(text)];
    };
    const own = { ca: given(cert), cert: given(cert), key: given(key) };
    const exporter = grpcTo(`https://${receiver.address}`, { httpAgentOptions: own });
    expect(await exported(exporter, 1)).toBe(ExportResultCode.SUCCESS);
    await exporter.forceFlush();
    expect(valuesOf(receiver.calls)).toEqual([1]);
  },
);

test("without certificates, options of TLS do not change a connection without TLS", async () => {
  const receiver = await grpcReceiver();
  const exporter = grpcTo(`http://${receiver.address}`, { httpAgentOptions: { rejectUnauthorized: false } });
  expect(await exported(exporter, 1)).toBe(ExportResultCode.SUCCESS);
  await exporter.forceFlush();
  expect(valuesOf(receiver.calls)).toEqual([1]);
});

test("a malformed certificate is refused at once for grpc", () => {
  expect(() => grpcTo("https://127.0.0.1:1", { httpAgentOptions: { cert: "none", key: "none" } })).toThrow(
    "PEM",
  );
});

test("a function for headers is refused at once for grpc", () => {
  expect(() => grpcTo("http://127.0.0.1:1", { headers: async () => ({}) })).toThrow(
    'protocol "grpc": headers must be an object, got a function',
  );
});

test.each(["with an outbox", "in memory"])("%s grpc is retried until it succeeds, in order", async (name) => {
  collectWarnings();
  const random = vi.spyOn(Math, "random").mockReturnValue(0);
  onTestFinished(() => random.mockRestore());
  const receiver = await grpcReceiver();
  receiver.next.push(14, 13);
  const outbox = name === "in memory" ? {} : { outbox: { directory: newFolder("outbox") } };
  const exporter = grpcTo(`http://${receiver.address}`, outbox);
  for (const value of [1, 2, 3]) await exported(exporter, value);
  await exporter.forceFlush();
  expect(valuesOf(receiver.calls)).toEqual([1, 1, 1, 2, 3]);
});

test.each([3, 7, 12, 16])(
  "behind an outbox a record refused with grpc's status %i is dropped",
  async (status) => {
    const errors = collectWarnings();
    const receiver = await grpcReceiver();
    receiver.next.push(status);
    const exporter = grpcTo(`http://${receiver.address}`, { outbox: { directory: newFolder("outbox") } });
    for (const value of [1, 2]) await exported(exporter, value);
    await exporter.forceFlush();
    expect(valuesOf(receiver.calls)).toEqual([1, 2]);
    expect(errors).toEqual([
      expect.stringContaining("1 data points dropped, because the backend rejected them"),
    ]);
  },
);

test("records in an outbox reach a grpc collector that starts later, at an address without scheme", async () => {
  collectWarnings();
  const port = await freePort();
  const outbox = { directory: newFolder("outbox") };
  vi.stubEnv("OTEL_EXPORTER_OTLP_ENDPOINT", `127.0.0.1:${port}`);
  vi.stubEnv("OTEL_EXPORTER_OTLP_INSECURE", "true");
  onTestFinished(() => void vi.unstubAllEnvs());
  const first = new OtlpExporter({ protocol: "grpc", outbox, timeoutMillis: 300 });
  await exported(first, 1);
  await first.shutdown();
  const receiver = await grpcReceiver(port);
  const second = new OtlpExporter({ protocol: "grpc", outbox, url: `127.0.0.1:${port}` });
  onTestFinished(() => second.shutdown());
  await exported(second, 2);
  await expect.poll(() => valuesOf(receiver.calls)).toEqual([1, 2]);
});

test("collections wait in memory for a collector that starts later", async () => {
  collectWarnings();
  const port = await freePort();
  const exporter = grpcTo(`http://127.0.0.1:${port}`);
  for (const value of [1, 2]) expect(await exported(exporter, value)).toBe(ExportResultCode.SUCCESS);
  const receiver = await grpcReceiver(port);
  await expect.poll(() => valuesOf(receiver.calls), { timeout: 10_000 }).toEqual([1, 2]);
});

test("a collector without a connection is unreachable, which a busy one is not", async () => {
  const receiver = await grpcReceiver();
  receiver.next.push(14);
  const attempt = async (url: string): Promise<Attempt> => {
    const { send, close, encoder } = sendingOf("grpc", { url });
    onTestFinished(() => close());
    const [request] = encoder.encodeSync(collectionFromMetrics(oneMetric(1)));
    const body = packSync(request!.body);
    const record = { sequence: 1, body, points: 1, timeUnixMillis: 0 };
    return send(record, new AbortController().signal);
  };
  const failure = { kind: "failed", errorType: "14" };
  expect(await attempt(`http://127.0.0.1:${await freePort()}`)).toMatchObject({
    ...failure,
    isUnreachable: true,
  });
  expect(await attempt(`http://${receiver.address}`)).toMatchObject({ ...failure, isUnreachable: false });
});

test("a shutdown does not wait for a collector that hangs, and says what is lost", async () => {
  const warnings = collectWarnings();
  const receiver = await grpcReceiver();
  receiver.isHanging = true;
  const exporter = grpcTo(`http://${receiver.address}`, { timeoutMillis: 60_000 });
  await exported(exporter, 1);
  await expect.poll(() => receiver.calls.length).toBe(1);
  await exporter.shutdown();
  expect(receiver.open).toBe(1);
  expect(warnings).toEqual([expect.stringContaining("ended with 1 data points that were not delivered")]);
});

function grpcTo(url: string, options: OtlpExporterOptions = {}): OtlpExporter {
  const exporter = new OtlpExporter({ protocol: "grpc", url, ...options });
  onTestFinished(() => exporter.shutdown());
  return exporter;
}

async function exported(exporter: OtlpExporter, value: number): Promise<ExportResultCode> {
  const { code } = await new Promise<ExportResult>((resolve) => exporter.export(oneMetric(value), resolve));
  return code;
}

function oneMetric(value: number): ResourceMetrics {
  return resourceMetrics([scope("test", [counter({ name: "count" }, [{}, value])])]);
}

function valuesOf(calls: readonly GrpcCall[]): unknown[] {
  return calls.map(({ body }) => {
    const [point] = body.resourceMetrics[0]?.scopeMetrics[0]?.metrics[0]?.points ?? [];
    return point !== undefined && "value" in point ? point.value : undefined;
  });
}
