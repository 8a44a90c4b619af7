// Exporters of a file as readers of `start()`.
import { bytes, type Check, check, flag, oneOf, text, whole } from "../options/check.ts";
import { HTTP_URL } from "../options/otlp.ts";
import { READER_TYPES } from "../options/readers.ts";
import { any, type Component, type FileParser, list, texts, withoutNulls } from "./file-parser.ts";
import { includeTest } from "./include.ts";
import { decoded, type NamedOptions, pairsFrom } from "./pairs.ts";

/** A number of milliseconds; in some places 0 stands for no limit. */
export const millis: Check<number> = whole(0, Number.MAX_SAFE_INTEGER);
const TEMPORALITY = oneOf("cumulative", "delta", "low_memory");
const HISTOGRAM = oneOf("explicit_bucket_histogram", "base2_exponential_bucket_histogram");
const SELECTION = { temporality_preference: TEMPORALITY, default_histogram_aggregation: HISTOGRAM };
const OTLP = {
  endpoint: text,
  tls: any,
  headers: list,
  headers_list: text,
  compression: oneOf("none", "gzip"),
  max_request_size: bytes(0),
  max_response_size: bytes(1),
  timeout: millis,
  ...SELECTION,
};
const HTTP = { ...OTLP, encoding: oneOf("protobuf", "json") };
const HTTP_TLS = { ca_file: text, key_file: text, cert_file: text };
const GRPC_TLS = { ...HTTP_TLS, insecure: flag };

// Exporters that the format leaves to each SDK; they have the options of the reader with this name.
const OF_THE_FORMAT = ["prometheus", "otlp", "console", "otlp-file"];
const OWN: readonly string[] = READER_TYPES.filter((type) => !OF_THE_FORMAT.includes(type));
/** Names of exporters of a periodic reader. */
export const PUSH_EXPORTERS: readonly string[] = [
  "otlp_http",
  "otlp_grpc",
  "otlp_file/development",
  "console",
  ...OWN,
];
/** Names of exporters that can export a collection in several parts. */
export const BATCH_EXPORTERS: readonly string[] = PUSH_EXPORTERS.filter((name) => !OWN.includes(name));
/** Names of exporters of a pull reader. */
export const PULL_EXPORTERS: readonly string[] = ["prometheus/development"];

/** Longest time-out of Node.js timers, in seconds. */
const NO_LIMIT_SECONDS = 2_147_483;

/** Seconds from milliseconds, of which 0 stands for no limit. */
export function limitSeconds(given: number): number {
  return given === 0 ? NO_LIMIT_SECONDS : Math.min(given / 1_000, NO_LIMIT_SECONDS);
}

/** Options of the reader with this exporter, each with its place in the file. */
export function exporterOptions(file: FileParser, component: Component): NamedOptions {
  const { name, place, properties } = component;
  switch (name) {
    case "otlp_http":
      return otlp(file, place, properties, { isHttp: true });
    case "otlp_grpc":
      return otlp(file, place, properties, { isHttp: false });
    case "otlp_file/development": {
      const fields = file.fields(place, properties, { output_stream: text, ...SELECTION });
      const path = fields.output_stream && pathFrom(file, `${place}.output_stream`, fields.output_stream);
      return {
        type: ["otlp-file", place],
        ...(path !== undefined && { file: [path, `${place}.output_stream`] }),
        ...selection(place, fields),
      };
    }
    case "console":
      return { type: ["console", place], ...selection(place, file.fields(place, properties, SELECTION)) };
    case "prometheus/development":
      return prometheus(file, place, properties);
    default: {
      const own = Object.entries(properties).flatMap(([key, value]) =>
        value === null ? [] : [[key, [withoutNulls(value), `${place}.${key}`]] as const],
      );
      return { ...Object.fromEntries(own), type: [name, place] };
    }
  }
}

/** Default URL of a backend over gRPC. */
export const GRPC_URL = "http://localhost:4317";

// Endpoints of grpc may be without a scheme; `insecure` then decides.
function withScheme(endpoint: string, insecure: boolean): string {
  return /^[a-z][a-z\d+.-]*:\/\//i.test(endpoint) ? endpoint : `${insecure ? "http" : "https"}://${endpoint}`;
}

interface Selected {
  temporality_preference?: "cumulative" | "delta" | "low_memory";
  default_histogram_aggregation?: string;
}

function selection(
  place: string,
  { temporality_preference: temporality, default_histogram_aggregation: histogram }: Selected,
): NamedOptions {
  return {
    ...(temporality !== undefined && {
      temporality: [temporality.replace("_", ""), `${place}.temporality_preference`],
    }),
    ...(histogram !== undefined && {
      histogramAggregation: [histogram, `${place}.default_histogram_aggregation`],
    }),
  };
}

function otlp(
  file: FileParser,
  place: string,
  properties: object,
  { isHttp }: { readonly isHttp: boolean },
): NamedOptions {
  const fields = isHttp ? file.fields(place, properties, HTTP) : file.fields(place, properties, OTLP);
  const encoding = "encoding" in fields ? fields.encoding : undefined;
  const { endpoint, compression, timeout, tls, headers, headers_list } = fields;
  const { max_request_size: request, max_response_size: response } = fields;
  const protocol = isHttp ? (encoding === "json" ? "http/json" : "http/protobuf") : "grpc";
  const security = file.fields(`${place}.tls`, tls, isHttp ? HTTP_TLS : GRPC_TLS);
  const { ca_file: caFile, cert_file: certFile, key_file: keyFile } = security;
  const insecure = "insecure" in security ? security.insecure : undefined;
  const given = pairsFrom(file, `${place}.headers`, headers, [`${place}.headers_list`, headers_list]);
  return {
    type: ["otlp", place],
    protocol: [protocol, isHttp ? `${place}.encoding` : place],
    url: [
      isHttp ? (endpoint ?? HTTP_URL) : withScheme(endpoint ?? GRPC_URL, insecure === true),
      `${place}.endpoint`,
    ],
    headers: [given, headers === undefined ? `${place}.headers_list` : `${place}.headers`],
    compression: [compression ?? "none", `${place}.compression`],
    timeout: [limitSeconds(timeout ?? 10_000), `${place}.timeout`],
    // 0 stands for no limit.
    ...(request !== undefined && {
      maxRequestBytes: [request === 0 ? Number.MAX_SAFE_INTEGER : request, `${place}.max_request_size`],
    }),
    ...(response !== undefined && { maxResponseBytes: [response, `${place}.max_response_size`] }),
    ...(tls !== undefined && {
      tls: [
        {
          ...(caFile !== undefined && { caFile }),
          ...(certFile !== undefined && { certFile }),
          ...(keyFile !== undefined && { keyFile }),
        },
        `${place}.tls`,
      ],
    }),
    ...selection(place, fields),
  };
}

// `stdout`, or a URL of scheme `file`.
function pathFrom(file: FileParser, place: string, stream: string): string | undefined {
  if (stream === "stdout") return undefined;
  const url = URL.canParse(stream) ? new URL(stream) : undefined;
  const path = url?.protocol === "file:" && url.host === "" ? decoded(url.pathname) : undefined;
  if (path !== undefined && path !== "/") return path.replace(/^\/(?=[A-Za-z]:)/, "");
  return file.parser.problem(
    place,
    stream,
    "be stdout, or the URL of a file such as file:///var/log/metrics.jsonl",
  );
}

const STRATEGIES: Readonly<Record<string, string>> = {
  underscore_escaping_with_suffixes: "UnderscoreEscapingWithSuffixes",
  "underscore_escaping_without_suffixes/development": "UnderscoreEscapingWithoutSuffixes",
  "no_utf8_escaping_with_suffixes/development": "NoUTF8EscapingWithSuffixes",
  "no_translation/development": "NoTranslation",
};

// Version 1.1 has renamed the fields that begin with `with`, and turned the meaning of some around.
const PROMETHEUS = {
  host: text,
  port: check("be a whole number from 0 to 65535", isPort),
  scope_info_enabled: flag,
  without_scope_info: flag,
  "target_info_enabled/development": flag,
  "without_target_info/development": flag,
  without_target_info: flag,
  resource_constant_labels: any,
  with_resource_constant_labels: any,
  translation_strategy: {
    must: `be one of ${Object.keys(STRATEGIES).join(", ")}`,
    // Version 1.0 has the names of code.
    read: (given: unknown) =>
      typeof given !== "string"
        ? undefined
        : (STRATEGIES[given] ?? Object.values(STRATEGIES).find((name) => name === given)),
  },
};

function isPort(given: unknown): given is number {
  return typeof given === "number" && Number.isInteger(given) && given >= 0 && given <= 65_535;
}

function prometheus(file: FileParser, place: string, properties: object): NamedOptions {
  const fields = file.fields(place, properties, PROMETHEUS);
  const isOld = fields.with_resource_constant_labels !== undefined;
  const labels = isOld ? "with_resource_constant_labels" : "resource_constant_labels";
  const without = fields["without_target_info/development"] ?? fields.without_target_info;
  const targetInfo =
    fields["target_info_enabled/development"] ?? (without === undefined ? undefined : !without);
  const { host, port, without_scope_info: withoutScope, translation_strategy: strategy } = fields;
  const scopeLabels = fields.scope_info_enabled ?? (withoutScope === undefined ? undefined : !withoutScope);
  const constant = labelsFrom(file, `${place}.${labels}`, fields[labels]);
  return {
    type: ["prometheus", place],
    host: [host ?? "localhost", `${place}.host`],
    port: [port ?? 9464, `${place}.port`],
    ...(scopeLabels !== undefined && { scopeLabels: [scopeLabels, `${place}.scope_info_enabled`] }),
    ...(targetInfo !== undefined && {
      withoutTargetInfo: [!targetInfo, `${place}.target_info_enabled/development`],
    }),
    ...(constant !== undefined && { withResourceConstantLabels: [constant, `${place}.${labels}`] }),
    ...(strategy !== undefined && { translationStrategy: [strategy, `${place}.translation_strategy`] }),
  };
}

// The reader's option is an expression. Excluded keys are a look-ahead of it.
function labelsFrom(file: FileParser, place: string, given: unknown): RegExp | undefined {
  if (given === undefined) return undefined;
  const { included, excluded } = file.fields(place, given, { included: texts, excluded: texts });
  return includeTest({ included, excluded }).expression;
}
