// Exact totals of metrics in a range. They are not extrapolated, unlike rates.
import type { Attributes } from "@opentelemetry/api";
import { grouped } from "../../query/grouped.ts";
import { keyOf } from "../comparison.ts";
import type { MetricType } from "../question.ts";
import type { TimeRange } from "../select/lane-samples.ts";
import type { Store } from "../store/index.ts";
import type { Figures, StoredSeries } from "../store/stored.ts";
import { added, exactFigures, NO_FIGURES, type ReadBlocks, valueFigures } from "./exact-figures.ts";
import { picked } from "./matching.ts";

/** Both times are included, in whole milliseconds. */
export interface TotalsRequest {
  /** OpenTelemetry or Prometheus names; `undefined` for all metrics. */
  readonly names: readonly string[] | undefined;
  readonly from: number | undefined;
  readonly to: number;
  /** Adds up series with equal values of these attributes; without it, all series. */
  readonly by?: readonly string[];
}

export interface MetricTotals extends Figures {
  readonly name: string;
  readonly type: MetricType;
  /** Only set with `by`. */
  readonly attributes?: Attributes;
  readonly texts: number;
}

export function totals(store: Store, { names, from = -Infinity, to, by }: TotalsRequest): MetricTotals[] {
  const asked = names ?? [...new Set(Array.from(store.metrics(), ({ name }) => name))];
  return asked
    .flatMap((name) => totalsOf(store, name, { from, to }, by))
    .filter(({ count, texts }) => count + texts > 0);
}

function totalsOf(
  store: Store,
  name: string,
  range: TimeRange,
  by: readonly string[] | undefined,
): readonly MetricTotals[] {
  const found = store.find(name);
  const type = found[0]?.type;
  if (type === undefined) return [];
  const metrics = found.filter((metric) => metric.type === type);
  const series = metrics.flatMap(({ id }) => store.series(id));
  if (by !== undefined) {
    return [...grouped(series, (each) => keyOf(picked(each, by))).values()].map((members) => {
      const figures = figuresOf(store, type, members, range);
      return { name, type, attributes: picked(members[0]!, by), ...figures, texts: 0 };
    });
  }
  if (type !== "gauge") return [{ name, type, ...figuresOf(store, type, series, range), texts: 0 }];
  const { from, to } = range;
  const ids = series.map(({ id }) => id);
  const sampled = metrics.flatMap(({ id }) => store.sampled(id, from, to) ?? []);
  const figures = sampled.reduce(added, valueFigures(store.collected(ids, from, to), range));
  return [{ name, type, ...figures, texts: sampled.reduce((sum, { texts }) => sum + texts, 0) }];
}

function figuresOf(
  store: Store,
  type: MetricType,
  series: readonly StoredSeries[],
  range: TimeRange,
): Figures {
  const blocks: ReadBlocks = {
    read: (ids, from, to) => store.read(ids, from, to),
    oldest: store.oldestCollected(),
  };
  const all = exactFigures(blocks, type, series, range);
  const figures = [...all.values()].reduce(added, NO_FIGURES);
  // Only the increase of a counter is meaningful.
  return type === "counter" ? { ...figures, min: figures.sum, max: figures.sum } : figures;
}
