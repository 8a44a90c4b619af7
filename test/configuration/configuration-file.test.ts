// Files in OpenTelemetry's format as options of `start()`, and bad files.
import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parse as yaml } from "yaml";
import { configurationFile, readConfigurationFile } from "../../src/configuration/index.ts";
import { allSteps } from "../../src/io/yield.ts";
import { DEFAULT_BOUNDARIES } from "../../src/engine/streams/aggregation.ts";
import { OptionsError, readConfiguration } from "../../src/options/index.ts";
import { newFolder } from "../kit/new-folder.ts";
import { upstreamErrors } from "./published-schema.ts";
import { processorMicros } from "../kit/processor-time.ts";

const parse = (text: string, environment: Readonly<Record<string, string>> = {}) =>
  allSteps(configurationFile("otel.yaml", text, environment));

/** The messages for a file. */
function problemsOf(text: string, environment?: Readonly<Record<string, string>>): readonly string[] {
  const { problems } = parse(text, environment);
  return problems.map((problem) => new OptionsError("", [problem]).message.slice(2).replace(/; see .*$/, ""));
}

const FILE = `
file_format: "1.1"
log_level: warn2
resource:
  attributes:
    - { name: service.name, value: shop }
    - { name: replicas, value: 3, type: int }
  attributes_list: deployment.environment.name=test,service.name=other
  schema_url: https://opentelemetry.io/schemas/1.34.0
  detection/development:
    attributes: { included: ["process.*"], excluded: [process.owner] }
    detectors: [{ process: }, { host: }]
meter_provider:
  exemplar_filter: always_on
  meter_configurator/development:
    default_config: { enabled: true }
    meters: [{ name: "noisy.*", config: { enabled: false } }]
  readers:
    - periodic:
        interval: 5000
        timeout: 0
        max_export_batch_size/development: 500
        cardinality_limits: { default: 100, up_down_counter: 7 }
        exporter:
          otlp_http:
            endpoint: http://localhost:4318/v1/metrics
            headers: [{ name: a, value: "1" }]
            headers_list: a=0,b=2
            compression: gzip
            timeout: 2000
            encoding: json
            temporality_preference: low_memory
            default_histogram_aggregation: base2_exponential_bucket_histogram
    - periodic: { exporter: { otlp_grpc: { endpoint: "backend:4317", tls: { insecure: true } } } }
    - periodic: { exporter: { otlp_file/development: { output_stream: "file:///tmp/metrics.jsonl" } } }
    - periodic: { exporter: { console: { temporality_preference: delta } } }
    - periodic: { exporter: { pushgateway: { url: "http://localhost:9091", job: batch } } }
    - pull:
        exporter:
          prometheus/development:
            host: 127.0.0.1
            port: 0
            scope_info_enabled: false
            target_info_enabled/development: false
            resource_constant_labels: { included: ["service*"], excluded: ["*.id"] }
            translation_strategy: no_translation/development
  views:
    - selector: { instrument_name: "http.*", instrument_type: histogram, unit: s, meter_name: m }
      stream:
        aggregation: { explicit_bucket_histogram: { boundaries: [1, 2], record_min_max: false } }
        aggregation_cardinality_limit: 10
        attribute_keys: { included: [a], excluded: [b] }
    - selector: { instrument_type: counter }
      stream: { aggregation: { drop: } }
instrumentation/development:
  general:
    messaging: { semconv: { version: 1, dual_emit: true } }
    http: { client: { known_methods: [GET] }, server: { known_methods: [GET, PROPFIND] } }
  js: { mqtt: { enabled: false } }
distribution:
  tachymeter:
    reload: true
    seriesTimeToLive: 60
    readers: [json]
tracer_provider: { processors: [{ simple: { exporter: { console: } } }] }
`;

test("variables that a file replaces and does not refer to are named, without their values", () => {
  const file = `file_format: "1.1"\nresource: { attributes: [{ name: service.name, value: "\${OTEL_SERVICE_NAME}" }] }`;
  const used = { OTEL_CONFIG_FILE: "otel.yaml", OTEL_SERVICE_NAME: "shop" };
  const others = { OTEL_TRACES_EXPORTER: "otlp", TACHYMETER_GROUP_ID: "1", TACHYMETER_PAGE: " " };
  expect(parse(file, { ...used, ...others }).replaced).toBeUndefined();
  const ofParent = { TACHYMETER_GROUP_DIRECTORY: "/run/x", TACHYMETER_GROUP_PARENT: "1:2:shop" };
  expect(parse(file, { ...used, ...ofParent }).replaced).toBeUndefined();
  const ignored = { OTEL_EXPORTER_PROMETHEUS_PORT: "secret", TACHYMETER_API: "secret" };
  expect(parse(file, { ...used, ...ignored }).replaced).toBe(
    "otel.yaml replaces variables, so these were ignored: OTEL_EXPORTER_PROMETHEUS_PORT, TACHYMETER_API; set them in the " +
      "file, with a reference such as ${OTEL_EXPORTER_PROMETHEUS_PORT}",
  );
});

test("each property becomes an option of start()", () => {
  const { options, environment, problems, warnings, note, reload } = parse(FILE);
  expect([problems, warnings]).toEqual([[], []]);
  expect(note).toContain("tracer_provider");
  expect(reload).toBe(true);
  expect(environment).toMatchObject({
    OTEL_LOG_LEVEL: "warn",
    OTEL_SDK_DISABLED: "false",
    OTEL_SEMCONV_STABILITY_OPT_IN: "messaging/dup",
    OTEL_INSTRUMENTATION_HTTP_KNOWN_METHODS: "GET,PROPFIND",
  });
  expect(options).toMatchObject({
    resource: { "service.name": "shop", replicas: 3, "deployment.environment.name": "test" },
    resourceSchemaUrl: "https://opentelemetry.io/schemas/1.34.0",
    resourceDetection: {
      detectors: ["process", "host"],
      included: ["process.*"],
      excluded: ["process.owner"],
    },
    exemplarFilter: "always_on",
    seriesTimeToLive: 60,
    instrumentations: { mqtt: { enabled: false } },
    readers: [
      {
        type: "otlp",
        protocol: "http/json",
        url: "http://localhost:4318/v1/metrics",
        headers: { a: "1", b: "2" },
        compression: "gzip",
        timeout: 2,
        interval: 5,
        exportTimeout: 2_147_483,
        maxExportBatchSize: 500,
        temporality: "lowmemory",
        histogramAggregation: "base2_exponential_bucket_histogram",
        cardinalityLimits: { default: 100, upDownCounter: 7 },
      },
      { type: "otlp", protocol: "grpc", url: "http://backend:4317", exportTimeout: 30 },
      { type: "otlp-file", file: "/tmp/metrics.jsonl" },
      { type: "console", temporality: "delta" },
      { type: "pushgateway", url: "http://localhost:9091", job: "batch" },
      {
        type: "prometheus",
        host: "127.0.0.1",
        port: 0,
        scopeLabels: false,
        withoutTargetInfo: true,
        translationStrategy: "NoTranslation",
      },
      "json",
    ],
    views: [
      {
        instrumentName: "http.*",
        instrumentType: "HISTOGRAM",
        instrumentUnit: "s",
        meterName: "m",
        aggregation: { type: 4, options: { boundaries: [1, 2], recordMinMax: false } },
        aggregationCardinalityLimit: 10,
      },
      { instrumentType: "COUNTER", aggregation: { type: 1 } },
    ],
  });
  const { readers, meterConfigurator } = options;
  const labels: unknown = Array.isArray(readers) ? Reflect.get(readers[5], "withResourceConstantLabels") : "";
  expect(
    ["service.name", "service.instance.id", "host.name"].map(
      (name) => labels instanceof RegExp && labels.test(name),
    ),
  ).toEqual([true, false, false]);
  expect(typeof meterConfigurator).toBe("function");
  if (typeof meterConfigurator !== "function") return;
  expect([meterConfigurator({ name: "noisy.one" }), meterConfigurator({ name: "shop" })]).toEqual([
    { enabled: false },
    { enabled: true },
  ]);
});

test("the older names of version 1.0 are known", () => {
  const prometheus = `{ without_scope_info: true, without_target_info/development: true, with_resource_constant_labels: { included: ["a"] } }`;
  const { options, problems } = parse(
    `{ file_format: "1.0", meter_provider: { readers: [{ pull: { exporter: { prometheus/development: ${prometheus} } } }] } }`,
  );
  expect(problems).toEqual([]);
  expect(options).toMatchObject({
    readers: [{ scopeLabels: false, withoutTargetInfo: true, withResourceConstantLabels: /^(?:a)$/s }],
  });
});

test("variables are substituted in values, and types follow from the result", () => {
  const { options, problems, warnings } = parse(
    `
file_format: "1.1"
resource:
  attributes:
    - name: text
      value: "\${NUMBER}"
    - name: number
      value: \${env:NUMBER}
    - name: fallback
      value: \${MISSING:-x}y
    - name: dollar
      value: $$\{NUMBER}
    - name: injected
      value: \${MAP}
  attributes_list: \${GONE}
`,
    { NUMBER: "7", MAP: "{ a: 1 }" },
  );
  expect(problems).toEqual([]);
  expect(options["resource"]).toEqual({
    text: "7",
    number: 7,
    fallback: "xy",
    dollar: "${NUMBER}",
    injected: "{ a: 1 }",
  });
  expect(warnings).toEqual(["otel.yaml: variables are not set and count as empty: GONE (otel.yaml:15:3)"]);
});

test("an explicit tag of YAML decides the type", () => {
  const values = ["!!str 1.10", "! 2", "!!int '3'", '!!bool "true"', "!!str ${NUMBER}", "!own '4'", "5"];
  const attributes = values.map((value, i) => `    - name: a${i}\n      value: ${value}\n`).join("");
  const { options, problems } = parse(`file_format: !!str 1.0\nresource:\n  attributes:\n${attributes}`, {
    NUMBER: "7",
  });
  expect(problems).toEqual([]);
  expect(Object.values(Object(options["resource"]))).toEqual(["1.10", "2", 3, true, "7", "4", 5]);
});

const provider = (readers: string): string => `file_format: "1.1"\nmeter_provider:\n  readers: ${readers}\n`;

test.each([
  ['file_format: "2.0"', 'otel.yaml:1:1 file_format must be "1.0" or "1.1", with quotes, got "2.0"'],
  ["file_format: 1.1", 'otel.yaml:1:1 file_format must be "1.0" or "1.1", with quotes, got 1.1'],
  [
    'file_format: "1.1"\nmeter_providr: {}',
    "otel.yaml:2:1 meter_providr must be an existing option, such as meter_provider or",
  ],
  [
    provider("[{ periodic: { exporter: { otlp_htp: } } }]"),
    "otel.yaml:3:39 meter_provider.readers[0].periodic.exporter.otlp_htp must be an existing option, such as otlp_http",
  ],
  [
    provider("[{ periodic: { intervall: 1, exporter: { console: } } }]"),
    "meter_provider.readers[0].periodic.intervall must be an existing option, such as interval",
  ],
  [
    provider("[{ periodic: { interval: 0, exporter: { console: } } }]"),
    "interval must be a whole number of milliseconds above 0, got 0",
  ],
  [
    provider("[{ periodic: { } }]"),
    "meter_provider.readers[0].periodic.exporter must be an object with one of otlp_http",
  ],
  [provider("[]"), "meter_provider.readers must be a list of at least one reader"],
  [
    provider("[{ periodic: { exporter: { console: }, producers: [{ opencensus: }] } }]"),
    "producers[0] must be left out, since it is not supported",
  ],
  [
    provider(
      "[{ periodic: { exporter: { pushgateway: { url: http://a, job: b } }, max_export_batch_size/development: 9 } }]",
    ),
    "periodic.max_export_batch_size/development must be left out, since it is not supported; pushgateway exports a collection as a whole, got 9",
  ],
  [
    provider("[{ periodic: { exporter: { otlp_http: { max_request_size: -1 } } } }]"),
    "otlp_http.max_request_size must be a whole number of bytes, 0 or more, got -1",
  ],
  [
    provider("[{ periodic: { exporter: { otlp_grpc: { max_response_size: 0 } } } }]"),
    "otlp_grpc.max_response_size must be a whole number of bytes, 1 or more, got 0",
  ],
  [
    `${provider("[{ periodic: { exporter: { console: } } }]")}  view_matching_mode/development: best`,
    "otel.yaml:4:3 meter_provider.view_matching_mode/development must be one of 'independent', 'composable'",
  ],
  [
    'file_format: "1.1"\ndistribution: { tachymeter: { histroy: true } }',
    "otel.yaml:2:31 distribution.tachymeter.histroy must be an existing option, such as history",
  ],
  [
    'file_format: "1.1"\nresource: { attributes: [{ name: a, value: 1, type: string }] }',
    "resource.attributes[0].value must be of type string",
  ],
  [
    provider('[{ periodic: { exporter: { otlp_file/development: { output_stream: "file:///tmp/%zz" } } } }]'),
    "otlp_file/development.output_stream must be stdout, or the URL of a file",
  ],
  ['file_format: "1.1"\nlog_level: loud', "otel.yaml:2:1 log_level must be one of trace, debug"],
  ['file_format: "1.1"\nresource: &r { attributes: *r }', "alias *r must name an anchor before it"],
  ['file_format: "1.1"\nresource: *gone', "must be valid YAML (alias *gone"],
  ['file_format: "1.1"\n  bad', "otel.yaml:2:"],
  ['file_format: "${1X}"', "must refer to variables as ${NAME}"],
  ["", "otel.yaml must hold an object with file_format and meter_provider"],
  ["[".repeat(5_000), "must be valid YAML"],
])("a problem has its place and the next step: %j", (text, message) => {
  expect(problemsOf(text).join("\n")).toContain(message);
});

test("aliases of aliases end at a bound", () => {
  const lines = Array.from({ length: 12 }, (_, i) => `  a${i + 1}: &a${i + 1} [${`*a${i}, `.repeat(10)}]`);
  const begin = process.cpuUsage();
  const problems = problemsOf(`file_format: "1.1"\nresource:\n  a0: &a0 [x]\n${lines.join("\n")}\n`);
  expect(problems).toEqual([expect.stringContaining("must have at most 20000 values")]);
  expect(processorMicros(begin) / 1e6).toBeLessThan(5);
});

test("a newer minor version is read with a warning", () => {
  const { problems, warnings } = parse('file_format: "1.2"\nstability: development\n');
  expect(problems).toEqual([]);
  expect(warnings).toEqual([expect.stringContaining("file_format is newer than 1.1")]);
  expect(warnings[0]).toContain("ignored: stability");
});

test("intervals come from the periodic reader, from our own exporters, or from all readers", () => {
  const periodic = (fields: string, exporter: string): string =>
    `{ periodic: { ${fields} exporter: { ${exporter} } } }`;
  const text = provider(
    `[${periodic("interval: 5000, timeout: 1000,", "json: { file: a.json }")}, ${periodic("", "json: { file: b.json, interval: 1, exportTimeout: 0.5 }")}, ${periodic("", "console:")}]`,
  );
  const { options, problems } = parse(`${text}distribution: { tachymeter: { collectionInterval: 7 } }\n`);
  expect(problems).toEqual([]);
  const { readers: parsed } = readConfiguration(options, {});
  expect(parsed).toMatchObject([
    { intervalMillis: 5_000, exportTimeoutMillis: 1_000 },
    { intervalMillis: 1_000, exportTimeoutMillis: 500 },
    { intervalMillis: 7_000, exportTimeoutMillis: 30_000 },
  ]);
  expect(
    problemsOf(provider(`[${periodic("interval: 5000,", "json: { file: a.json, interval: 1 }")}]`)),
  ).toEqual([
    expect.stringMatching(
      /^otel\.yaml:3:\d+ \S+\.exporter\.json\.interval must be left out, since \S+\.periodic\.interval is set; keep one of them, got 1/,
    ),
  ]);
});

test("minimum and maximum are left out of a histogram without boundaries, too", () => {
  const { options, problems } = parse(
    JSON.stringify({
      file_format: "1.1",
      meter_provider: {
        views: [
          { selector: {}, stream: { aggregation: { explicit_bucket_histogram: { record_min_max: false } } } },
        ],
      },
    }),
  );
  expect(problems.filter(({ name }) => name.includes("views"))).toEqual([]);
  expect(options["views"]).toMatchObject([
    { aggregation: { type: 4, options: { boundaries: [...DEFAULT_BOUNDARIES], recordMinMax: false } } },
  ]);
});

test("files that cannot be read are refused", () => {
  const folder = newFolder("configuration");
  const large = join(folder, "large.yaml");
  writeFileSync(large, "# ".repeat(5_000_000));
  const secret = join(folder, "secret.yaml");
  writeFileSync(secret, 'file_format: "1.1"');
  chmodSync(secret, 0);
  const of = (file: string): string => String(readConfigurationFile(file, {}).problems[0]?.must);
  expect(of(join(folder, "gone.yaml"))).toContain("ENOENT");
  expect(of(folder)).toContain("it is not a file");
  expect(of(large)).toContain("it has 10000000 bytes, more than 262144");
  expect(process.getuid?.() === 0 || of(secret).includes("EACCES")).toBe(true);
});

test("sizes of OTLP's messages are options of the reader, and 0 stands for any size of requests", () => {
  const { options, problems } = parse(
    provider(`[
      { periodic: { exporter: { otlp_http: { max_request_size: 1000, max_response_size: 500 } } } },
      { periodic: { exporter: { otlp_grpc: { max_request_size: 0, max_response_size: 4194304 } } } },
    ]`),
  );
  const expected = [
    { maxRequestBytes: 1000, maxResponseBytes: 500 },
    { maxRequestBytes: Number.MAX_SAFE_INTEGER, maxResponseBytes: 4_194_304 },
  ];
  expect([problems, options]).toMatchObject([[], { readers: expected }]);
});

test("views can be combined", () => {
  const { options, problems } = parse(
    `${provider("[{ periodic: { exporter: { console: } } }]")}  view_matching_mode/development: composable`,
  );
  expect([problems, options["viewMatchingMode"]]).toEqual([[], "composable"]);
});

test("upstream's validator accepts the same file", () => {
  expect(upstreamErrors(yaml(FILE))).toBe(null);
  expect(upstreamErrors({ file_format: "1.1", log_level: "loud" })).not.toBe(null);
});
