// The answers of Prometheus' HTTP API, and whether a document is one.

/** The labels of a series, its name as `__name__`. */
export type RemoteLabels = Readonly<Record<string, string>>;

/** A point as it comes: seconds since the epoch, and a number in text. */
export type RemotePoint = readonly [time: number, value: string];

/** A series of an answer: with one point where a moment was asked for. */
export interface RemoteSeries {
  readonly metric: RemoteLabels;
  readonly value?: RemotePoint;
  readonly values?: readonly RemotePoint[];
  /** Points of native histograms. */
  readonly histograms?: readonly (readonly [time: number, histogram: { readonly count: string }])[];
}

/** The answer to a query. */
interface QueryAnswer {
  readonly data: { readonly result: readonly RemoteSeries[] };
  /** VictoriaMetrics alone tells it. */
  readonly stats?: unknown;
}

/** An answer that is a list. */
interface ListAnswer<Item> {
  readonly data: readonly Item[];
}

/** What scraped metrics say of themselves. */
interface MetadataAnswer {
  readonly data: Readonly<Record<string, readonly { readonly type: string; readonly unit?: string }[]>>;
}

/** The answers by the paths of the API. */
export interface Answers {
  readonly query: QueryAnswer;
  readonly query_range: QueryAnswer;
  readonly series: ListAnswer<RemoteLabels>;
  readonly labels: ListAnswer<string>;
  readonly "label/__name__/values": ListAnswer<string>;
  readonly metadata: MetadataAnswer;
  readonly "status/tsdb": {
    readonly data: { readonly headStats?: { numSeries: number }; readonly totalSeries?: number };
  };
}

/** Whether a document that says that it is a success holds what is documented for the path. */
export function isAnswer(path: keyof Answers, document: unknown): boolean {
  if (!isObject(document) || document["status"] !== "success") return false;
  const { data } = document;
  switch (path) {
    case "query":
    case "query_range":
      return isObject(data) && isListOf(data["result"], isSeries);
    case "series":
      return isListOf(data, isLabels);
    case "labels":
    case "label/__name__/values":
      return isListOf(data, isText);
    case "metadata":
      return isObject(data) && Object.values(data).every((said) => isListOf(said, isMetadata));
    case "status/tsdb":
      return isObject(data) && isCount(data["totalSeries"]) && isHeadStats(data["headStats"]);
    default:
      return path satisfies never;
  }
}

function isSeries(value: unknown): boolean {
  if (!isObject(value) || !isLabels(value["metric"])) return false;
  const { value: point, values, histograms } = value;
  return (
    (point === undefined || isPoint(point, isText)) &&
    (values === undefined || isListOf(values, (each) => isPoint(each, isText))) &&
    (histograms === undefined || isListOf(histograms, (each) => isPoint(each, isHistogram)))
  );
}

// No date is further from the epoch, in seconds.
const MAX_TIME = 8_640_000_000_000;

function isPoint(value: unknown, isValue: (value: unknown) => boolean): boolean {
  return (
    Array.isArray(value) &&
    typeof value[0] === "number" &&
    Math.abs(value[0]) <= MAX_TIME &&
    isValue(value[1])
  );
}

function isHistogram(value: unknown): boolean {
  return isObject(value) && isText(value["count"]);
}

function isLabels(value: unknown): boolean {
  return isObject(value) && Object.values(value).every(isText);
}

function isMetadata(value: unknown): boolean {
  return isObject(value) && isText(value["type"]) && (value["unit"] === undefined || isText(value["unit"]));
}

function isHeadStats(value: unknown): boolean {
  return value === undefined || (isObject(value) && isCount(value["numSeries"]));
}

function isCount(value: unknown): boolean {
  return value === undefined || typeof value === "number";
}

function isText(value: unknown): boolean {
  return typeof value === "string";
}

function isListOf(value: unknown, isItem: (item: unknown) => boolean): boolean {
  return Array.isArray(value) && value.every((item) => isItem(item));
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
