// Hints for variables that are not read, and for options of other packages.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readConfiguration } from "../../src/options/index.ts";

test("an unknown variable is logged without its value, but not those of a Kubernetes service of this name", () => {
  const { warnings, problems } = readConfiguration(
    {},
    {
      TACHYMETER_HISTROY: "secret",
      TACHYMETER_PORT: "tcp://10.0.0.1:80",
      TACHYMETER_PROMETHEUS_PORT: "9000",
      TACHYMETER_QQQQQQQQQQQQQQQQQQ: "1",
      TACHYMETER_SERVICE_HOST: "10.0.0.1",
      TACHYMETER_WEB_PORT_80_TCP_ADDR: "10.0.0.1",
    },
  );
  expect({ warnings, problems }).toEqual({
    warnings: [
      "variable TACHYMETER_HISTROY is unknown and was ignored; use TACHYMETER_HISTORY",
      "variable TACHYMETER_PROMETHEUS_PORT is unknown and was ignored; use OTEL_EXPORTER_PROMETHEUS_PORT",
      expect.stringMatching(
        /^variable TACHYMETER_Q+ is unknown and was ignored; known variables are TACHYMETER_ALERTMANAGER, TACHYMETER_ALERTS/,
      ),
    ],
    problems: [],
  });
  expect(warnings.join()).not.toContain("secret");
});

test("a misspelt variable of OpenTelemetry is logged without its value, and one of other signals is not", () => {
  const page = readFileSync(join(import.meta.dirname, "../../docs/configuration.md"), "utf8");
  const read = [...new Set(page.match(/(?<=`)OTEL_\w+(?=`)/g))];
  expect(read.length).toBeGreaterThan(30);
  const misspelt = read.map((name) => `${name.slice(0, -3)}${name.slice(-2)}`);
  const warningsOf = (names: readonly string[]) =>
    readConfiguration({}, Object.fromEntries(names.map((name) => [name, "secret"]))).warnings.filter((each) =>
      each.includes("unknown"),
    );
  const messageOf = (name: string, right: string | undefined): string =>
    `variable ${name} is unknown and was ignored; use ${right}`;
  expect(warningsOf(misspelt)).toEqual(misspelt.map((name, i) => messageOf(name, read[i])));
  expect(
    warningsOf(["OTEL_EXPORTER_PROMETHEUS_PROT", "OTEL_SERVICENAME", "OTEL_METRICS_EXPORT_INTERVAL"]),
  ).toEqual([
    messageOf("OTEL_EXPORTER_PROMETHEUS_PROT", "OTEL_EXPORTER_PROMETHEUS_PORT"),
    messageOf("OTEL_SERVICENAME", "OTEL_SERVICE_NAME"),
    messageOf("OTEL_METRICS_EXPORT_INTERVAL", "OTEL_METRIC_EXPORT_INTERVAL"),
  ]);
  const others = ["ENDPOINT", "HEADERS", "PROTOCOL", "TIMEOUT", "INSECURE"].flatMap((name) => [
    `OTEL_EXPORTER_OTLP_TRACES_${name}`,
    `OTEL_EXPORTER_OTLP_LOGS_${name}`,
  ]);
  expect(
    warningsOf([
      ...others,
      "OTEL_TRACES_EXPORTER",
      "OTEL_LOGS_EXPORTER",
      "OTEL_TRACES_SAMPLER",
      "OTEL_PROPAGATORS",
      "OTEL_NODE_RESOURCE_DETECTORS",
      "OTEL_BSP_EXPORT_TIMEOUT",
      "OTEL_BLRP_EXPORT_TIMEOUT",
      "OTEL_EXPORTER_OTLP_INSECURE",
      "OTEL_ATTRIBUTE_COUNT_LIMIT",
      "OTEL_SERVICE_HOST",
      "OTEL_SERVICE_PORT",
      "OTEL_PYTHON_LOG_LEVEL",
      "OTEL_JAVAAGENT_ENABLED",
      "OTEL_RESOURCE_ATTRIBUTES_POD_NAME",
    ]),
  ).toEqual([]);
  expect(readConfiguration({}, { OTEL_SERVICENAME: " " }).warnings).toEqual([]);
});

test("names of other packages' options, and variables for them, get the right one as a hint", () => {
  const prometheus = 'be in readers, as { type: "prometheus", port, host, endpoint }';
  const given = {
    port: 9470,
    prometheus: {},
    endpoint: "/m",
    url: "http://c",
    metrics: {},
    logLevel: "debug",
  };
  const { problems } = readConfiguration({ ...given, name: "shop", constructor: 1, hosst: true, xyz: 1 }, {});
  expect(Object.fromEntries(problems.map(({ name, must }) => [name, must]))).toEqual({
    port: prometheus,
    prometheus,
    endpoint: `${prometheus} or { type: "otlp", url, headers }`,
    url: 'be in readers, as { type: "otlp", url, headers }',
    metrics: 'be named readers, a list such as ["prometheus", { type: "otlp", url }]',
    logLevel: "be set as the variable OTEL_LOG_LEVEL",
    name: "be an existing option, such as serviceName",
    hosst: "be an existing option, such as host",
    constructor: expect.stringMatching(/^be one of the options /),
    xyz: expect.stringMatching(/^be one of the options /),
  });
  const names = ["PORT", "SERVICE_NAME", "LOG_LEVEL", "OTLP_ENDPOINT", "EXPORTER", "INTERVAL"];
  const environment = Object.fromEntries(names.map((name) => [`TACHYMETER_${name}`, "1"]));
  expect(readConfiguration({}, environment).warnings.map((each) => each.split("; use ")[1])).toEqual([
    "OTEL_EXPORTER_PROMETHEUS_PORT",
    "OTEL_SERVICE_NAME",
    "OTEL_LOG_LEVEL",
    "OTEL_EXPORTER_OTLP_ENDPOINT",
    "OTEL_METRICS_EXPORTER",
    "OTEL_METRIC_EXPORT_INTERVAL",
  ]);
});

test("every variable that is read is known", () => {
  const files = ["src/options", "src/readers/prometheus/serving"].flatMap((folder) =>
    readdirSync(folder).map((name) => join(folder, name)),
  );
  const read = files
    .flatMap((file) => readFileSync(file, "utf8").match(/(?<![cC]ode = )"TACHYMETER_\w+"/g) ?? [])
    .map((name) => name.slice(1, -1));
  expect(read).toContain("TACHYMETER_PROMETHEUS_TLS_CERT_FILE");
  const { warnings } = readConfiguration({}, Object.fromEntries(read.map((name) => [name, "x"])));
  expect(warnings.filter((warning) => warning.includes("is unknown and was ignored"))).toEqual([]);
});

test("an OTLP endpoint that has the path of metrics already is logged, and one for metrics alone is not", () => {
  const endpoint = "http://127.0.0.1:4318/v1/metrics";
  const warningsOf = (environment: Record<string, string>, url?: string) =>
    readConfiguration({ readers: [{ type: "otlp", url }] }, environment).warnings;
  expect(warningsOf({ OTEL_EXPORTER_OTLP_ENDPOINT: endpoint })).toEqual([
    "variable OTEL_EXPORTER_OTLP_ENDPOINT must be the URL without /v1/metrics, since that is appended; " +
      "remove it there, or set OTEL_EXPORTER_OTLP_METRICS_ENDPOINT",
  ]);
  expect(warningsOf({ OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: endpoint })).toEqual([]);
  expect(warningsOf({ OTEL_EXPORTER_OTLP_ENDPOINT: endpoint }, endpoint)).toEqual([]);
  expect(
    warningsOf({ OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: endpoint }),
  ).toEqual([]);
  expect(warningsOf({ OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, OTEL_EXPORTER_OTLP_PROTOCOL: "grpc" })).toEqual(
    [],
  );
});
