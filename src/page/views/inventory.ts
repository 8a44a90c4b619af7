// Metrics for which there are series.
import { Slices } from "../../io/yield.ts";
import { labelsOf, type MetricMetadata, type SampleSource } from "../../query/sample-source.ts";
import type { Selection } from "../../query/source.ts";
import { literal } from "../../query/syntax/quoted-text.ts";
import { ucumUnit } from "../panels/index.ts";
import type { InstrumentRow, ValueCount } from "../protocol.ts";
import type { KnownMetrics } from "./known-metrics.ts";

/** Range of times, in Unix milliseconds. */
export interface InventoryRange {
  readonly from: number;
  readonly to: number;
  readonly signal: AbortSignal;
}

/** A metric with the attributes of its series. */
export interface Instrument extends InstrumentRow {
  readonly attributes: readonly (ValueCount & { readonly name: string })[];
  /** Whether its histograms have buckets as series of their own. */
  readonly hasBuckets: boolean;
}

const OF_HISTOGRAM = /_(?:bucket|count|sum)$/;
const OVERFLOW = "otel_metric_overflow";
const OMITTED = /^(?:__name__|le|quantile|otel_scope_.*|otel_metric_overflow)$/;
const MAX_VALUES = 10_000;
const PIECE = 64;

/** The metrics of a range, by name; `metric` alone if it is given. */
export async function instrumentsIn(
  source: SampleSource,
  known: KnownMetrics,
  range: InventoryRange,
  metric?: string,
): Promise<readonly Instrument[]> {
  const metadata = await known.all(source);
  const found = new Map<string, Counted>();
  const slices = new Slices();
  let count = 0;
  for await (const labels of labelsOf(source, selectionOf(range, metric))) {
    const { __name__: name = "" } = labels;
    const base = name.replace(OF_HISTOGRAM, "");
    const isPart = base !== name && (metadata.get(base)?.type ?? "histogram") === "histogram";
    const isOfHistogram = isPart && (metadata.has(base) || base === metric);
    const own = isOfHistogram ? base : name;
    if (metric !== undefined && own !== metric) continue;
    const counted = found.get(own) ?? new Counted(own, metadata.get(own));
    found.set(own, counted);
    if (isOfHistogram && !name.endsWith("_count")) counted.hasBuckets ||= name.endsWith("_bucket");
    else counted.add(labels);
    if (++count % PIECE === 0) await slices.next();
  }
  return [...found.values()]
    .map((counted) => counted.instrument())
    .toSorted((one, other) => (one.name < other.name ? -1 : 1));
}

function selectionOf(range: InventoryRange, metric: string | undefined): Selection {
  const names = metric === undefined ? undefined : ["", "_bucket", "_count", "_sum"];
  const pattern = names?.map((suffix) => `${literal(metric ?? "")}${suffix}`).join("|");
  const matcher =
    pattern === undefined
      ? ({ label: "__name__", operator: "!=", value: "" } as const)
      : ({ label: "__name__", operator: "=~", value: pattern } as const);
  return { matchers: [matcher], ...range };
}

/** Counts the series of a metric and the values of their labels. */
class Counted {
  readonly #name: string;
  readonly #metadata: MetricMetadata | undefined;
  readonly #values = new Map<string, Set<string>>();
  #series = 0;
  #isOverflowing = false;
  hasBuckets = false;

  constructor(name: string, metadata: MetricMetadata | undefined) {
    this.#name = name;
    this.#metadata = metadata;
  }

  add(labels: Readonly<Record<string, string>>): void {
    this.#series++;
    this.#isOverflowing ||= labels[OVERFLOW] === "true";
    for (const [label, value] of Object.entries(labels)) {
      if (OMITTED.test(label)) continue;
      const values = this.#values.get(label);
      if (values === undefined) this.#values.set(label, new Set([value]));
      else if (values.size < MAX_VALUES) values.add(value);
    }
  }

  instrument(): Instrument {
    const attributes = [...this.#values]
      .map(([name, { size }]) => ({ name, values: size, ...(size >= MAX_VALUES && { orMore: true }) }))
      .toSorted((one, other) => other.values - one.values);
    const [{ name: attribute, ...count } = { name: "", values: 0 }] = attributes;
    return {
      name: this.#name,
      type: this.#metadata?.type ?? (this.hasBuckets ? "histogram" : "unknown"),
      unit: ucumUnit(this.#metadata?.unit ?? ""),
      description: this.#metadata?.help ?? "",
      series: this.#series,
      ...(attribute !== "" && { widest: { attribute, ...count } }),
      overflowing: this.#isOverflowing,
      attributes,
      hasBuckets: this.hasBuckets,
    };
  }
}
