// OpenTelemetry's specification: values of enumerated variables are compared without their case.
import { readFileSync } from "node:fs";
import { ExportResultCode } from "@opentelemetry/core";
import { OtlpExporter } from "tachymeter/otlp";
import { expect, test, vi } from "vitest";
import { INSTRUMENTATIONS } from "../../instrumentations/index.ts";
import { type Configuration, readConfiguration } from "../../src/options/index.ts";
import { collectWarnings } from "../kit/collect-warnings.ts";
import { exported } from "../kit/exported.ts";
import { otlpReceiver } from "../kit/otlp-receiver/index.ts";
import { counter, resourceMetrics, scope } from "../readers/resource-metrics.ts";

// Variables with a fixed set of words, and those words.
const BOOLEAN = ["true", "false"];
const WORDS: Readonly<Record<string, readonly string[]>> = {
  OTEL_SDK_DISABLED: BOOLEAN,
  OTEL_LOG_LEVEL: ["none", "error", "warn", "info", "debug", "verbose", "all"],
  OTEL_METRICS_EXPORTER: ["otlp", "prometheus", "json", "console", "none", "otlp,console"],
  OTEL_METRICS_EXEMPLAR_FILTER: ["trace_based", "always_on", "always_off"],
  OTEL_NODE_ENABLED_INSTRUMENTATIONS: ["http", "pg,socket.io", "prom-client"],
  OTEL_NODE_DISABLED_INSTRUMENTATIONS: ["http", "pg,socket.io", "prom-client"],
  TACHYMETER_ALERTS: BOOLEAN,
  TACHYMETER_ANOMALIES: BOOLEAN,
  TACHYMETER_API: BOOLEAN,
  TACHYMETER_GPU: BOOLEAN,
  TACHYMETER_GROUP: [...BOOLEAN, "auto"],
  TACHYMETER_GROUP_GAUGES: ["last", "sum", "min", "max", "mean"],
  TACHYMETER_GROUP_REPORTER: ["loop", "thread"],
  TACHYMETER_HEALTH_ENDPOINTS: [...BOOLEAN, "authenticated"],
  TACHYMETER_HISTORY: BOOLEAN,
  TACHYMETER_HOST: BOOLEAN,
  TACHYMETER_KERNELS: BOOLEAN,
  TACHYMETER_LOADER: BOOLEAN,
  TACHYMETER_MCP: BOOLEAN,
  TACHYMETER_OTEL_INSTRUMENTATIONS: ["http,pg"],
  TACHYMETER_PAGE: BOOLEAN,
  TACHYMETER_PROFILES: BOOLEAN,
  TACHYMETER_RUNTIME: BOOLEAN,
  TACHYMETER_SIGNALS: BOOLEAN,
};
const PROTOCOLS = ["http/protobuf", "http/json", "grpc"];
// With a reader `otlp`.
const OTLP_WORDS: Readonly<Record<string, readonly string[]>> = {
  OTEL_EXPORTER_OTLP_PROTOCOL: PROTOCOLS,
  OTEL_EXPORTER_OTLP_METRICS_PROTOCOL: PROTOCOLS,
};
// The exporters, and the start before any option, read these.
const EXPORTER_WORDS = [
  "OTEL_EXPORTER_OTLP_COMPRESSION",
  "OTEL_EXPORTER_OTLP_METRICS_COMPRESSION",
  "OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE",
  "OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION",
  "OTEL_SEMCONV_STABILITY_OPT_IN",
  "TACHYMETER_PROMETHEUS_SCOPE_LABELS",
  "TACHYMETER_TOOLS",
];
const OTHERS =
  /_(?:FILE|CERTIFICATE|KEY|ENDPOINT|HEADERS|TIMEOUT|INTERVAL|HOST|PORT|ATTRIBUTES?|NAME|LOG|ALERTMANAGER|LIMIT|DIRECTORY|TOKEN|PASSWORD|USERNAME|TTL|METHODS|IGNORE)$/;

test("every documented variable has words, or is a number, a name, a text or a place", () => {
  const text = readFileSync("docs/configuration.md", "utf8");
  const documented = new Set(text.match(/\b(?:OTEL|TACHYMETER)_[A-Z][A-Z_]*[A-Z]\b/g));
  const words = [...Object.keys(WORDS), ...Object.keys(OTLP_WORDS), ...EXPORTER_WORDS];
  expect([...documented].filter((name) => !words.includes(name) && !OTHERS.test(name))).toEqual([]);
  expect(words.filter((name) => !documented.has(name))).toEqual([]);
});

// Classes of parsed options and the like are compared by their fields.
const plain = ({ ...configuration }: Configuration): unknown => JSON.parse(JSON.stringify(configuration));
const mixed = (word: string): string =>
  word.replaceAll(/[a-z]/g, (letter, at) => (at % 2 ? letter : letter.toUpperCase()));

const cases = [
  ...Object.entries(WORDS).map(([name, words]) => [name, words, {}] as const),
  ...Object.entries(OTLP_WORDS).map(
    ([name, words]) => [name, words, { OTEL_METRICS_EXPORTER: "otlp" }] as const,
  ),
];

test.each(cases)("%s means the same in each case of its letters", (name, words, further) => {
  for (const word of words) {
    const read = (text: string): unknown =>
      plain(readConfiguration({}, { ...further, [name]: text }, Object.keys(INSTRUMENTATIONS)));
    const expected = read(word);
    expect(expected).toMatchObject({ problems: [], warnings: [] });
    for (const variant of [word.toUpperCase(), mixed(word), ` ${word.toUpperCase()} `])
      expect(read(variant)).toEqual(expected);
  }
});

test.each(["OTEL_EXPORTER_OTLP_COMPRESSION", "OTEL_EXPORTER_OTLP_METRICS_COMPRESSION"])(
  "%s compresses in each case of its letters",
  async (variable) => {
    const warnings = collectWarnings();
    const receiver = await otlpReceiver();
    for (const word of ["gzip", "GZIP", " GZip ", "NONE"]) {
      vi.stubEnv(variable, word);
      const exporter = new OtlpExporter({ url: `${receiver.url}/v1/metrics` });
      const metrics = resourceMetrics([scope("shop", [counter({ name: "orders" }, [{}, 1])])]);
      expect((await exported(exporter, metrics)).code).toBe(ExportResultCode.SUCCESS);
      await exporter.shutdown();
    }
    vi.unstubAllEnvs();
    const encodings = receiver.requests.map(({ headers }) => headers["content-encoding"]);
    expect(encodings).toEqual(["gzip", "gzip", "gzip", undefined]);
    expect(warnings).toEqual([]);
  },
);
