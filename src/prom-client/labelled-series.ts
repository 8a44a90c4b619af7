/** Series with the default labels of their registry. Labels of a series win. */
import type { Attributes } from "@opentelemetry/api";
import type { CollectedMetric } from "../engine/collection/collected-metric.ts";
import type { SeriesSource, SeriesVisitor } from "../engine/collection/series-source.ts";
import type { Exemplar } from "../engine/exemplars/reservoir.ts";
import type { Interner } from "../engine/series/interner.ts";
import { type GivenLabels, labelText } from "./label-checks.ts";

class LabelledSeries implements SeriesSource {
  readonly #series: SeriesSource;
  readonly #labels: Attributes;
  readonly #interner: Interner;
  readonly #ids: readonly number[];

  constructor(series: SeriesSource, labels: Attributes, interner: Interner) {
    this.#series = series;
    this.#labels = labels;
    this.#interner = interner;
    this.#ids = Object.entries(labels).map(([name, value]) => interner.intern(name, value));
  }

  get length(): number {
    return this.#series.length;
  }

  get hasExemplars(): boolean {
    return this.#series.hasExemplars ?? true;
  }

  visit(from: number, to: number, visitor: SeriesVisitor): void {
    this.#series.visit(from, to, visitor);
  }

  pairsOf(row: number, ids: Int32Array): number {
    const own = this.#series.pairsOf(row, ids);
    let count = own;
    for (const id of this.#ids) {
      if (this.#hasKey(this.#interner.keyOf(id), ids, Math.min(own, ids.length))) continue;
      if (count < ids.length) ids[count] = id;
      count++;
    }
    return count;
  }

  attributesOf(row: number): Attributes {
    return { ...this.#labels, ...this.#series.attributesOf(row) };
  }

  startTimeOf(row: number): number {
    return this.#series.startTimeOf(row);
  }

  startBy(unixMillis: number): void {
    this.#series.startBy?.(unixMillis);
  }

  exemplarsOf(row: number): readonly Exemplar[] {
    return this.#series.exemplarsOf(row);
  }

  /** Releases the labels. */
  end(): void {
    for (const id of this.#ids) this.#interner.release(id);
  }

  #hasKey(key: string, ids: Int32Array, count: number): boolean {
    for (let i = 0; i < count; i++) if (this.#interner.keyOf(ids[i]!) === key) return true;
    return false;
  }
}

interface Labelled {
  readonly from: readonly CollectedMetric[];
  readonly labels: GivenLabels;
  readonly interner: Interner;
  readonly series: readonly LabelledSeries[];
  readonly metrics: readonly CollectedMetric[];
}

// By the owner of the metrics.
const made = new WeakMap<object, Labelled>();

/** Returns the metrics of `owner` with `labels` on each series: the same objects, as long as they are the same. */
export function withLabels(
  owner: object,
  from: readonly CollectedMetric[],
  labels: GivenLabels | undefined,
  interner: Interner,
): readonly CollectedMetric[] {
  if (labels === undefined) return from;
  const known = made.get(owner);
  if (known?.from === from && known.labels === labels && known.interner === interner) return known.metrics;
  const given = Object.entries(labels);
  const attributes = Object.fromEntries(given.map(([name, value]) => [name, labelText(value)]));
  const series = from.map((metric) => new LabelledSeries(metric.series, attributes, interner));
  const metrics = from.map((metric, i) => ({ ...metric, series: series[i]! }));
  made.set(owner, { from, labels, interner, series, metrics });
  // After the new ones hold their labels, which are the same as a rule: walks that have not ended read them.
  for (const each of known?.series ?? []) each.end();
  return metrics;
}
