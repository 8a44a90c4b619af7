// The JSON schema of configuration files, for editors: our section, and the fields around it.
import { PULL_EXPORTERS, PUSH_EXPORTERS } from "./exporters.ts";
import { LOG_LEVEL_NAMES } from "./severity.ts";

/** A JSON schema (draft 2020-12). */
export type JsonSchema = Readonly<Record<string, unknown>>;

const flag = { type: "boolean" };
const text = { type: "string", minLength: 1 };
const seconds = { type: "number", exclusiveMinimum: 0, maximum: 2_147_483 };
const bytes = { type: "integer", minimum: 1 };
const anyObject = { type: "object" };
const strings = { type: "array", items: { type: "string" } };

type Fields = Readonly<Record<string, JsonSchema>>;

// As the format says, a null field counts as left out.
function object(fields: Fields, description?: string, required: Fields = {}): JsonSchema {
  const properties = Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, orNull(field)]));
  return {
    type: "object",
    additionalProperties: false,
    required: Object.keys(required),
    properties: { ...required, ...properties },
    ...(description !== undefined && { description }),
  };
}

function orNull(schema: JsonSchema): JsonSchema {
  const { type, enum: words, anyOf } = schema;
  if (Array.isArray(words)) return { ...schema, enum: [...words, null] };
  if (Array.isArray(anyOf)) return { ...schema, anyOf: [...anyOf, { type: "null" }] };
  return { ...schema, type: [type, "null"].flat() };
}

function whole(minimum: number, maximum: number): JsonSchema {
  return { type: "integer", minimum, maximum };
}

function switchOr(schema: JsonSchema, description: string): JsonSchema {
  return { anyOf: [flag, schema], description };
}

const kept = object({ maxMetricsPerSecond: whole(1, 10_000) });

/** The options of section `distribution.tachymeter`. */
export const OWN_PROPERTIES: Fields = {
  alerts: switchOr(
    object({
      rules: { type: "array", items: { type: ["string", "object"] } },
      monitors: { type: ["boolean", "object"] },
      slo: { type: "array", items: { type: "object" } },
      sequences: { type: "array", items: { type: ["string", "object"] } },
      receivers: { type: "array", items: { type: "object", required: ["type"] } },
      route: anyObject,
      inhibit: { type: "array", items: { type: "object" } },
      muteTimes: { type: "array", items: { type: "object" } },
      interval: seconds,
      directory: text,
      missingData: { enum: ["hold", "resolve", "alert"] },
    }),
    "Alert rules that are evaluated in the process.",
  ),
  anomalies: switchOr(
    object({
      series: strings,
      maxSeries: whole(1, 10_000),
      falseAlarmsPerDay: { type: "number", exclusiveMinimum: 0 },
      sensitivity: { enum: ["low", "normal", "high"] },
    }),
    "Detection of unusual values.",
  ),
  api: { ...flag, description: "Prometheus' HTTP API at the Prometheus endpoint." },
  cardinalityLimit: { ...whole(1, 10_000_000), description: "Series of an instrument, for each reader." },
  collectionInterval: {
    ...seconds,
    description: "Seconds between two collections of readers without an interval.",
  },
  eventLog: {
    anyOf: [
      { type: "string" },
      object({ maxBytes: bytes, maxAge: seconds, maxFiles: whole(1, 10_000) }, undefined, { file: text }),
    ],
    description: "A file to which events are appended.",
  },
  exitTimeout: { ...seconds, description: "Seconds for all flushes at the end of the process." },
  facades: object(
    {
      events: object({ maxEvents: whole(1, 10_000_000) }),
      coordination: object({ nodeTimeout: seconds }),
      messaging: object({ system: text, maxDestinations: whole(1, 10_000_000) }),
      commands: object({ maxCommands: whole(1, 10_000_000) }),
      system: object({ collectionInterval: seconds, maxMetricsPerSecond: whole(1, 10_000) }),
      network: kept,
      custom: kept,
      genAi: object({ maxNames: whole(1, 10_000_000), prices: { type: ["object", "string"] } }),
    },
    "Options of the facades.",
  ),
  group: {
    anyOf: [
      { type: ["boolean", "string"] },
      object({
        name: text,
        directory: text,
        interval: { type: "number", minimum: 0.01, maximum: 3_600 },
        reporter: { enum: ["loop", "thread"] },
        gauges: { enum: ["last", "sum", "min", "max", "mean", "each"] },
        workerAttribute: text,
      }),
    ],
    description: "Threads and processes as one.",
  },
  history: switchOr(
    object({
      path: text,
      retention: object({
        metricsDays: { type: "number", exclusiveMinimum: 0 },
        eventsDays: { type: "number", exclusiveMinimum: 0 },
      }),
      maxBytes: { type: "integer", minimum: 1_048_576 },
    }),
    "Metrics and events in a local file.",
  ),
  hooks: object({ kernels: flag }, "Worker threads and pools."),
  host: switchOr(object({ gpu: flag }), "Metrics of the machine and the process."),
  live: object(
    {
      resolution: { type: "number", minimum: 1, maximum: 300 },
      maxBytes: { type: "integer", minimum: 1_048_576 },
      experimental: flag,
    },
    "The last hour in memory.",
  ),
  loader: { ...flag, description: "Whether Node's loader is hooked for libraries that need it." },
  mcp: switchOr(object({ silences: flag }), "The server of the Model Context Protocol at /mcp of the page."),
  page: switchOr(object({ traceUrl: text, peers: strings }), "The live page at the Prometheus endpoint."),
  profiles: switchOr(
    object({
      blockThreshold: { type: "number", minimum: 0.02, maximum: 60 },
      sampling: { type: "number", minimum: 1, maximum: 1_000 },
      directory: text,
      maxBytes: { type: "integer", minimum: 1_048_576 },
    }),
    "The functions that block the event loop.",
  ),
  proxy: {
    anyOf: [{ type: "string" }, { const: false }],
    description: "URL of the proxy for our own requests, or false for none.",
  },
  readers: {
    type: "array",
    items: { anyOf: [{ type: "string" }, { type: "object", required: ["type"] }] },
    description: "Further readers, with their options in start().",
  },
  reload: { ...flag, description: "Whether the file is read again when it changes, and on SIGHUP." },
  runtime: { ...flag, description: "Metrics of Node.js." },
  seriesTimeToLive: { ...seconds, description: "Seconds after which an idle series is removed." },
  signals: { ...flag, description: "Whether SIGTERM and SIGINT flush, if something has to be flushed." },
};

function components(names: readonly string[]): JsonSchema {
  const properties = Object.fromEntries(names.map((name) => [name, orNull(anyObject)]));
  return { type: "object", additionalProperties: false, minProperties: 1, maxProperties: 1, properties };
}

/** The schema. Fields of OpenTelemetry's format are described as far as this SDK reads them. */
export function configurationSchema(): JsonSchema {
  const reader = (exporters: readonly string[], further: Fields): JsonSchema =>
    object({ cardinality_limits: anyObject, ...further }, undefined, { exporter: components(exporters) });
  const times = {
    interval: { type: "integer", minimum: 1 },
    timeout: { type: "integer", minimum: 0 },
    "max_export_batch_size/development": { type: "integer", minimum: 1 },
  };
  const readers = {
    type: "array",
    minItems: 1,
    items: {
      type: "object",
      additionalProperties: false,
      minProperties: 1,
      maxProperties: 1,
      properties: { periodic: reader(PUSH_EXPORTERS, times), pull: reader(PULL_EXPORTERS, {}) },
    },
  };
  const provider = {
    views: { type: "array", items: { type: "object", required: ["selector", "stream"] } },
    exemplar_filter: { enum: ["always_on", "always_off", "trace_based"] },
    "meter_configurator/development": anyObject,
    "view_matching_mode/development": { enum: ["independent", "composable"] },
  };
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: "Configuration of Tachymeter in OpenTelemetry's declarative format",
    ...object(
      {
        disabled: flag,
        log_level: { enum: LOG_LEVEL_NAMES },
        attribute_limits: anyObject,
        resource: anyObject,
        propagator: anyObject,
        tracer_provider: anyObject,
        logger_provider: anyObject,
        meter_provider: object(provider, undefined, { readers }),
        "instrumentation/development": anyObject,
        distribution: { type: "object", properties: { tachymeter: orNull(object(OWN_PROPERTIES)) } },
      },
      undefined,
      { file_format: { type: "string", pattern: String.raw`^1\.\d+` } },
    ),
    patternProperties: { "^x-": {} },
  };
}
