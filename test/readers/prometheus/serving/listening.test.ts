import { once } from "node:events";
import { connect } from "node:net";
import { diag } from "@opentelemetry/api";
import { PrometheusExporter, type PrometheusExporterOptions } from "tachymeter/prometheus";
import { expect, onTestFinished, test, vi } from "vitest";
import { collectWarnings } from "../../../kit/collect-warnings.ts";
import { freePort } from "../../../kit/process.ts";
import { quietDiag, serving } from "./serving.ts";

test("it starts on creation, and calls back", async () => {
  const started = withCallback({ port: 0 });
  expect(await started.outcome).toBeUndefined();
  expect(started.exporter.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/metrics$/);
});

test("with preventServerStart it only calls back, asynchronously", async () => {
  const callback = vi.fn<(error: Error | void) => void>();
  const exporter = new PrometheusExporter({ preventServerStart: true }, callback);
  expect(callback).not.toHaveBeenCalled();
  await Promise.resolve();
  expect(callback).toHaveBeenCalledExactlyOnceWith();
  expect(exporter.url).toBeUndefined();
});

test("a port in use is reported by the promise and the callback, with a remedy", async () => {
  quietDiag();
  const { url } = await serving();
  const port = Number(new URL(url).port);
  const second = withCallback({ port });
  expect(await second.outcome).toMatchObject({
    code: "EADDRINUSE",
    tachymeterCode: "TACHYMETER_PORT_IN_USE",
  });
  await expect(second.exporter.startServer()).rejects.toThrow(
    `prometheus exporter "127.0.0.1:${port}": port ${port} of 127.0.0.1 is in use; stop the program that listens there, or set another port with option \`port\` or OTEL_EXPORTER_PROMETHEUS_PORT (0 selects a free one)`,
  );
});

test("an address of another machine is reported too", async () => {
  const exporter = new PrometheusExporter({ host: "192.0.2.1", port: 0, preventServerStart: true });
  await expect(exporter.startServer()).rejects.toMatchObject({
    code: "TACHYMETER_LISTEN",
    message: expect.stringContaining("use an address of this machine for option `host`"),
  });
});

test.each([
  ["", {}],
  ["; PM2's mode cluster sets variables too late for node_args.*docs/group\\.md", { pm2_env: "{}" }],
])("if any port is allowed, the next free one is used and logged%s", async (hint, environment) => {
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
  // Those of test runners log at level debug.
  vi.stubEnv("VITEST_WORKER_ID", undefined);
  onTestFinished(() => void vi.unstubAllEnvs());
  const warn = quietDiag();
  const taken = await serving();
  const port = Number(new URL(taken.url).port);
  const exporter = new PrometheusExporter({ port, preventServerStart: true });
  onTestFinished(() => exporter.stopServer());
  await exporter.listen({ anyPort: true });
  const chosen = Number(new URL(exporter.url!).port);
  expect(chosen).toBeGreaterThan(port);
  // The process that has the port is asked for its name before.
  await vi.waitFor(() =>
    expect(warn).toHaveBeenCalledExactlyOnceWith(
      expect.stringMatching(
        `^prometheus exporter "127\\.0\\.0\\.1:${port}": this port is in use.*; listening on ${chosen} instead${hint}$`,
      ),
    ),
  );
});

test("stopping ends at once despite open connections, and the server can be started again on its port", async () => {
  const port = await freePort();
  const { exporter, url } = await serving({ port });
  const open = connect(port, "127.0.0.1");
  await once(open, "connect");
  expect((await fetch(url)).status).toBe(200);
  const closed = once(open, "close");
  await exporter.stopServer();
  await closed;
  expect(exporter.url).toBeUndefined();
  await expect(fetch(url)).rejects.toThrow("fetch failed");

  await exporter.startServer();
  expect((await fetch(url)).status).toBe(200);
});

test("after starts and stops in any order the last one applies", async () => {
  const { exporter, url } = await serving();
  await Promise.all([exporter.stopServer(), exporter.startServer(), exporter.startServer()]);
  expect(exporter.url).toBeDefined();
  await Promise.all([exporter.stopServer(), exporter.stopServer()]);
  await exporter.stopServer();
  await expect(fetch(url)).rejects.toThrow("fetch failed");
});

test("shutting the provider down stops the server", async () => {
  const { provider, exporter } = await serving();
  await provider.shutdown();
  expect(exporter.url).toBeUndefined();
});

test("an IPv6 address is shown in brackets, and an address of all interfaces as one that can be reached", async (context) => {
  const six = new PrometheusExporter({ host: "::1", port: 0, preventServerStart: true });
  const all = new PrometheusExporter({ host: "0.0.0.0", port: 0, preventServerStart: true });
  await all.startServer();
  onTestFinished(() => all.stopServer());
  expect(all.url).toMatch(/^http:\/\/127\.0\.0\.1:/);
  const hasSix = await six.startServer().then(
    () => true,
    () => false,
  );
  context.skip(!hasSix, "this machine has no IPv6");
  onTestFinished(() => six.stopServer());
  expect(six.url).toMatch(/^http:\/\/\[::1\]:\d+\/metrics$/);
});

test("options override the environment, which overrides the defaults", async () => {
  const port = await freePort();
  vi.stubEnv("OTEL_EXPORTER_PROMETHEUS_PORT", String(port));
  vi.stubEnv("OTEL_EXPORTER_PROMETHEUS_HOST", "127.0.0.2");
  onTestFinished(() => void vi.unstubAllEnvs());
  const byEnvironment = new PrometheusExporter({ preventServerStart: true });
  onTestFinished(() => byEnvironment.stopServer());
  await byEnvironment.startServer();
  expect(byEnvironment.url).toBe(`http://127.0.0.2:${port}/metrics`);

  const byOptions = new PrometheusExporter({ host: "127.0.0.1", port: 0, preventServerStart: true });
  onTestFinished(() => byOptions.stopServer());
  await byOptions.startServer();
  expect(byOptions.url).toMatch(/^http:\/\/127\.0\.0\.1:/);
  expect(byOptions.url).not.toContain(`:${port}/`);
});

test("all invalid options are refused at once, in one error", () => {
  const options = {
    host: "two words",
    port: 70_000,
    endpoint: "/metrics?x",
    prefix: "my-shop",
    appendTimestamp: "yes",
    withResourceConstantLabels: "k8s",
    metricProducers: {},
  };
  const make = () => new PrometheusExporter(Object.assign({ preventServerStart: true }, loose(options)));
  expect(make).toThrow(
    expect.objectContaining({
      code: "TACHYMETER_CONFIGURATION",
      problems: Object.entries(options).map(([name, value]) =>
        expect.objectContaining({ name, value, must: expect.any(String) }),
      ),
    }),
  );
  expect(make).toThrow(
    '\n  host must be a host name or an IP address, without a port, got "two words"\n' +
      "  port must be a whole number from 0 (any free port) to 65535, got 70000\n",
  );
});

test("an invalid port in the environment is reported and ignored", () => {
  vi.stubEnv("OTEL_EXPORTER_PROMETHEUS_PORT", "94o4");
  const warnings = collectWarnings();
  onTestFinished(() => {
    vi.unstubAllEnvs();
    diag.disable();
  });
  expect(new PrometheusExporter({ preventServerStart: true })).toBeDefined();
  expect(warnings).toEqual([
    expect.stringContaining(
      "variable OTEL_EXPORTER_PROMETHEUS_PORT must be a whole number from 0 (any free port) to 65535",
    ),
  ]);
});

// Created as upstream's exporter: it starts by itself, and reports the result through a callback.
function withCallback(options: PrometheusExporterOptions) {
  const made: { exporter?: PrometheusExporter } = {};
  const outcome = new Promise<Error | void>((resolve) => {
    made.exporter = new PrometheusExporter(options, resolve);
  });
  const exporter = made.exporter!;
  onTestFinished(() => exporter.stopServer());
  return { exporter, outcome };
}

// Options as programs without types may pass them.
function loose(options: object): PrometheusExporterOptions {
  return options;
}
