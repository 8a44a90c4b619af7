// docs/configuration.md names every option and variable that the code knows, with its default and bounds, and no other.
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { ALERTS } from "../../src/alerts/options.ts";
import { FACADE_CHECKS } from "../../src/options/facades.ts";
import { HISTORY } from "../../src/options/history.ts";
import { type OptionsProblem, readConfiguration } from "../../src/options/index.ts";
import { OUTBOX } from "../../src/options/outbox.ts";
import { Parser } from "../../src/options/parser.ts";
import { READER_TYPES } from "../../src/options/readers.ts";
import { SETTINGS } from "../../src/options/settings.ts";
import { PROMETHEUS } from "../../src/readers/prometheus/serving/options.ts";

interface Row {
  readonly section: string;
  readonly names: readonly string[];
  readonly variables: readonly string[];
  readonly type: string;
  readonly fallback: string;
}

const page = readFileSync(resolve(import.meta.dirname, "../../docs/configuration.md"), "utf8");
const rows = page.split(/^##+ /m).flatMap(rowsOf);

// Read by OpenTelemetry's packages and by parts other than the parser of options.
const READ_ELSEWHERE = [
  "OTEL_CONFIG_FILE",
  "OTEL_EXPERIMENTAL_CONFIG_FILE",
  "OTEL_SERVICE_NAME",
  "OTEL_RESOURCE_ATTRIBUTES",
  "OTEL_SEMCONV_STABILITY_OPT_IN",
  "OTEL_INSTRUMENTATION_HTTP_KNOWN_METHODS",
  "OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE",
  "OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION",
  ...["HEADERS", "COMPRESSION", "CERTIFICATE", "CLIENT_KEY", "CLIENT_CERTIFICATE"].flatMap((name) => [
    `OTEL_EXPORTER_OTLP_METRICS_${name}`,
    `OTEL_EXPORTER_OTLP_${name}`,
  ]),
];

// The sections, and the problems of `start()` with given options of each.
const SECTIONS: Readonly<Record<string, (fields: object) => readonly OptionsProblem[]>> = {
  "Options of `start()`": problemsOf,
  "Reader prometheus": prometheusProblems,
  "Reader otlp": (fields) => problemsOf({ readers: [{ type: "otlp", ...fields }] }),
  Outbox: (fields) => problemsOf({ readers: [{ type: "otlp", outbox: { directory: "outbox", ...fields } }] }),
  "Reader json": (fields) =>
    problemsOf({
      readers: [{ type: "json", ...("url" in fields ? {} : { format: "ndjson" }), ...fields }],
    }),
  "Reader pushgateway": (fields) =>
    problemsOf({ readers: [{ type: "pushgateway", url: "http://localhost:9091", job: "shop", ...fields }] }),
  "Reader remote-write": (fields) =>
    problemsOf({ readers: [{ type: "remote-write", url: "http://localhost:9090", ...fields }] }),
  "Reader otlp-file": (fields) => problemsOf({ readers: [{ type: "otlp-file", ...fields }] }),
  "Reader console": (fields) => problemsOf({ readers: [{ type: "console", ...fields }] }),
  Facades: (facades) => problemsOf({ facades }),
  History: (history) => problemsOf({ history }),
  Live: (live) => problemsOf({ live }),
  Page: (fields) => problemsOf({ page: fields }),
  Alerts: alertsProblems,
  Group: (group) => problemsOf({ group }),
  eventLog: (fields) => problemsOf({ eventLog: { file: "events.ndjson", ...fields } }),
};

describe.each(Object.keys(SECTIONS))("the section %s", (section) => {
  const names = rows.filter((row) => row.section === section).flatMap((row) => row.names);
  // The others beneath `instrumentations` are in docs/instrumentations.md.
  const nested = names.filter((name) => name.includes(".") && !name.startsWith("instrumentations."));
  const parents = new Set(nested.map((name) => name.split(".")[0]!));

  test.each(["", ...parents])("names each option beneath %j and no other", (parent) => {
    const known = knownOptions(section, parent);
    const here = parent === "" ? names : names.filter((name) => name.startsWith(`${parent}.`));
    const shown = here.map((name) => (parent === "" ? name : name.slice(parent.length + 1)).split(".")[0]!);
    expect([...new Set(shown)].toSorted(), `rows of ${section} in docs/configuration.md`).toEqual(
      known.toSorted(),
    );
  });

  test("has the bounds of each option", () => {
    const lacking = rows
      .filter((row) => row.section === section)
      .filter(({ names: [name = ""], type }) =>
        boundsOf(section, name).some((bound) => !type.includes(bound)),
      );
    expect(lacking).toEqual([]);
  });
});

test("the page has a section for each type of reader, and its options are compared", () => {
  const types = READER_TYPES.map((type) => `Reader ${type}`);
  const sections = new Set(rows.map(({ section }) => section));
  expect(
    types.filter((type) => !sections.has(type)),
    "add a section with a table of its options to docs/configuration.md",
  ).toEqual([]);
  expect(
    types.filter((type) => !(type in SECTIONS)),
    "add it to SECTIONS of this test",
  ).toEqual([]);
});

test("the page names each variable that is read, and no other", () => {
  const { environment, read } = recordingEnvironment();
  readConfiguration({}, environment);
  const { environment: exporters, read: readByReaders } = recordingEnvironment({
    OTEL_METRICS_EXPORTER: "prometheus,otlp,json,console",
  });
  readConfiguration({}, exporters);
  PROMETHEUS.parse(new Parser({}, exporters), {}, "options");
  const known = new Set([...read, ...readByReaders, ...listedVariables(), ...READ_ELSEWHERE]);
  const shown = new Set(rows.flatMap(({ variables }) => variables));
  expect(
    [...known].filter((name) => !shown.has(name)),
    "add a row to docs/configuration.md",
  ).toEqual([]);
  expect(
    [...shown].filter((name) => !known.has(name)),
    "remove it from docs/configuration.md, or add it to VARIABLES in src/options/unread-variables.ts",
  ).toEqual([]);
});

test("the page has the default of each setting", () => {
  const wrong = Object.entries(SETTINGS).filter(([name, { option, variable, fallback }]) => {
    if (fallback === undefined || typeof fallback === "object") return false;
    const row = rows.find(
      ({ names, variables }) =>
        (option !== undefined && names.includes(option)) ||
        (variable !== undefined && variables.includes(variable)),
    );
    const isInSeconds = name.endsWith("Millis") && option !== undefined;
    return row?.fallback !== String(isInSeconds ? Number(fallback) / 1_000 : fallback);
  });
  expect(wrong.map(([name]) => name)).toEqual([]);
});

test("the page has the defaults of the history and the outbox", () => {
  const parser = new Parser();
  const { maxBytes, metricsDays, eventsDays, path } = HISTORY.parse(parser, {}, "history");
  expect(fallbackOf("History", "maxBytes")).toBe(String(maxBytes));
  expect(fallbackOf("History", "retention.metricsDays")).toBe(String(metricsDays));
  expect(fallbackOf("History", "retention.eventsDays")).toBe(String(eventsDays));
  expect(fallbackOf("History", "path")).toContain(path);
  const outbox = OUTBOX.parse(parser, { directory: "outbox" }, "outbox");
  expect(fallbackOf("Outbox", "maxBytes")).toBe(String(outbox.maxBytes));
  expect(fallbackOf("Outbox", "maxAge")).toBe(String(outbox.maxAgeMillis / 1_000));
  expect(fallbackOf("Outbox", "catchUp")).toBe(String(outbox.catchUp));
  expect(fallbackOf("Outbox", "fsync")).toBe(`\`${outbox.fsync}\``);
});

test("the page has the defaults of the live samples", () => {
  const { live } = readConfiguration({}, {});
  expect(fallbackOf("Live", "resolution")).toBe(String(live.resolutionMillis / 1_000));
  expect(fallbackOf("Live", "maxBytes")).toBe(String(live.maxBytes));
});

test("the page has the defaults of the group", () => {
  const { group } = readConfiguration({}, {});
  expect(fallbackOf("Group", "interval")).toBe(String(group!.intervalMillis / 1_000));
  expect(fallbackOf("Group", "reporter")).toBe(`\`${group!.reporter}\``);
  expect(fallbackOf("Group", "gauges")).toBe(`\`${group!.gauges}\``);
  expect(fallbackOf("Group", "workerAttribute")).toBe(`\`${group!.workerAttribute}\``);
});

function rowsOf(text: string): Row[] {
  const section = text.split("\n", 1)[0]!;
  const isOfVariables = section === "Variables without an option";
  return [...text.matchAll(/^\|( `.*)\|$/gm)].map(([, line = ""]) => {
    const cells = line.split("|").map((cell) => cell.trim());
    const quoted = (cell = ""): string[] => [...cell.matchAll(/`([^`]+)`/g)].map(([, name = ""]) => name);
    if (isOfVariables) {
      const [variables, type = "", fallback = ""] = cells;
      return { section, names: [], variables: quoted(variables), type, fallback };
    }
    const [names, variables, type = "", fallback = ""] = cells;
    return { section, names: quoted(names), variables: quoted(variables), type, fallback };
  });
}

function fallbackOf(section: string, name: string): string | undefined {
  return rows.find((row) => row.section === section && row.names.includes(name))?.fallback;
}

function alertsProblems(fields: object): readonly OptionsProblem[] {
  const parser = new Parser();
  ALERTS.parse(parser, fields, "alerts");
  return parser.problems;
}

function problemsOf(options: object): readonly OptionsProblem[] {
  return readConfiguration({ ...options }, {}).problems;
}

// Names are refused by the configuration, values by the exporter.
function prometheusProblems(fields: object): readonly OptionsProblem[] {
  const { problems } = readConfiguration({ readers: [{ type: "prometheus", ...fields }] }, {});
  const parser = new Parser();
  PROMETHEUS.parse(parser, fields, "options");
  return [...problems, ...parser.problems];
}

// The error for an unknown option lists the known ones.
function knownOptions(section: string, parent: string): readonly string[] {
  // A name that resembles none of them.
  const unknown = { ["z".repeat(40)]: true };
  const fields = parent === "" ? unknown : { [parent]: unknown };
  // Its option `health` belongs to `start()`, the others to the exporter.
  const others = section === "Reader prometheus" && parent === "" ? ["health"] : [];
  const lists = SECTIONS[section]!(fields).flatMap(
    ({ must }) => /^be one of the options (.*)$/.exec(must)?.[1]?.split(", ") ?? [],
  );
  return [...others, ...lists];
}

function boundsOf(section: string, name: string): readonly string[] {
  const rule = section === "Facades" ? ruleOfFacade(name) : ruleOf(section, name);
  const bounds = rule.replaceAll(/\{.*\}/g, "").match(/\d{2,}/g) ?? [];
  return bounds.filter((bound) => Number(bound) < Number.MAX_SAFE_INTEGER);
}

function ruleOf(section: string, name: string): string {
  const [first = "", second] = name.split(".");
  const invalid = Symbol("invalid");
  const fields = { [first]: second === undefined ? invalid : { [second]: invalid } };
  return SECTIONS[section]!(fields)
    .filter((problem) => problem.name.endsWith(name))
    .map(({ must }) => must)
    .join("; ");
}

function ruleOfFacade(name: string): string {
  const [facade = "", option = ""] = name.split(".");
  const checks: Readonly<Record<string, Readonly<Record<string, { must: string }>>>> = FACADE_CHECKS;
  return checks[facade]![option]!.must;
}

// The warning about an unknown variable lists the known ones.
function listedVariables(): readonly string[] {
  const { warnings } = readConfiguration({}, { TACHYMETER_QQQQQQQQQQQQQQQQQQ: "1" });
  return warnings.flatMap((warning) => warning.split("known variables are ")[1]?.split(", ") ?? []);
}

function recordingEnvironment(values: Record<string, string> = {}) {
  const read = new Set<string>();
  const environment = new Proxy(values, {
    get: (target, name) => {
      if (typeof name === "string") read.add(name);
      return Reflect.get(target, name);
    },
  });
  return { environment, read };
}
