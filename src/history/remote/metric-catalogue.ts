// Lookup of a server's metrics, cached per name.
import type { Attributes } from "@opentelemetry/api";
import type { MetricMetadata } from "../../query/sample-source.ts";
import { formatTree } from "../../query/syntax/expression-text.ts";
import { isLegacyLabelName } from "../../translation/escape-name.ts";
import { wordsFromUnit } from "../../translation/metric-name.ts";
import { labelNameFromKey, metricNameFromName } from "../../translation/snapshot-document.ts";
import { selectorNode } from "../expression-nodes.ts";
import type { KnownMetric } from "../question.ts";
import { literal } from "../../query/syntax/quoted-text.ts";
import { type ExpressedMetric, type LabelOf, selectorOf } from "../question-expression.ts";
import { listOf, METADATA, type RemoteLabels, type RemoteMetadata, SERIES, TEXT } from "./answers.ts";
import { type ApiClient, FRESH, RemoteHistoryError } from "./api-client.ts";

const MAX_REMEMBERED = 1_000;

/** The metrics of a server. */
export class MetricCatalogue {
  readonly #client: ApiClient;
  readonly #metrics = new Map<string, RemoteMetric>();
  readonly #labels = new Map<string, ReadonlySet<string>>();

  constructor(client: ApiClient) {
    this.#client = client;
  }

  /** Finds a metric by its OpenTelemetry name or the server's name. */
  async metric(name: string, signal?: AbortSignal): Promise<RemoteMetric | undefined> {
    const known = this.#metrics.get(name);
    if (known !== undefined) return known;
    const selector = selectorNode(undefined, [
      { label: "__name__", operator: "=~", value: namesPattern(name) },
    ]);
    const names = await this.#names(formatTree(selector), signal);
    const { metadata, isFailed } = await this.#metadata(signal);
    const metric = meantMetric(name, metricsOfNames(names, metadata));
    // A type is not guessed forever because one request failed.
    if (metric !== undefined && (metric.isTypeKnown || !isFailed)) remember(this.#metrics, name, metric);
    return metric;
  }

  async metrics(): Promise<readonly KnownMetric[]> {
    const [names, { metadata }, counted] = await Promise.all([
      this.#names('{__name__!=""}'),
      this.#metadata(),
      this.#client.ask("query", SERIES, { query: 'count by (__name__) ({__name__!=""})', ...FRESH }),
    ]);
    const counts = new Map(
      counted.data.result.map(({ metric, value }) => [nameOf(metric), Number(value?.[1] ?? 0)]),
    );
    return metricsOfNames(names, metadata).map((metric) => {
      const { name, type, unit } = metric;
      return { name, type, unit, series: counts.get(seriesName(metric)) ?? 0 };
    });
  }

  /** Type, description and unit of the metrics that have series. */
  async described(): Promise<readonly MetricMetadata[]> {
    const [names, { metadata }] = await Promise.all([this.#names('{__name__!=""}'), this.#metadata()]);
    return metricsOfNames(names, metadata).map(({ name, type, unit }) => {
      const entries = saidOf(name, metadata);
      return { name, type, help: entries.find(({ help = "" }) => help !== "")?.help ?? "", unit };
    });
  }

  /** Maps keys of a question to the server's labels. */
  async labelOf(metric: RemoteMetric, keys: readonly string[], signal?: AbortSignal): Promise<LabelOf> {
    // Such keys are valid labels already.
    if (keys.every((key) => /^[a-zA-Z_]\w*$/.test(key))) return labelsByKey(new Set());
    const name = seriesName(metric);
    const known = this.#labels.get(name);
    if (known !== undefined && keys.every((key) => known.has(labelsByKey(known)(key))))
      return labelsByKey(known);
    const { data } = await this.#client.ask(
      "labels",
      listOf(TEXT),
      { "match[]": formatTree(selectorOf(name, {}, (key) => key)), start: 1 },
      signal,
    );
    const labels = new Set(data);
    remember(this.#labels, name, labels);
    return labelsByKey(labels);
  }

  async #names(selector: string, signal?: AbortSignal): Promise<readonly string[]> {
    const { data } = await this.#client.ask(
      "label/__name__/values",
      listOf(TEXT),
      { "match[]": selector, start: 1 },
      signal,
    );
    return data;
  }

  // Metrics from OTLP have no metadata; some servers have no such API.
  async #metadata(signal?: AbortSignal): Promise<{ metadata: RemoteMetadata; isFailed?: boolean }> {
    try {
      return { metadata: (await this.#client.ask("metadata", METADATA, {}, signal)).data };
    } catch (error) {
      signal?.throwIfAborted();
      return { metadata: {}, isFailed: isTemporary(error) };
    }
  }
}

// No response, an overloaded server or one that restarts.
function isTemporary(error: unknown): boolean {
  if (!(error instanceof RemoteHistoryError)) return false;
  const { cause, status = 0 } = error;
  return cause !== undefined || status === 429 || status >= 500;
}

function nameOf(labels: RemoteLabels): string {
  return labels["__name__"] ?? "";
}

function remember<Value>(map: Map<string, Value>, name: string, value: Value): void {
  if (map.size >= MAX_REMEMBERED) map.clear();
  map.set(name, value);
}

export interface RemoteMetric extends ExpressedMetric {
  /** `false` if the type is only guessed from the name. */
  readonly isTypeKnown: boolean;
  readonly unit: string;
}

/** Derives sorted metrics from the names of their series. */
function metricsOfNames(names: readonly string[], metadata: RemoteMetadata): RemoteMetric[] {
  const all = new Set(names);
  const metrics = new Map<string, RemoteMetric>();
  for (const name of names) {
    const base = /^(.+)_(?:bucket|sum|count)$/.exec(name)?.[1];
    const isPart = base !== undefined && isHistogram(base, all, metadata);
    const family = isPart ? base : name;
    metrics.set(family, isPart ? histogramOf(family, metadata) : metricOf(name, metadata));
  }
  return [...metrics.values()].toSorted((one, other) => (one.name < other.name ? -1 : 1));
}

// A gauge's name may end in `_bucket` too.
function isHistogram(base: string, all: ReadonlySet<string>, metadata: RemoteMetadata): boolean {
  if (!all.has(`${base}_bucket`)) return false;
  return (
    all.has(`${base}_count`) ||
    all.has(`${base}_sum`) ||
    entriesOf(base, metadata).some(({ type }) => type === "histogram")
  );
}

/** The shortest metric with this name, to which a server may have added a unit and `_total`. */
function meantMetric(name: string, metrics: readonly RemoteMetric[]): RemoteMetric | undefined {
  const escaped = metricNameFromName(name);
  const meant = metrics.filter((metric) =>
    [name, escaped].some(
      (base) => metric.name === base || isSuffix(metric.name.slice(base.length), metric.name, base),
    ),
  );
  return meant.toSorted((one, other) => one.name.length - other.name.length)[0];
}

function namesPattern(name: string): string {
  const bases = [...new Set([name, metricNameFromName(name)])].map((each) => each.toWellFormed());
  return bases.map((base) => `${literal(base)}(_.+)?`).join("|");
}

/** The name of the series that represent a metric. */
export function seriesName({ name, type, isNative }: RemoteMetric): string {
  return type === "histogram" && !isNative ? `${name}_count` : name;
}

function histogramOf(name: string, metadata: RemoteMetadata): RemoteMetric {
  return { name, type: "histogram", isNative: false, isTypeKnown: true, unit: unitOf(name, metadata) };
}

function metricOf(name: string, metadata: RemoteMetadata): RemoteMetric {
  const said = saidOf(name, metadata);
  const type = said.find((each) => each.type !== "unknown")?.type;
  const unit = unitOf(name, metadata);
  // A native histogram has no buckets.
  if (type === "histogram") return { name, type, isNative: true, isTypeKnown: true, unit };
  return {
    name,
    isNative: false,
    type: type === "counter" || (type === undefined && name.endsWith("_total")) ? "counter" : "gauge",
    isTypeKnown: type === "counter" || type === "gauge",
    unit,
  };
}

// The metadata of a metric, by its whole name and without `_total`.
function saidOf(name: string, metadata: RemoteMetadata): RemoteMetadata[string] {
  return [name, name.replace(/_total$/, "")].flatMap((key) => entriesOf(key, metadata));
}

// A server's names may be those of an object, such as `constructor`.
function entriesOf(key: string, metadata: RemoteMetadata): RemoteMetadata[string] {
  return Object.hasOwn(metadata, key) ? (metadata[key] ?? []) : [];
}

// More characters than any unit in words has.
const MAX_UNIT_LENGTH = 64;

function unitOf(name: string, metadata: RemoteMetadata): string {
  const family = name.replace(/_total$/, "");
  const said = saidOf(name, metadata).find(({ unit = "" }) => unit !== "")?.unit;
  if (said !== undefined) return unitFromWords(said) ?? said;
  const first = Math.max(0, family.length - MAX_UNIT_LENGTH);
  for (let i = family.indexOf("_", first); i !== -1; i = family.indexOf("_", i + 1)) {
    const unit = unitFromWords(family.slice(i + 1));
    if (unit !== undefined) return unit;
  }
  return "";
}

// A unit, `_total`, or both.
function isSuffix(rest: string, name: string, base: string): boolean {
  if (!name.startsWith(`${base}_`)) return false;
  const unit = rest.replace(/_total$/, "").slice(1);
  return unit === "" || unitFromWords(unit) !== undefined;
}

const AMOUNTS = "d h min s ms us ns By KiBy MiBy GiBy TiBy kBy MBy GBy TBy m V A J W g Cel Hz %".split(" ");
const PERS = ["s", "min", "h", "d", "w", "mo", "y"];

const UNITS: ReadonlyMap<string, string> = new Map([
  ["ratio", "1"],
  ...AMOUNTS.map((unit) => [wordsFromUnit(unit).amount, unit] as const),
]);
const PER_UNITS: ReadonlyMap<string, string> = new Map(
  PERS.map((unit) => [wordsFromUnit(`1/${unit}`).per, unit]),
);

/** Converts a unit: `seconds` to `s`, `bytes_per_second` to `By/s`. */
function unitFromWords(words: string): string | undefined {
  const [, amount = "", per] = /^(.*?)_?(per_[a-z]+)?$/.exec(words) ?? [];
  const above = amount === "" ? "1" : UNITS.get(amount);
  if (per === undefined) return amount === "" ? undefined : above;
  const below = PER_UNITS.get(per);
  return above === undefined || below === undefined ? undefined : `${above}/${below}`;
}

/** Known labels are unchanged; other keys are translated as in Prometheus. */
function labelsByKey(known: ReadonlySet<string>): LabelOf {
  return (key) => (isLegacyLabelName(key) || known.has(key) ? key : labelNameFromKey(key));
}

/** Maps labels back to the keys of the question. */
export function attributesFrom(labels: RemoteLabels, keys: readonly string[], labelOf: LabelOf): Attributes {
  const keyOf = new Map(keys.map((key) => [labelOf(key), key]));
  const attributes: Attributes = {};
  for (const [label, value] of Object.entries(labels)) {
    if (!MADE_OF_BUCKETS.has(label)) attributes[keyOf.get(label) ?? label] = value;
  }
  return attributes;
}

const MADE_OF_BUCKETS: ReadonlySet<string> = new Set(["__name__", "le", "vmrange"]);
