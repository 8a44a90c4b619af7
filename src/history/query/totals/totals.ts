// Exact totals of metrics in a range. They are not extrapolated, unlike rates.
import { keyOf } from "../../comparison.ts";
import { grouped } from "../../../query/grouped.ts";
import { picked } from "../matching.ts";
import type { Store } from "../../store/index.ts";
import type { Attributes } from "@opentelemetry/api";
import { BEFORE_MILLIS, lastBefore } from "../last-before.ts";
import type { MetricType } from "../../question.ts";
import type { Block } from "../../store/block.ts";
import type { StoredSeries } from "../../store/stored.ts";
import { type Figures, Histograms, Numbers } from "./series-totals.ts";

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

export interface TotalsSource {
  totals(request: TotalsRequest): Promise<readonly MetricTotals[]>;
}

export function totals(store: Store, { names, from = -Infinity, to, by }: TotalsRequest): MetricTotals[] {
  const asked = names ?? [...new Set(Array.from(store.metrics(), ({ name }) => name))];
  return asked
    .flatMap((name) => totalsOf(store, name, { from, to, by }))
    .filter(({ count, texts }) => count + texts > 0);
}

interface Range {
  readonly from: number;
  readonly to: number;
  readonly by: readonly string[] | undefined;
}

function totalsOf(store: Store, name: string, { from, to, by }: Range): readonly MetricTotals[] {
  const found = store.find(name);
  const type = found[0]?.type;
  if (type === undefined) return [];
  const metrics = found.filter((metric) => metric.type === type);
  const series = metrics.flatMap(({ id }) => store.series(id));
  if (by !== undefined) {
    return [...grouped(series, (each) => keyOf(picked(each, by))).values()].map((members) => {
      const figures = figuresOf(store, { type, series: members, from, to });
      return { name, type, attributes: picked(members[0]!, by), ...figures, texts: 0 };
    });
  }
  if (type !== "gauge") return [{ name, type, ...figuresOf(store, { type, series, from, to }), texts: 0 }];
  const { numbers } = totalsBetween(store.collected(idsOf(series), from, to), from, to);
  let texts = 0;
  for (const { id } of metrics) {
    const sampled = store.sampled(id, from, to);
    if (sampled !== undefined) numbers.addFigures(sampled);
    texts += sampled?.texts ?? 0;
  }
  return [{ name, type, ...numbers.figures(), texts }];
}

interface Scope {
  readonly type: MetricType;
  readonly series: readonly StoredSeries[];
  readonly from: number;
  readonly to: number;
}

function figuresOf(store: Store, { type, series, from, to }: Scope): Figures {
  const asked = totalsBetween(store.read(idsOf(series), from, to), from, to);
  if (type === "gauge") return asked.numbers.figures();
  // Each collection has all series of a process. So a series that was missing before began in the range, if the store
  // has earlier points.
  const former = totalsBetween(store.read(idsOf(series), from - BEFORE_MILLIS, from), -Infinity, from);
  const unknown = series.filter(
    ({ id, startTimeUnixMillis }) => startTimeUnixMillis < from && has(asked, id) && !has(former, id),
  );
  const longBefore = lastBefore(store, idsOf(unknown), from - BEFORE_MILLIS);
  const older = totalsBetween(longBefore, -Infinity, from);
  const oldest = store.oldestCollected();
  const beganLater = ({ startTimeUnixMillis }: StoredSeries): boolean =>
    startTimeUnixMillis >= from || oldest < from;
  if (type === "histogram") {
    const endsOf = (id: number) => former.histograms.endsOf(id) ?? older.histograms.endsOf(id);
    return asked.histograms.figures(series, { endsOf, beganLater });
  }
  const endsOf = (id: number) => former.numbers.endsOf(id) ?? older.numbers.endsOf(id);
  return asked.numbers.risen(series, { endsOf, beganLater });
}

function idsOf(series: readonly StoredSeries[]): readonly number[] {
  return series.map(({ id }) => id);
}

interface Totals {
  readonly numbers: Numbers;
  readonly histograms: Histograms;
}

function has({ numbers, histograms }: Totals, series: number): boolean {
  return numbers.endsOf(series) !== undefined || histograms.endsOf(series) !== undefined;
}

function totalsBetween(blocks: Iterable<Block>, from: number, to: number): Totals {
  const [numbers, histograms] = [new Numbers(from, to), new Histograms(from, to)];
  for (const block of blocks) {
    if (block.kind === "histograms") histograms.add(block);
    else numbers.add(block);
  }
  return { numbers, histograms };
}
