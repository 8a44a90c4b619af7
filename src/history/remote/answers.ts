// Shapes of responses of the Prometheus HTTP API.
import { isObject } from "../../options/check.ts";
import type { HistogramJson } from "../../query/histograms/text.ts";

/** Checks the `data` of a response. */
export type Shape<Data> = (value: unknown) => value is Data;

export type RemoteLabels = Readonly<Record<string, string>>;

type Timed<Value> = readonly [time: number, value: Value];

/** Seconds since the epoch, and a number as text. */
export type RemotePoint = Timed<string>;

/** `value` and `histogram` are set in results of instant queries. */
export interface RemoteSeries {
  readonly metric: RemoteLabels;
  readonly value?: RemotePoint;
  readonly values?: readonly RemotePoint[];
  readonly histogram?: Timed<HistogramJson>;
  readonly histograms?: readonly Timed<HistogramJson>[];
}

interface SeriesResult {
  readonly result: readonly RemoteSeries[];
}

/** The result of an expression of any type. */
export type RemoteResult =
  | { readonly resultType: "vector" | "matrix"; readonly result: readonly RemoteSeries[] }
  | { readonly resultType: "scalar" | "string"; readonly result: RemotePoint };

interface MetadataEntry {
  readonly type: string;
  readonly unit?: string;
  readonly help?: string;
}

/** Metadata by the name of a metric. */
export type RemoteMetadata = Readonly<Record<string, readonly MetadataEntry[]>>;

interface SeriesCounts {
  readonly totalSeries?: number;
  readonly headStats?: { readonly numSeries?: number };
}

// Maximum distance of a date from the epoch, in seconds.
const MAX_TIME = 8_640_000_000_000;

export const TEXT: Shape<string> = (value) => typeof value === "string";
const NUMBER: Shape<number> = (value) => typeof value === "number";

function optional<Data>(shape: Shape<Data>): Shape<Data | undefined> {
  return (value): value is Data | undefined => value === undefined || shape(value);
}

/** A list of equal items. */
export function listOf<Item>(shape: Shape<Item>): Shape<readonly Item[]> {
  return (value): value is readonly Item[] => Array.isArray(value) && value.every((item) => shape(item));
}

/** An object of equal values. */
export function mapOf<Value>(shape: Shape<Value>): Shape<Readonly<Record<string, Value>>> {
  return (value): value is Readonly<Record<string, Value>> =>
    isObject(value) && Object.values(value).every((each) => shape(each));
}

function timed<Value>(shape: Shape<Value>): Shape<Timed<Value>> {
  return (value): value is Timed<Value> =>
    Array.isArray(value) && NUMBER(value[0]) && Math.abs(value[0]) <= MAX_TIME && shape(value[1]);
}

function fields<Data>(shapes: Readonly<Record<keyof Data & string, Shape<unknown>>>): Shape<Data> {
  const entries = Object.entries<Shape<unknown>>(shapes);
  return (value): value is Data => isObject(value) && entries.every(([name, shape]) => shape(value[name]));
}

const BUCKET: Shape<unknown> = (value): value is unknown =>
  Array.isArray(value) && value.length === 4 && NUMBER(value[0]) && value.slice(1).every(TEXT);
const HISTOGRAM = fields<HistogramJson>({ count: TEXT, sum: TEXT, buckets: optional(listOf(BUCKET)) });

export const SERIES: Shape<SeriesResult> = fields<SeriesResult>({
  result: listOf(
    fields<RemoteSeries>({
      metric: mapOf(TEXT),
      value: optional(timed(TEXT)),
      values: optional(listOf(timed(TEXT))),
      histogram: optional(timed(HISTOGRAM)),
      histograms: optional(listOf(timed(HISTOGRAM))),
    }),
  ),
});

export const RESULT: Shape<RemoteResult> = (value): value is RemoteResult => {
  if (!isObject(value)) return false;
  const { resultType, result } = value;
  if (resultType === "scalar" || resultType === "string") return timed(TEXT)(result);
  return (resultType === "vector" || resultType === "matrix") && SERIES(value);
};

export const METADATA: Shape<RemoteMetadata> = mapOf(
  listOf(fields<MetadataEntry>({ type: TEXT, unit: optional(TEXT), help: optional(TEXT) })),
);

export const NUMBER_OF_SERIES: Shape<SeriesCounts> = fields<SeriesCounts>({
  totalSeries: optional(NUMBER),
  headStats: optional(fields<{ readonly numSeries?: number }>({ numSeries: optional(NUMBER) })),
});
