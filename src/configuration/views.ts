// Views of a file as views of `start()`.
import { check, flag, oneOf, text, whole } from "../options/check.ts";
import type { ViewOptions } from "../engine/index.ts";
import type { InstrumentType as Type } from "../engine/sdk-values.ts";
import { AggregationType, InstrumentType } from "../engine/sdk-values.ts";
import { DEFAULT_BOUNDARIES } from "../engine/streams/aggregation.ts";
import { processorFrom } from "../engine/streams/key-filter.ts";
import { viewProblems } from "../engine/streams/view.ts";
import { any, type FileParser, texts } from "./file-parser.ts";

const TYPES = {
  counter: InstrumentType.COUNTER,
  gauge: InstrumentType.GAUGE,
  histogram: InstrumentType.HISTOGRAM,
  observable_counter: InstrumentType.OBSERVABLE_COUNTER,
  observable_gauge: InstrumentType.OBSERVABLE_GAUGE,
  observable_up_down_counter: InstrumentType.OBSERVABLE_UP_DOWN_COUNTER,
  up_down_counter: InstrumentType.UP_DOWN_COUNTER,
} as const satisfies Readonly<Record<string, Type>>;

const SELECTOR = {
  instrument_name: text,
  instrument_type: oneOf(
    "counter",
    "gauge",
    "histogram",
    "observable_counter",
    "observable_gauge",
    "observable_up_down_counter",
    "up_down_counter",
  ),
  unit: { must: "be a string", read: (value: unknown) => (typeof value === "string" ? value : undefined) },
  meter_name: text,
  meter_version: text,
  meter_schema_url: text,
};
const STREAM = {
  name: text,
  description: text,
  aggregation: any,
  aggregation_cardinality_limit: whole(1, 10_000_000),
  attribute_keys: any,
};
const boundaries = check(
  "be a list of numbers",
  (value): value is number[] => Array.isArray(value) && value.every((each) => typeof each === "number"),
);

/** The views of the list at `place`. */
export function viewsFrom(file: FileParser, place: string, given: unknown): readonly ViewOptions[] {
  return file.items(place, given).map(({ place: at, value }) => {
    const checks = { selector: any, stream: any };
    const { selector: from, stream: to } = file.fields(at, value, checks);
    file.parser.require(at, value, checks, ["selector", "stream"]);
    const selector = file.fields(`${at}.selector`, from, SELECTOR);
    const stream = file.fields(`${at}.stream`, to, STREAM);
    const aggregation = aggregationFrom(file, `${at}.stream.aggregation`, stream.aggregation);
    const keys = file.fields(`${at}.stream.attribute_keys`, stream.attribute_keys, {
      included: texts,
      excluded: texts,
    });
    const view: ViewOptions = {
      ...(selector.instrument_name !== undefined && { instrumentName: selector.instrument_name }),
      ...(selector.instrument_type !== undefined && { instrumentType: TYPES[selector.instrument_type] }),
      ...(selector.unit !== undefined && { instrumentUnit: selector.unit }),
      ...(selector.meter_name !== undefined && { meterName: selector.meter_name }),
      ...(selector.meter_version !== undefined && { meterVersion: selector.meter_version }),
      ...(selector.meter_schema_url !== undefined && { meterSchemaUrl: selector.meter_schema_url }),
      ...(stream.name !== undefined && { name: stream.name }),
      ...(stream.description !== undefined && { description: stream.description }),
      ...(stream.aggregation_cardinality_limit !== undefined && {
        aggregationCardinalityLimit: stream.aggregation_cardinality_limit,
      }),
      ...(aggregation !== undefined && { aggregation }),
      attributesProcessors: [
        ...(keys.included === undefined ? [] : [processorFrom({ allowed: keys.included })]),
        ...(keys.excluded === undefined ? [] : [processorFrom({ denied: keys.excluded })]),
      ],
    };
    // Problems of fields that contradict each other, by the provider's own rules. A selector without fields selects all instruments.
    const selecting = Object.keys(selector).length === 0 ? { ...view, instrumentName: "*" } : view;
    for (const { name, value: wrong, must } of from === undefined ? [] : viewProblems(selecting))
      file.parser.problem(`${at}${name.replace(/^view "[^"]*"/, "")}`, wrong, must);
    return selecting;
  });
}

const MIN_MAX = { record_min_max: flag };
const EXPLICIT = { boundaries, ...MIN_MAX };
const EXPONENTIAL = { max_scale: whole(-10, 20), max_size: whole(2, 16_384), ...MIN_MAX };
const AGGREGATIONS = [
  "default",
  "drop",
  "explicit_bucket_histogram",
  "base2_exponential_bucket_histogram",
  "last_value",
  "sum",
];

function aggregationFrom(file: FileParser, place: string, given: unknown): ViewOptions["aggregation"] {
  const component = given === undefined ? undefined : file.component(place, given, AGGREGATIONS);
  if (component === undefined) return undefined;
  const { name, place: at, properties } = component;
  if (name === "explicit_bucket_histogram") {
    const fields = file.fields(at, properties, EXPLICIT);
    const options = {
      boundaries: fields.boundaries ?? [...DEFAULT_BOUNDARIES],
      recordMinMax: fields.record_min_max ?? true,
    };
    return { type: AggregationType.EXPLICIT_BUCKET_HISTOGRAM, options };
  }
  if (name === "base2_exponential_bucket_histogram") {
    const fields = file.fields(at, properties, EXPONENTIAL);
    const options = {
      maxScale: fields.max_scale ?? 20,
      maxSize: fields.max_size ?? 160,
      recordMinMax: fields.record_min_max ?? true,
    };
    return { type: AggregationType.EXPONENTIAL_HISTOGRAM, options };
  }
  file.fields(at, properties, {});
  switch (name) {
    case "drop":
      return { type: AggregationType.DROP };
    case "sum":
      return { type: AggregationType.SUM };
    case "last_value":
      return { type: AggregationType.LAST_VALUE };
    default:
      return { type: AggregationType.DEFAULT };
  }
}
