// Variables and options with a URL, a host or headers.
import { createServer } from "node:net";
import { request } from "node:http";
import { ExportResultCode } from "@opentelemetry/core";
import { MeterProvider } from "tachymeter/metrics";
import { OtlpExporter } from "tachymeter/otlp";
import { PrometheusExporter } from "tachymeter/prometheus";
import { afterEach, expect, onTestFinished, test, vi } from "vitest";
import { readConfiguration } from "../../src/options/index.ts";
import { httpSettings } from "../../src/readers/otlp/upstream.ts";
import { collectWarnings } from "../kit/collect-warnings.ts";
import { exported } from "../kit/exported.ts";
import { otlpReceiver } from "../kit/otlp-receiver/index.ts";
import { counter, resourceMetrics, scope } from "../readers/resource-metrics.ts";

afterEach(() => void vi.unstubAllEnvs());

test.each([
  ["OTEL_EXPORTER_OTLP_ENDPOINT", " URL", "/v1/metrics"],
  ["OTEL_EXPORTER_OTLP_ENDPOINT", "URL \n", "/v1/metrics"],
  ["OTEL_EXPORTER_OTLP_ENDPOINT", "URL/", "/v1/metrics"],
  ["OTEL_EXPORTER_OTLP_ENDPOINT", "URL/otlp", "/otlp/v1/metrics"],
  ["OTEL_EXPORTER_OTLP_ENDPOINT", "URL/otlp/", "/otlp/v1/metrics"],
  ["OTEL_EXPORTER_OTLP_ENDPOINT", "URL?api-version=1", "/v1/metrics?api-version=1"],
  ["OTEL_EXPORTER_OTLP_ENDPOINT", " URL/otlp/?a=b%20c&d ", "/otlp/v1/metrics?a=b%20c&d"],
  ["OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", " URL/own?a=b ", "/own?a=b"],
])("%s with the value '%s' sends to %s", async (variable, value, path) => {
  const warnings = collectWarnings();
  const receiver = await otlpReceiver();
  vi.stubEnv(variable, value.replace("URL", receiver.url));
  for (const protocol of ["http/protobuf", "http/json"] as const) {
    const exporter = new OtlpExporter({ protocol });
    const metrics = resourceMetrics([scope("shop", [counter({ name: "orders" }, [{}, 1])])]);
    expect((await exported(exporter, metrics)).code).toBe(ExportResultCode.SUCCESS);
    await exporter.shutdown();
  }
  expect(receiver.requests.map(({ path: received }) => received)).toEqual([path, path]);
  expect(warnings).toEqual([]);
});

test("an endpoint without a scheme is ignored with a warning, once for all readers", () => {
  const environment = {
    OTEL_METRICS_EXPORTER: "otlp",
    OTEL_EXPORTER_OTLP_ENDPOINT: "localhost:4317",
    OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: "collector",
  };
  const { warnings } = readConfiguration({}, environment);
  expect(warnings.toSorted()).toEqual([
    'variable OTEL_EXPORTER_OTLP_ENDPOINT must be an http:// or https:// URL, got "localhost:4317"; it was ignored',
    'variable OTEL_EXPORTER_OTLP_METRICS_ENDPOINT must be an http:// or https:// URL, got "collector"; it was ignored',
  ]);
  const twice = { readers: ["otlp", { type: "otlp", url: "http://b" }, { type: "otlp" }] };
  expect(readConfiguration(twice, environment).warnings).toEqual(warnings);
  const ofGrpc = readConfiguration({}, { ...environment, OTEL_EXPORTER_OTLP_PROTOCOL: "grpc" });
  expect(ofGrpc.warnings).toEqual([]);
  const ofReader = { readers: [{ type: "otlp", protocol: "http/protobuf" }] };
  const inGrpc = { ...environment, OTEL_EXPORTER_OTLP_PROTOCOL: "grpc" };
  expect(readConfiguration(ofReader, inGrpc).warnings.toSorted()).toEqual(warnings.toSorted());
  const unused = { ...environment, OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: "http://collector:4318/v1/metrics" };
  expect(readConfiguration({}, unused).warnings).toEqual([]);
});

test("exports go to the default endpoint if that of a variable has no scheme", () => {
  vi.stubEnv("OTEL_EXPORTER_OTLP_ENDPOINT", "localhost:4317");
  expect(httpSettings({}, "application/json").url).toBe("http://localhost:4318/v1/metrics");
});

test.each(["http/protobuf", "grpc"])(
  "a header of a variable that is malformed is logged without its value: %s",
  (protocol) => {
    for (const entry of ["api-key=hunter2%", "api-key=100%25%zz", "a%=hunter2"]) {
      const environment = {
        OTEL_METRICS_EXPORTER: "otlp",
        OTEL_EXPORTER_OTLP_PROTOCOL: protocol,
        OTEL_EXPORTER_OTLP_HEADERS: `b=c,${entry}`,
      };
      const { warnings, problems } = readConfiguration({}, environment);
      expect({ warnings, problems }).toEqual({
        warnings: [
          'variable OTEL_EXPORTER_OTLP_HEADERS must be percent-encoded, with %25 for each "%"; entries that are not were ignored',
        ],
        problems: [],
      });
    }
  },
);

async function endpoint(options: { host?: string } = {}): Promise<PrometheusExporter> {
  const exporter = new PrometheusExporter({ port: 0, ...options });
  const provider = new MeterProvider({ readers: [exporter] });
  onTestFinished(() => provider.shutdown());
  provider.getMeter("shop").createCounter("orders").add(1);
  await exporter.startServer();
  return exporter;
}

const hasIpv6 = await new Promise<boolean>((resolve) => {
  const server = createServer();
  server.once("error", () => resolve(false));
  server.listen(0, "::1", () => server.close(() => resolve(true)));
});

test.skipIf(!hasIpv6)("an IPv6 address in brackets is a host, as an option and as a variable", async () => {
  const byOption = await endpoint({ host: "[::1]" });
  expect(byOption.url).toMatch(/^http:\/\/\[::1\]:\d+\/metrics$/);
  vi.stubEnv("OTEL_EXPORTER_PROMETHEUS_HOST", " [::1] ");
  const byVariable = await endpoint();
  for (const { url = "" } of [byOption, byVariable]) expect((await fetch(url)).status).toBe(200);
});

test("a path that begins with two slashes is not found", async () => {
  const { port } = new URL((await endpoint()).url ?? "");
  const statusOf = (path: string): Promise<number | undefined> =>
    new Promise((resolve, reject) => {
      const asking = request({ host: "127.0.0.1", port, path }, (response) => {
        response.resume();
        resolve(response.statusCode);
      });
      asking.once("error", reject).end();
    });
  for (const path of ["//metrics", "//metrics/metrics", "//", "/\\metrics", "//localhost", "///metrics"])
    expect([path, await statusOf(path)]).toEqual([path, 404]);
  for (const path of ["/metrics", "/metrics?x=//y", "http://localhost/metrics"])
    expect([path, await statusOf(path)]).toEqual([path, 200]);
});
