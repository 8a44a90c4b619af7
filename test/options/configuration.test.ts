import { expect, test } from "vitest";
import { INSTRUMENTATIONS } from "../../instrumentations/index.ts";
import { readConfiguration } from "../../src/options/index.ts";

function problemsOf(options: Record<string, unknown>, environment: Record<string, string> = {}) {
  return readConfiguration(options, environment, allNames).problems.map(({ name }) => name);
}

const allNames: readonly string[] = Object.keys(INSTRUMENTATIONS);

test("by default there is one Prometheus reader on any free port, an interval of a minute, and no kernels", () => {
  const configuration = readConfiguration({}, {}, allNames);
  expect(configuration).toMatchObject({
    readers: [{ kind: "prometheus", anyPort: true }],
    collectionIntervalMillis: 60_000,
    exportTimeoutMillis: 30_000,
    host: true,
    runtime: true,
    kernels: false,
    problems: [],
    warnings: [],
  });
  expect(Object.keys(configuration.instrumentations)).toEqual(allNames);
});

test("a configured OTLP endpoint makes OTLP the default reader", () => {
  for (const variable of ["OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT"]) {
    const { readers } = readConfiguration({}, { [variable]: "http://127.0.0.1:4318" });
    expect(readers).toMatchObject([{ kind: "otlp", protocol: "http/protobuf", intervalMillis: 60_000 }]);
  }
});

test("the options of a Prometheus reader are passed to its exporter unchanged", () => {
  const options = {
    host: "0.0.0.0",
    translationStrategy: "NoTranslation",
    withoutCounterSuffix: true,
    scrapeTimeout: 5,
    maxConcurrentScrapes: 4,
    bearerTokenFile: "/run/secrets/token",
    bearerToken: undefined,
    basicAuth: { username: "prometheus", passwordFile: "/run/secrets/password" },
    tls: { certFile: "/run/secrets/cert.pem", keyFile: "/run/secrets/key.pem" },
  };
  const { readers, problems } = readConfiguration({ readers: [{ type: "prometheus", ...options }] }, {});
  expect(problems).toEqual([]);
  expect(readers).toMatchObject([{ kind: "prometheus", options }]);
});

test("the time-out of an OTLP request is that of the option, else of the variable, else 10 s", () => {
  const otlp = (entry: object, environment = {}) =>
    readConfiguration({ readers: [{ type: "otlp", ...entry }] }, environment).readers[0];
  const environment = {
    OTEL_EXPORTER_OTLP_TIMEOUT: "7000",
    OTEL_EXPORTER_OTLP_METRICS_TIMEOUT: "2500",
  };
  expect(otlp({})).toMatchObject({ timeoutMillis: undefined, requestTimeoutMillis: 10_000 });
  expect(otlp({}, environment)).toMatchObject({ timeoutMillis: undefined, requestTimeoutMillis: 2_500 });
  expect(otlp({}, { ...environment, OTEL_EXPORTER_OTLP_METRICS_TIMEOUT: "soon" })).toMatchObject({
    requestTimeoutMillis: 7_000,
  });
  expect(otlp({ timeout: 45 }, environment)).toMatchObject({
    timeoutMillis: 45_000,
    requestTimeoutMillis: 45_000,
  });
});

test("OTEL_METRICS_EXPORTER is a list, with each reader once, or `none` alone", () => {
  const { readers } = readConfiguration({}, { OTEL_METRICS_EXPORTER: "otlp, prometheus,json,console,otlp" });
  expect(readers.map(({ kind }) => kind)).toEqual(["otlp", "prometheus", "json", "console"]);
  expect(readConfiguration({}, { OTEL_METRICS_EXPORTER: "none" }).readers).toEqual([]);
  expect(problemsOf({}, { OTEL_METRICS_EXPORTER: "none,otlp" })).toEqual(["OTEL_METRICS_EXPORTER"]);
  expect(problemsOf({}, { OTEL_METRICS_EXPORTER: "promethius" })).toEqual(["OTEL_METRICS_EXPORTER"]);
});

test("an option overrides its variable, and the variable overrides the default", () => {
  const environment = {
    OTEL_METRIC_EXPORT_INTERVAL: "2500",
    TACHYMETER_KERNELS: "true",
    TACHYMETER_HOST: "false",
  };
  expect(readConfiguration({}, environment)).toMatchObject({
    collectionIntervalMillis: 2_500,
    kernels: true,
    host: false,
  });
  expect(
    readConfiguration({ collectionInterval: 5, hooks: { kernels: false }, host: true }, environment),
  ).toMatchObject({ collectionIntervalMillis: 5_000, kernels: false, host: true });
});

test("all problems are reported together, with the rule and the received value", () => {
  const { problems } = readConfiguration(
    {
      readers: [
        "promethius",
        { type: "console", intervall: 5 },
        { type: "otlp", protocol: "udp", url: "collector" },
      ],
      collectionInterval: -1,
      hooks: { kernels: "yes" },
      serviceNmae: "shop",
    },
    { TACHYMETER_RUNTIME: "maybe" },
  );
  expect(Object.fromEntries(problems.map(({ name, value }) => [name, value]))).toEqual({
    "readers[0]": "promethius",
    "readers[1].intervall": 5,
    "readers[2].protocol": "udp",
    "readers[2].url": "collector",
    collectionInterval: -1,
    "hooks.kernels": "yes",
    serviceNmae: "shop",
    TACHYMETER_RUNTIME: "maybe",
  });
  expect(problems.find(({ name }) => name === "readers[0]")?.must).toContain(
    "'prometheus', 'otlp', 'json', 'console'",
  );
});

test("an invalid variable of OpenTelemetry is ignored with a warning, one of ours is a problem", () => {
  const configuration = readConfiguration(
    {},
    { OTEL_METRIC_EXPORT_INTERVAL: "soon", TACHYMETER_SERIES_TTL: "-1" },
  );
  expect(configuration.collectionIntervalMillis).toBe(60_000);
  expect(configuration.warnings).toEqual([
    'variable OTEL_METRIC_EXPORT_INTERVAL must be a number of milliseconds above 0, got "soon"; it was ignored',
  ]);
  expect(configuration.problems).toEqual([
    { name: "TACHYMETER_SERIES_TTL", value: "-1", must: "be a number of seconds above 0, at most 2147483" },
  ]);
});

test('a header variable with an entry without "=" is logged, and its value is not', () => {
  const environment = {
    OTEL_METRICS_EXPORTER: "otlp",
    OTEL_EXPORTER_OTLP_HEADERS: "authorization: hunter2,a=b",
  };
  expect(readConfiguration({}, environment).warnings).toEqual([
    'variable OTEL_EXPORTER_OTLP_HEADERS must be a list such as key1=value1,key2=value2; entries without "=" were ignored',
  ]);
  const valid = { ...environment, OTEL_EXPORTER_OTLP_HEADERS: "a=b, c=d=" };
  expect(readConfiguration({}, valid).warnings).toEqual([]);
});

test("an outbox directory without a reader `otlp` is logged", () => {
  const warningsOf = (environment: Readonly<Record<string, string>>): readonly string[] =>
    readConfiguration({}, { TACHYMETER_OUTBOX_DIRECTORY: "/var/lib/outbox", ...environment }).warnings;
  expect(warningsOf({})).toEqual([
    "variable TACHYMETER_OUTBOX_DIRECTORY was ignored, since only a reader 'otlp' has an outbox; add such a reader",
  ]);
  expect(warningsOf({ OTEL_METRICS_EXPORTER: "otlp,prometheus" })).toEqual([]);
  expect(warningsOf({ OTEL_EXPORTER_OTLP_ENDPOINT: "http://collector:4318" })).toEqual([]);
});

test("a reader's interval above an hour is accepted, with a warning about its unit", () => {
  const { readers, problems, warnings } = readConfiguration(
    { readers: [{ type: "json", interval: 60_000 }] },
    {},
  );
  expect({ readers, problems }).toMatchObject({ readers: [{ intervalMillis: 60_000_000 }], problems: [] });
  expect(warnings).toEqual([
    "readers[0].interval is 60000, more than an hour; use seconds, not milliseconds",
  ]);
});

test("a configured Prometheus port is not replaced by the next free one", () => {
  const [byOption] = readConfiguration({ readers: [{ type: "prometheus", port: 0 }] }, {}).readers;
  const [byVariable] = readConfiguration({}, { OTEL_EXPORTER_PROMETHEUS_PORT: "9464" }).readers;
  expect([byOption, byVariable]).toMatchObject([{ anyPort: false }, { anyPort: false }]);
});

test("the JSON reader writes to its file, the variable's, or tachymeter.json, unless it has a URL", () => {
  const fileOf = (entry: unknown, environment = {}) =>
    readConfiguration({ readers: [entry] }, environment).readers[0];
  expect(fileOf("json")).toMatchObject({ file: "tachymeter.json", lines: undefined });
  expect(fileOf("json", { TACHYMETER_JSON_FILE: "/tmp/m.json" })).toMatchObject({ file: "/tmp/m.json" });
  expect(fileOf({ type: "json", file: "a.json" }, { TACHYMETER_JSON_FILE: "b.json" })).toMatchObject({
    file: "a.json",
  });
  expect(fileOf({ type: "json", url: "http://127.0.0.1/in" })).toMatchObject({ file: undefined });
  expect(fileOf({ type: "json", format: "ndjson" })).toMatchObject({ file: "tachymeter.ndjson" });
});

test("lines of JSON are written to a rotated file, and only documents are sent to a URL", () => {
  const rotation = { maxBytes: 1_000_000, maxFiles: 3, compress: false };
  const [lines] = readConfiguration(
    { readers: [{ type: "json", format: "ndjson", file: "a", maxAge: 3_600, ...rotation }] },
    {},
  ).readers;
  expect(lines).toMatchObject({ file: "a", lines: { maxAgeMillis: 3_600_000, ...rotation } });
  expect(problemsOf({ readers: [{ type: "json", ...rotation }] })).toEqual(
    Object.keys(rotation).map((name) => `readers[0].${name}`),
  );
  expect(
    problemsOf({
      readers: [{ type: "json", format: "ndjson", url: "http://127.0.0.1/in", maxBytes: 0, maxAge: "1d" }],
    }),
  ).toEqual(["readers[0].maxBytes", "readers[0].maxAge", "readers[0].url"]);
});

test("instrumentations are switched by name in options and by OpenTelemetry's lists of names", () => {
  const chosen = (options: Record<string, unknown>, environment = {}) =>
    Object.keys(readConfiguration(options, environment, allNames).instrumentations);
  const allBut = (...names: readonly string[]) => allNames.filter((name) => !names.includes(name));
  expect(chosen({ instrumentations: { mqtt: false } })).toEqual(allBut("mqtt"));
  expect(chosen({ instrumentations: { "child-process": false } })).toEqual(allBut("child_process"));
  expect(chosen({}, { OTEL_NODE_ENABLED_INSTRUMENTATIONS: "mqtt,express" })).toEqual(["mqtt"]);
  expect(chosen({}, { OTEL_NODE_DISABLED_INSTRUMENTATIONS: "mqtt,child-process" })).toEqual(
    allBut("mqtt", "child_process"),
  );
  expect(chosen({ instrumentations: { mqtt: {} } }, { OTEL_NODE_DISABLED_INSTRUMENTATIONS: "mqtt" })).toEqual(
    allNames,
  );
  expect(chosen({ instrumentations: { mqtt: { enabled: false }, nats: { enabled: true } } })).toEqual(
    allBut("mqtt"),
  );
  expect(problemsOf({ instrumentations: { mqqt: true } })).toEqual(["instrumentations.mqqt"]);
  expect(problemsOf({ instrumentations: [{}] })).toEqual(["instrumentations[0]"]);
});

test("unknown names in OpenTelemetry's lists are logged, and change nothing else", () => {
  const environment = {
    OTEL_NODE_ENABLED_INSTRUMENTATIONS: "mqtt,express",
    OTEL_NODE_DISABLED_INSTRUMENTATIONS: "socket.io,mqqt,worker-treads",
  };
  const { instrumentations, problems, warnings } = readConfiguration({}, environment, allNames);
  expect(Object.keys(instrumentations)).toEqual(["mqtt"]);
  expect(problems).toEqual([]);
  const names = [...allNames].join(", ");
  expect(warnings).toEqual([
    `variable OTEL_NODE_ENABLED_INSTRUMENTATIONS lists "express", unknown to tachymeter; known names are ${names}`,
    `variable OTEL_NODE_DISABLED_INSTRUMENTATIONS lists "mqqt", "worker-treads", unknown to tachymeter; known names are ${names}`,
  ]);
});

test("a Prometheus reader serves the health paths by default; its option, else the variable, disables them", () => {
  const chosen = (options: Record<string, unknown>, environment = {}): unknown =>
    readConfiguration(options, environment).readers.map((reader) => Reflect.get(reader, "health"));
  const variable = { TACHYMETER_HEALTH_ENDPOINTS: "false" };
  expect(chosen({}, variable)).toEqual([false]);
  expect(chosen({ readers: ["prometheus", { type: "prometheus", health: false }] })).toEqual([true, false]);
  expect(chosen({ readers: [{ type: "prometheus", health: true }] }, variable)).toEqual([true]);
  expect(problemsOf({ readers: [{ type: "prometheus", health: "no" }] })).toEqual(["readers[0].health"]);
  expect(problemsOf({}, { TACHYMETER_HEALTH_ENDPOINTS: "maybe" })).toEqual(["TACHYMETER_HEALTH_ENDPOINTS"]);
});

test("history is off by default, and enabled by the option, else by the variable", () => {
  const historyOf = (options: Record<string, unknown>, environment: Readonly<Record<string, string>> = {}) =>
    readConfiguration(options, environment).history;
  const variable = { TACHYMETER_HISTORY: " /var/app.db " };
  expect(historyOf({})).toBeUndefined();
  expect(historyOf({ history: true })).toEqual({
    path: "tachymeter.db",
    metricsDays: 30,
    eventsDays: 7,
    maxBytes: 1024 ** 3,
  });
  expect(historyOf({ history: { path: "a.db" } }, variable)).toMatchObject({ path: "a.db" });
  expect(historyOf({ history: false }, variable)).toBeUndefined();
  expect(historyOf({}, variable)).toMatchObject({ path: "/var/app.db" });
  expect(historyOf({}, { TACHYMETER_HISTORY: "TRUE" })).toMatchObject({ path: "tachymeter.db" });
  expect(historyOf({}, { TACHYMETER_HISTORY: "false" })).toBeUndefined();
  expect(problemsOf({ history: "a.db" })).toEqual(["history"]);
});

test("the outbox of an OTLP reader is set by its option, else by the variable", () => {
  const outbox = (entry: object, environment = {}) =>
    readConfiguration({ readers: [{ type: "otlp", ...entry }] }, environment).readers[0];
  const environment = { TACHYMETER_OUTBOX_DIRECTORY: " /var/outbox " };
  expect(outbox({})).toMatchObject({ outbox: undefined });
  expect(outbox({}, environment)).toMatchObject({
    outbox: { directory: "/var/outbox" },
    outboxPlace: "TACHYMETER_OUTBOX_DIRECTORY",
  });
  expect(outbox({ outbox: { directory: "mine" } }, environment)).toMatchObject({
    outbox: { directory: "mine" },
    outboxPlace: "readers[0].outbox",
  });
});

test("the event log is a path or an object, set by option or variable, and each field is checked", () => {
  const eventLog = (options: Record<string, unknown>, environment = {}) =>
    readConfiguration(options, environment).eventLog;
  expect(eventLog({})).toBeUndefined();
  expect(eventLog({}, { TACHYMETER_EVENT_LOG: "a.jsonl" })).toEqual({ file: "a.jsonl" });
  expect(eventLog({ eventLog: "b.jsonl" }, { TACHYMETER_EVENT_LOG: "a.jsonl" })).toEqual({ file: "b.jsonl" });
  expect(eventLog({ eventLog: { file: "c.jsonl", maxFiles: 3 } })).toMatchObject({
    file: "c.jsonl",
    maxFiles: 3,
  });
  expect(problemsOf({ eventLog: 5 })).toEqual(["eventLog"]);
  expect(problemsOf({ eventLog: { maxBytes: -1, fsync: "batch", size: 1 } })).toEqual([
    "eventLog.fsync",
    "eventLog.size",
    "eventLog.maxBytes",
    "eventLog.file",
  ]);
  // Its missing file is not checked.
  expect(eventLog({ eventLog: { path: "x" } })).toBeUndefined();
});

test.each([
  [true, {}, { traceUrl: undefined, peers: [] }],
  [{}, {}, { traceUrl: undefined, peers: [] }],
  [undefined, { TACHYMETER_PAGE: "true" }, { traceUrl: undefined, peers: [] }],
  [false, { TACHYMETER_PAGE: "true" }, undefined],
  [{ traceUrl: "https://t.example/{trace_id}" }, {}, { traceUrl: "https://t.example/{trace_id}", peers: [] }],
])("option page %j with variables %j is %j", (page, environment, expected) => {
  const configuration = readConfiguration({ page }, environment);
  expect(configuration.problems).toEqual([]);
  const watches = { alerts: true, anomalies: true };
  expect(configuration.page).toEqual(expected && { ...expected, watches });
  expect(configuration.api).toBe(expected !== undefined);
});

test("the page has monitors and detectors of its own only if the application has not set them", () => {
  const page = (options: object, environment = {}): unknown =>
    readConfiguration({ page: true, ...options }, environment).page?.watches;
  expect(page({ alerts: true, anomalies: false })).toEqual({ alerts: false, anomalies: false });
  expect(page({ alerts: false })).toEqual({ alerts: false, anomalies: true });
  expect(page({}, { TACHYMETER_ALERTS: "false", TACHYMETER_ANOMALIES: "true" })).toEqual({
    alerts: false,
    anomalies: false,
  });
});

test.each([
  "javascript:alert('{trace_id}')",
  "https://t.example/",
  "//t.example/{trace_id}",
  "https://user:secret@t.example/{trace_id}",
  7,
])("a link to traces %j is refused", (traceUrl) => {
  expect(problemsOf({ page: { traceUrl } })).toEqual(["page.traceUrl"]);
});

test("option page of another type is refused", () => {
  expect(problemsOf({ page: "yes" })).toEqual(["page"]);
  expect(problemsOf({}, { TACHYMETER_PAGE: "maybe" })).toEqual(["TACHYMETER_PAGE"]);
});

test.each([
  [undefined, {}, [true, false]],
  [true, { TACHYMETER_GPU: "true" }, [true, true]],
  [{}, { TACHYMETER_HOST: "false", TACHYMETER_GPU: "true" }, [true, true]],
  [{ gpu: false }, { TACHYMETER_GPU: "true" }, [true, false]],
  [{ gpu: true }, {}, [true, true]],
  [false, {}, [false, false]],
])("option host %j with variables %j sets host and gpu to %j", (host, environment, expected) => {
  const { problems, ...configuration } = readConfiguration({ host }, environment);
  expect(problems).toEqual([]);
  expect([configuration.host, configuration.gpu]).toEqual(expected);
});

test("invalid values of host and gpu are refused by name", () => {
  expect(problemsOf({ host: "yes" })).toEqual(["host"]);
  expect(problemsOf({ host: { gpu: 1, gpus: true } })).toEqual(["host.gpus", "host.gpu"]);
  expect(problemsOf({}, { TACHYMETER_GPU: "maybe" })).toEqual(["TACHYMETER_GPU"]);
});

test.each([
  ["1", true],
  ["Yes", true],
  ["on", true],
  ["0", false],
  ["no", false],
  ["OFF", false],
])("the variable TACHYMETER_API may be %s", (text, value) => {
  expect(readConfiguration({}, { TACHYMETER_API: text }).api).toBe(value);
});

test("OTEL_SDK_DISABLED is on by `true` alone, as specified", () => {
  expect(problemsOf({}, { OTEL_SDK_DISABLED: "1" })).toEqual([]);
  expect(readConfiguration({}, { OTEL_SDK_DISABLED: "1" }).disabled).toBe(false);
});
