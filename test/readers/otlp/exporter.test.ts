import http from "node:http";
import https from "node:https";
import { syncBuiltinESMExports } from "node:module";
import { context as contexts } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { ExportResultCode, isTracingSuppressed } from "@opentelemetry/core";
import { CompressionAlgorithm } from "@opentelemetry/otlp-exporter-base";
import { OtlpExporter, type OtlpExporterOptions } from "tachymeter/otlp";
import { expect, onTestFinished, test, vi } from "vitest";
import { certificate } from "../../kit/certificate.ts";
import { collectWarnings } from "../../kit/collect-warnings.ts";
import { collectingProvider } from "../../kit/collecting.ts";
import { type OtlpAnswer, type OtlpReceiver, otlpReceiver } from "../../kit/otlp-receiver/index.ts";
import { freePort } from "../../kit/process.ts";
import { needs } from "../../servers/needs.ts";
import { counter, resourceMetrics, scope } from "../resource-metrics.ts";
import { valuesOf } from "./queued-exporters.ts";
import { newFolder } from "../../kit/new-folder.ts";
import { exported } from "../../kit/exported.ts";

test("requests use one connection, with the headers of options and functions, and gzip if configured", async () => {
  const receiver = await otlpReceiver();
  let token = 0;
  const exporter = exporterTo(receiver, {
    headers: async () => ({ authorization: `Bearer ${++token}` }),
    compression: CompressionAlgorithm.GZIP,
    userAgent: "shop/1",
  });
  for (const value of [1, 2, 3]) await exportedValue(exporter, value);
  await exporter.forceFlush();
  expect(valuesOf(receiver.requests)).toEqual([1, 2, 3]);
  expect(receiver.requests.map(({ headers }) => headers.authorization)).toEqual([
    "Bearer 1",
    "Bearer 2",
    "Bearer 3",
  ]);
  expect(receiver.requests[0]?.headers).toMatchObject({
    "content-type": "application/x-protobuf",
    "content-encoding": "gzip",
    "user-agent": expect.stringMatching(/^shop\/1 Tachymeter-OTLP-Exporter-JavaScript\/\d/),
  });
  expect(new Set(receiver.requests.map(({ peerPort }) => peerPort)).size).toBe(1);
});

test("OpenTelemetry's variables apply if there is no option", async () => {
  const receiver = await otlpReceiver();
  setVariables({
    OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
    OTEL_EXPORTER_OTLP_HEADERS: "tenant=shop,key=a%20b",
    OTEL_EXPORTER_OTLP_METRICS_COMPRESSION: "gzip",
  });
  const exporter = new OtlpExporter();
  onTestFinished(() => exporter.shutdown());
  await exportedValue(exporter, 1);
  await exporter.forceFlush();
  expect(receiver.requests[0]).toMatchObject({
    path: "/v1/metrics",
    headers: { tenant: "shop", key: "a b", "content-encoding": "gzip" },
  });
});

test("the reason of a refusal is logged in one line, without control characters of a terminal", async () => {
  const receiver = await otlpReceiver();
  const errors = collectWarnings();
  receiver.next.push({ status: 400, contentType: "text/plain", body: "no such\r\n\u001b[31mtenant" });
  const exporter = exporterTo(receiver);
  await exportedValue(exporter, 1);
  await exporter.forceFlush();
  expect(errors).toEqual([expect.stringContaining("responded with 400: no such [31mtenant; logged")]);
});

test.each<[string, OtlpAnswer]>([
  ["400", 400],
  ["401", 401],
  ["404", 404],
  ["413", 413],
  ["301", { status: 301, location: "http://127.0.0.1:1/" }],
])(
  "data that the collector refuses with %s is dropped, and logged with the reason",
  async (status, answer) => {
    const receiver = await otlpReceiver();
    const errors = collectWarnings();
    receiver.next.push(answer);
    const { provider, point } = collectingProvider();
    const exporter = exporterTo(receiver, { selfObsMeterProvider: provider });
    await exportedValue(exporter, 1);
    await exportedValue(exporter, 2);
    await exporter.forceFlush();
    expect(valuesOf(receiver.requests)).toEqual([1, 2]);
    expect(errors).toEqual([
      expect.stringMatching(
        new RegExp(
          `^otlp exporter "${receiver.url}/v1/metrics": 1 data points dropped, .*responded with ${status}`,
        ),
      ),
    ]);
    expect(await point("telemetry.outbox.dropped", { reason: "rejected" })).toBe(1);
  },
);

test("points rejected by a partial success are counted as dropped, the others as exported", async () => {
  const receiver = await otlpReceiver();
  const errors = collectWarnings();
  const { provider, point, points } = collectingProvider();
  const exporter = exporterTo(receiver, { selfObsMeterProvider: provider });
  receiver.next.push({ rejectedPoints: 2, message: "too old" });
  await exported(
    exporter,
    resourceMetrics([scope("s", [counter({ name: "c" }, [{ a: 1 }, 1], [{ a: 2 }, 1], [{ a: 3 }, 1])])]),
  );
  await exporter.forceFlush();
  expect(errors).toEqual([
    expect.stringContaining("2 data points dropped, because the backend rejected them: too old"),
  ]);
  expect(await point("telemetry.outbox.dropped", { reason: "rejected" })).toBe(2);
  const exportedPoints = await points("otel.sdk.exporter.metric_data_point.exported");
  expect(exportedPoints.map(({ attributes, value }) => [attributes["error.type"], value])).toEqual([
    [undefined, 1],
    ["rejected", 2],
  ]);
});

test("a partial success without rejected points is a warning", async () => {
  const receiver = await otlpReceiver();
  const warnings = collectWarnings();
  receiver.next.push({ rejectedPoints: 0, message: "use less attributes" });
  const exporter = exporterTo(receiver);
  await exportedValue(exporter, 1);
  await exporter.forceFlush();
  expect(warnings).toEqual([
    expect.stringContaining("accepted everything with a warning: use less attributes"),
  ]);
});

test.each<OtlpAnswer>([
  "garbage",
  { status: 204 },
  { status: 200, contentType: "text/html", body: "x".repeat(200_000) },
])("a success status counts, whatever the body (%o)", async (answer) => {
  const receiver = await otlpReceiver();
  receiver.answer = answer;
  const exporter = exporterTo(receiver);
  await exportedValue(exporter, 1);
  await exportedValue(exporter, 2);
  await exporter.forceFlush();
  expect(valuesOf(receiver.requests)).toEqual([1, 2]);
});

test("a request to a collector that hangs is retried after its time-out", async () => {
  const receiver = await otlpReceiver();
  receiver.next.push("hang");
  const errors = collectWarnings();
  retryAtOnce();
  const exporter = exporterTo(receiver, { timeoutMillis: 300 });
  await exportedValue(exporter, 1);
  await receiver.waitForRequest(({ isAccepted }) => isAccepted);
  expect(valuesOf(receiver.requests)).toEqual([1, 1]);
  expect(errors).toEqual([expect.stringContaining("latest error: no response within 0.3 s")]);
});

test("headers that never resolve are a time-out too", async () => {
  const receiver = await otlpReceiver();
  const errors = collectWarnings();
  retryAtOnce();
  const answers = [new Promise<Record<string, string>>(() => {})];
  const headers = async (): Promise<Record<string, string>> => answers.shift() ?? {};
  const exporter = exporterTo(receiver, { timeoutMillis: 300, headers });
  await exportedValue(exporter, 1);
  await receiver.waitForRequest();
  expect(errors).toEqual([expect.stringContaining("latest error: no response within 0.3 s")]);
});

test("requests to an unreachable collector are retried, which is logged at most once a minute", async () => {
  const port = await freePort();
  const errors = collectWarnings();
  retryAtOnce();
  const { provider, point } = collectingProvider();
  const exporter = new OtlpExporter({
    url: `http://user:secret@127.0.0.1:${port}/v1/metrics?key=secret`,
    selfObsMeterProvider: provider,
  });
  onTestFinished(() => exporter.shutdown());
  for (const value of [1, 2, 3]) await exportedValue(exporter, value);
  await expect.poll(() => errors.length).toBe(1);
  expect(errors[0]).toMatch(
    /^otlp exporter "http:\/\/127\.0\.0\.1:\d+\/v1\/metrics": attempts failed since the last success: 1, .*ECONNREFUSED/,
  );
  expect(errors[0]).not.toContain("secret");
  expect(await point("telemetry.outbox.size")).toBeGreaterThan(0);
  const receiver = await otlpReceiver(port);
  await exporter.forceFlush();
  expect(valuesOf(receiver.requests)).toEqual([1, 2, 3]);
  expect(errors).toHaveLength(1);
  expect(await point("telemetry.outbox.size")).toBe(0);
  expect(await point("telemetry.outbox.age")).toBe(0);
});

test("self metrics show what was sent, to which server and how long it took", async () => {
  const receiver = await otlpReceiver();
  const { provider, points } = collectingProvider();
  const exporter = exporterTo(receiver, { selfObsMeterProvider: provider });
  await exportedValue(exporter, 1);
  await exporter.forceFlush();
  const attributes = {
    "otel.component.type": "otlp_http_metric_exporter",
    "otel.component.name": expect.stringMatching(/^otlp_http_metric_exporter\/\d+$/),
    "server.address": "127.0.0.1",
    "server.port": Number(new URL(receiver.url).port),
  };
  expect(await points("otel.sdk.exporter.metric_data_point.exported")).toEqual([{ attributes, value: 1 }]);
  expect(await points("otel.sdk.exporter.metric_data_point.inflight")).toEqual([{ attributes, value: 0 }]);
  expect(await points("otel.sdk.exporter.operation.duration")).toEqual([
    {
      attributes: { ...attributes, "http.response.status_code": 200 },
      value: expect.objectContaining({ count: 1 }),
    },
  ]);
});

test("over TLS, data is delivered if the certificate is trusted, and kept otherwise", async (context) => {
  needs(context, "openssl");
  const { cert, key } = await certificate();
  const receiver = await otlpReceiver(undefined, { cert, key });
  const errors = collectWarnings();
  const distrusting = exporterTo(receiver);
  await exportedValue(distrusting, 1);
  await expect.poll(() => errors).toEqual([expect.stringContaining("self-signed certificate")]);
  expect(receiver.requests).toEqual([]);
  const trusting = exporterTo(receiver, { httpAgentOptions: { ca: cert } });
  await exportedValue(trusting, 2);
  await trusting.forceFlush();
  expect(valuesOf(receiver.requests)).toEqual([2]);
});

test("a client certificate from OpenTelemetry's variables is presented", async (context) => {
  needs(context, "openssl");
  const { cert, key, certFile, keyFile } = await certificate();
  const receiver = await otlpReceiver(undefined, {
    cert,
    key,
    ca: cert,
    requestCert: true,
    rejectUnauthorized: true,
  });
  setVariables({
    OTEL_EXPORTER_OTLP_CERTIFICATE: certFile,
    OTEL_EXPORTER_OTLP_METRICS_CLIENT_CERTIFICATE: certFile,
    OTEL_EXPORTER_OTLP_METRICS_CLIENT_KEY: keyFile,
  });
  const exporter = exporterTo(receiver);
  await exportedValue(exporter, 1);
  await exporter.forceFlush();
  expect(receiver.requests[0]?.clientName).toBe("localhost");
});

test("a kept connection that was closed is not a failure", async () => {
  const receiver = await otlpReceiver();
  const warnings = collectWarnings();
  const exporter = exporterTo(receiver);
  await exportedValue(exporter, 1);
  await exporter.forceFlush();
  receiver.next.push("cut");
  await exportedValue(exporter, 2);
  await exporter.forceFlush();
  expect(valuesOf(receiver.requests)).toEqual([1, 2, 2]);
  expect(warnings).toEqual([]);
});

test("observers of the application's requests do not see the exporter's", async () => {
  const receiver = await otlpReceiver();
  const contextManager = new AsyncLocalStorageContextManager();
  contexts.setGlobalContextManager(contextManager.enable());
  const request = vi.spyOn(http, "request");
  // As instrumentations do, so that named imports see it too.
  syncBuiltinESMExports();
  onTestFinished(() => {
    request.mockRestore();
    syncBuiltinESMExports();
    contexts.disable();
  });
  const suppressed: boolean[] = [];
  class WatchedAgent extends http.Agent {
    override createConnection(...given: Parameters<http.Agent["createConnection"]>) {
      suppressed.push(isTracingSuppressed(contexts.active()));
      return super.createConnection(...given);
    }
  }
  const exporter = exporterTo(receiver, { httpAgentOptions: () => new WatchedAgent() });
  await exportedValue(exporter, 1);
  await exporter.forceFlush();
  expect(valuesOf(receiver.requests)).toEqual([1]);
  expect(suppressed).toEqual([true]);
  expect(request).not.toHaveBeenCalled();
});

test("an agent that learns the protocol from its caller, such as one for proxies, works", async (context) => {
  needs(context, "openssl");
  const { cert, key } = await certificate();
  const receiver = await otlpReceiver(undefined, { cert, key });
  const agent = new https.Agent({ ca: cert });
  Object.defineProperty(agent, "protocol", {
    get: () => (/\(node:https:/.test(new Error().stack ?? "") ? "https:" : "http:"),
  });
  const exporter = exporterTo(receiver, { httpAgentOptions: () => agent });
  await exportedValue(exporter, 1);
  await exporter.forceFlush();
  expect(valuesOf(receiver.requests)).toEqual([1]);
});

test("data in an outbox is delivered by the next exporter, and nothing twice", async () => {
  const port = await freePort();
  collectWarnings();
  const outbox = { directory: newFolder("outbox") };
  const url = `http://127.0.0.1:${port}/v1/metrics`;
  const first = new OtlpExporter({ url, outbox, timeoutMillis: 200 });
  for (const value of [1, 2, 3]) expect(await exportedValue(first, value)).toBe(ExportResultCode.SUCCESS);
  await first.shutdown();
  const receiver = await otlpReceiver(port);
  const second = exporterTo(receiver, { outbox });
  await exportedValue(second, 4);
  await expect.poll(() => valuesOf(receiver.requests)).toEqual([1, 2, 3, 4]);
  await second.shutdown();
  const third = exporterTo(receiver, { outbox });
  await exportedValue(third, 5);
  await third.forceFlush();
  expect(valuesOf(receiver.requests)).toEqual([1, 2, 3, 4, 5]);
});

test("protocol http/json without an outbox is delivered from memory, and retried", async () => {
  const receiver = await otlpReceiver();
  receiver.next.push(503);
  const exporter = exporterTo(receiver, { protocol: "http/json", temporality: "delta" });
  expect(await exportedValue(exporter, 1)).toBe(ExportResultCode.SUCCESS);
  await expect
    .poll(() => valuesOf(receiver.requests.filter(({ isAccepted }) => isAccepted)), { timeout: 20_000 })
    .toEqual([1]);
  expect(receiver.requests.map(({ headers }) => headers["content-type"])).toEqual([
    "application/json",
    "application/json",
  ]);
});

test("without an outbox, undelivered data is logged when the exporter ends", async () => {
  const warnings = collectWarnings();
  const exporter = new OtlpExporter({ url: `http://127.0.0.1:${await freePort()}`, timeoutMillis: 100 });
  await exportedValue(exporter, 1);
  await exporter.shutdown();
  expect(warnings).toContainEqual(
    expect.stringContaining("ended with 1 data points that were not delivered"),
  );
});

test("all invalid options of an outbox are reported together", () => {
  const options = { directory: "", maxBytes: -1, catchUp: 0 };
  expect(() => new OtlpExporter({ outbox: options })).toThrow(
    /directory must be .* got "".*\n.*maxBytes must be .* got -1.*\n.*catchUp must be .* got 0/,
  );
});

function exporterTo(receiver: OtlpReceiver, options: OtlpExporterOptions = {}): OtlpExporter {
  const exporter = new OtlpExporter({ url: `${receiver.url}/v1/metrics`, ...options });
  onTestFinished(() => exporter.shutdown());
  return exporter;
}

async function exportedValue(exporter: OtlpExporter, value: number): Promise<ExportResultCode> {
  const metrics = resourceMetrics([scope("test", [counter({ name: "count" }, [{}, value])])]);
  return (await exported(exporter, metrics)).code;
}

// Makes the random waits zero.
function retryAtOnce(): void {
  const random = vi.spyOn(Math, "random").mockReturnValue(0);
  onTestFinished(() => random.mockRestore());
}

function setVariables(variables: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(variables)) vi.stubEnv(name, value);
  onTestFinished(() => void vi.unstubAllEnvs());
}
