import { type ExportResult, ExportResultCode } from "@opentelemetry/core";
import { CompressionAlgorithm } from "@opentelemetry/otlp-exporter-base";
import { OtlpExporter, type OtlpExporterOptions } from "tachymeter/otlp";
import { expect, onTestFinished, test, vi } from "vitest";
import { collectWarnings } from "../../kit/collect-warnings.ts";
import { certificate } from "../../kit/certificate.ts";
import { freePort } from "../../kit/process.ts";
import { counter, resourceMetrics, scope } from "../resource-metrics.ts";
import { type GrpcCall, grpcReceiver } from "./grpc-receiver.ts";
import { newFolder } from "../../kit/new-folder.ts";
import { needs } from "../../servers/needs.ts";

test("protocol grpc without an outbox is upstream's exporter, with the headers of our options", async () => {
  const receiver = await grpcReceiver();
  const exporter = grpcTo(`http://${receiver.address}`, {
    headers: { tenant: "shop" },
    compression: CompressionAlgorithm.GZIP,
  });
  expect(await exported(exporter, 1)).toBe(ExportResultCode.SUCCESS);
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
    expect(valuesOf(receiver.calls)).toEqual([1]);
  },
);

test("without certificates, options of TLS do not change a connection without TLS", async () => {
  const receiver = await grpcReceiver();
  const exporter = grpcTo(`http://${receiver.address}`, { httpAgentOptions: { rejectUnauthorized: false } });
  expect(await exported(exporter, 1)).toBe(ExportResultCode.SUCCESS);
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

test("behind an outbox grpc is retried until it succeeds, in order", async () => {
  collectWarnings();
  const random = vi.spyOn(Math, "random").mockReturnValue(0);
  onTestFinished(() => random.mockRestore());
  const receiver = await grpcReceiver();
  receiver.next.push(14, 13);
  const exporter = grpcTo(`http://${receiver.address}`, { outbox: { directory: newFolder("outbox") } });
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

function grpcTo(url: string, options: OtlpExporterOptions = {}): OtlpExporter {
  const exporter = new OtlpExporter({ protocol: "grpc", url, ...options });
  onTestFinished(() => exporter.shutdown());
  return exporter;
}

async function exported(exporter: OtlpExporter, value: number): Promise<ExportResultCode> {
  const metrics = resourceMetrics([scope("test", [counter({ name: "count" }, [{}, value])])]);
  const { code } = await new Promise<ExportResult>((resolve) => exporter.export(metrics, resolve));
  return code;
}

function valuesOf(calls: readonly GrpcCall[]): unknown[] {
  return calls.map(({ body }) => {
    const [point] = body.resourceMetrics[0]?.scopeMetrics[0]?.metrics[0]?.points ?? [];
    return point !== undefined && "value" in point ? point.value : undefined;
  });
}
