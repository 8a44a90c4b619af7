// Section `meter_provider`: readers, views, the exemplar filter and the meters that are on.
import { flag, oneOf, text, whole } from "../options/check.ts";
import type { RawOptions } from "../options/parser.ts";
import {
  BATCH_EXPORTERS,
  exporterOptions,
  limitSeconds,
  millis,
  PULL_EXPORTERS,
  PUSH_EXPORTERS,
} from "./exporters.ts";
import { any, type FileParser } from "./file-parser.ts";
import { includeTest } from "./include.ts";
import type { NamedOptions } from "./pairs.ts";
import { viewsFrom } from "./views.ts";

const PROVIDER = {
  readers: any,
  views: any,
  exemplar_filter: oneOf("always_on", "always_off", "trace_based"),
  "meter_configurator/development": any,
  "view_matching_mode/development": oneOf("independent", "composable"),
};
const READERS = ["periodic", "pull"];
const LIMIT = whole(1, 10_000_000);
const LIMITS = {
  default: LIMIT,
  counter: LIMIT,
  gauge: LIMIT,
  histogram: LIMIT,
  observable_counter: LIMIT,
  observable_gauge: LIMIT,
  observable_up_down_counter: LIMIT,
  up_down_counter: LIMIT,
};
const PULL = { exporter: any, producers: any, cardinality_limits: any };
const BATCH_SIZE = "max_export_batch_size/development";
const NONE_GIVEN = { interval: undefined, timeout: undefined, [BATCH_SIZE]: undefined };
const PERIODIC = {
  ...PULL,
  interval: { ...whole(1, 2_147_483_000), must: "be a whole number of milliseconds above 0" },
  timeout: millis,
  "max_export_batch_size/development": whole(1, Number.MAX_SAFE_INTEGER),
};

/** Options of `start()` from the section. */
export function meterProviderOptions(file: FileParser, place: string, given: unknown): RawOptions {
  const fields = file.fields(place, given, PROVIDER);
  const { views, exemplar_filter: exemplarFilter, readers } = fields;
  const viewMatchingMode = fields["view_matching_mode/development"];
  if (given !== undefined && given !== null && (!Array.isArray(readers) || readers.length === 0))
    file.parser.problem(`${place}.readers`, readers, "be a list of at least one reader");
  file.origin("readers", `${place}.readers`);
  file.origin("views", `${place}.views`);
  file.origin("meterConfigurator", `${place}.meter_configurator/development`);
  file.origin("exemplarFilter", `${place}.exemplar_filter`);
  file.origin("viewMatchingMode", `${place}.view_matching_mode/development`);
  const configured = fields["meter_configurator/development"];
  return {
    readers: file.items(`${place}.readers`, readers).flatMap(({ place: at, value }, i) => {
      const named = readerFrom(file, at, value);
      if (named === undefined) return [];
      file.origin(`readers[${i}]`, named["type"]?.[1] ?? at);
      for (const [name, [, from]] of Object.entries(named)) file.origin(`readers[${i}].${name}`, from);
      return Object.fromEntries(Object.entries(named).map(([name, [option]]) => [name, option]));
    }),
    ...(views !== undefined && { views: viewsFrom(file, `${place}.views`, views) }),
    ...(exemplarFilter !== undefined && { exemplarFilter }),
    ...(viewMatchingMode !== undefined && { viewMatchingMode }),
    ...(configured !== undefined && {
      meterConfigurator: configurator(file, `${place}.meter_configurator/development`, configured),
    }),
  };
}

function readerFrom(file: FileParser, place: string, given: unknown): NamedOptions | undefined {
  const reader = file.component(place, given, READERS);
  if (reader === undefined) return undefined;
  const { place: at, properties } = reader;
  const isPush = reader.name === "periodic";
  const fields = isPush ? file.fields(at, properties, PERIODIC) : file.fields(at, properties, PULL);
  const exporters = isPush ? PUSH_EXPORTERS : PULL_EXPORTERS;
  const exporter = file.component(`${at}.exporter`, fields.exporter, exporters);
  const producers = `${at}.producers`;
  for (const { place: producer, value } of file.items(producers, fields.producers))
    file.refuse(producer, value, "register the producer in code, with option metricProducers of the reader");
  const { interval, timeout, [BATCH_SIZE]: batchSize } = { ...NONE_GIVEN, ...fields };
  if (batchSize !== undefined && exporter !== undefined && !BATCH_EXPORTERS.includes(exporter.name))
    file.refuse(`${at}.${BATCH_SIZE}`, batchSize, `${exporter.name} exports a collection as a whole`);
  const limits = limitsFrom(file, `${at}.cardinality_limits`, fields.cardinality_limits);
  if (exporter === undefined) return undefined;
  const options = exporterOptions(file, exporter);
  const times: NamedOptions = {
    // Without an interval, that of all readers applies: by default 60 s, as in the format.
    ...(interval !== undefined && { interval: [interval / 1_000, `${at}.interval`] }),
    ...(timeout !== undefined && { exportTimeout: [limitSeconds(timeout), `${at}.timeout`] }),
  };
  const batches = batchSize !== undefined && BATCH_EXPORTERS.includes(exporter.name);
  // Our own exporters have these options, too.
  for (const [name, [, other]] of Object.entries(times)) {
    const twice = options[name];
    if (twice !== undefined)
      file.parser.problem(twice[1], twice[0], `be left out, since ${other} is set; keep one of them`);
  }
  return {
    ...(isPush && { exportTimeout: [30, `${at}.timeout`] }),
    ...options,
    ...times,
    ...(batches && { maxExportBatchSize: [batchSize, `${at}.${BATCH_SIZE}`] }),
    ...(limits !== undefined && { cardinalityLimits: [limits, `${at}.cardinality_limits`] }),
  };
}

function limitsFrom(file: FileParser, place: string, given: unknown): object | undefined {
  if (given === undefined || given === null) return undefined;
  const limits = Object.entries(file.fields(place, given, LIMITS));
  return Object.fromEntries(
    limits.map(([name, limit]) => [
      name.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()),
      limit,
    ]),
  );
}

const METER = { enabled: flag };

// The first entry whose name matches decides.
function configurator(
  file: FileParser,
  place: string,
  given: unknown,
): (scope: { readonly name: string }) => { readonly enabled?: boolean } {
  const { default_config: standard, meters } = file.fields(place, given, {
    default_config: any,
    meters: any,
  });
  const { enabled = true } = file.fields(`${place}.default_config`, standard, METER);
  const entries = file.items(`${place}.meters`, meters).map(({ place: at, value }) => {
    const checks = { name: text, config: any };
    const { name = "", config } = file.fields(at, value, checks);
    file.parser.require(at, value, checks, ["name", "config"]);
    const { enabled: isOn = true } = file.fields(`${at}.config`, config, METER);
    return { ...includeTest({ included: [name] }), isOn };
  });
  return ({ name }) => ({ enabled: entries.find(({ test }) => test(name))?.isOn ?? enabled });
}
