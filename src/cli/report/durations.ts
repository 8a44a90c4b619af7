// Slowest series, and series slower than in the previous range.
import type { AnswerSeries, HistorySource, KnownMetric } from "../../history/index.ts";
import { seriesText } from "../query/shown.ts";
import { type SlowerSeries, type SlowSeries } from "./document.ts";
import { type Span, spanBefore } from "./span.ts";

const TOP = 10;
// Reported differences are at least 10 % and have at least Romano's "medium" effect.
const LEAST_RATIO = 1.1;
const LEAST_EFFECT = 0.33;

/** The series with the highest 95th percentiles. */
export async function slowest(
  history: HistorySource,
  durations: readonly KnownMetric[],
  { from, to }: Span,
): Promise<readonly SlowSeries[]> {
  const { joiningProcesses } = await import("../../history/parts.ts");
  const query = joiningProcesses((question) => history.query(question));
  const found: SlowSeries[] = [];
  for (const { name: metric } of durations) {
    const valuesOf = async (
      aggregate: "COUNT" | "MEAN" | "QUANTILE",
    ): Promise<ReadonlyMap<string, number>> => {
      const { series } = await query({ metric, aggregate, from, to });
      return new Map(series.map((each) => [seriesText(each), each.points[0]?.[1] ?? 0]));
    };
    const [counts, means] = [await valuesOf("COUNT"), await valuesOf("MEAN")];
    const { series } = await query({ metric, aggregate: "QUANTILE", quantile: 0.95, from, to });
    const exact = await exactFigures(history, metric, { from, to }, series);
    for (const { attributes, points } of series) {
      const key = seriesText({ attributes });
      const risen = { count: Math.round(counts.get(key) ?? 0), meanSeconds: means.get(key) ?? 0 };
      found.push({ metric, attributes, ...(exact.get(key) ?? risen), p95Seconds: points[0]?.[1] ?? 0 });
    }
  }
  return found
    .toSorted((one, other) => other.p95Seconds - one.p95Seconds || other.count - one.count)
    .slice(0, TOP);
}

// Exact totals, if attributes alone distinguish the series. An increase would miss what came before its first point.
async function exactFigures(
  history: HistorySource,
  metric: string,
  { from, to }: Span,
  series: readonly AnswerSeries[],
): Promise<ReadonlyMap<string, Pick<SlowSeries, "count" | "meanSeconds">>> {
  const { hasStore, storeOf } = await import("../../history/parts.ts");
  if (!hasStore(history)) return new Map();
  const by = [...new Set(series.flatMap(({ attributes }) => Object.keys(attributes)))];
  const range = { from: Math.round(from * 1_000), to: Math.round(to * 1_000) };
  const totals = await storeOf(history).totals({ names: [metric], ...range, by });
  return new Map(
    totals.map(({ attributes = {}, count, sum }) => [
      seriesText({ attributes }),
      { count, meanSeconds: sum / count },
    ]),
  );
}

/** The series that are clearly slower than in the previous range, and the number of those in only one of the ranges. */
export async function slower(
  history: HistorySource,
  durations: readonly KnownMetric[],
  span: Span,
): Promise<{ readonly slower: readonly SlowerSeries[]; readonly unmatched: number }> {
  const before = spanBefore(span);
  const found: SlowerSeries[] = [];
  let unmatched = 0;
  for (const { name: metric } of durations) {
    const compared = await history.compare({ metric }, [before.from, before.to], [span.from, span.to]);
    unmatched += compared.unmatched;
    for (const each of compared.series) {
      const [beforeSeconds, afterSeconds] = [each.before.median, each.after.median];
      if (each.verdict !== "higher" || each.effect < LEAST_EFFECT) continue;
      if (afterSeconds < LEAST_RATIO * beforeSeconds) continue;
      const { attributes, effect, pValue } = each;
      found.push({ metric, attributes, beforeSeconds, afterSeconds, effect, pValue });
    }
  }
  const ratioOf = (each: SlowerSeries): number => each.afterSeconds / each.beforeSeconds;
  return { slower: found.toSorted((one, other) => ratioOf(other) - ratioOf(one)).slice(0, TOP), unmatched };
}
