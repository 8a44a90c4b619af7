// When the series of charts were unusual, as the detection of anomalies saw it: its metric `anomaly.active` keeps that.
import type { EvaluationLimits } from "../../query/evaluation/prepared.ts";
import type { Steps } from "../../query/evaluation/steps.ts";
import { labelsKey } from "../../query/labels-key.ts";
import type { QueryResult } from "../../query/result.ts";
import type { SampleSource } from "../../query/sample-source.ts";
import type { Labels } from "../../query/source.ts";
import type { ChartQuery } from "./chart-plan.ts";
import type { WatchedSelection } from "./expected-band.ts";

/** The expression of all series that are unusual. */
export const UNUSUAL = "anomaly_active == 1";

interface Evaluation {
  readonly source: SampleSource;
  readonly limits: EvaluationLimits;
}

interface Unusual {
  readonly labels: Labels;
  /** In Unix seconds, in ascending order. */
  readonly times: readonly number[];
}

/** The unusual times of all watched series within the range of a view. */
export class UnusualTimes {
  readonly #query: ChartQuery;
  #series = new Map<string, Unusual>();

  /** @param query of {@link UNUSUAL}. */
  constructor(query: ChartQuery) {
    this.#query = query;
  }

  /** Evaluates over a range. */
  async evaluateRange(steps: Steps, { source, limits }: Evaluation): Promise<void> {
    const end = steps.start + (steps.count - 1) * steps.stepMillis;
    this.#series = new Map();
    const result = await this.#unlessFailed(limits, () =>
      this.#query.prepared().over(source, steps, end, limits),
    );
    if (result?.kind !== "matrix") return;
    for (const { labels, times } of result.series)
      this.#series.set(labelsKey(labels), { labels, times: [...times] });
  }

  /** Adds a step, and drops those before `firstSeconds`. */
  async advance(timeMillis: number, firstSeconds: number, { source, limits }: Evaluation): Promise<void> {
    const result = await this.#unlessFailed(limits, () =>
      this.#query.prepared().at(source, timeMillis, limits),
    );
    if (result?.kind === "vector")
      for (const { labels } of result.series) {
        const key = labelsKey(labels);
        const times = this.#series.get(key)?.times ?? [];
        this.#series.set(key, { labels, times: [...times, timeMillis / 1_000] });
      }
    for (const [key, { labels, times }] of this.#series) {
      const kept = times.filter((time) => time >= firstSeconds);
      if (kept.length > 0) this.#series.set(key, { labels, times: kept });
      else this.#series.delete(key);
    }
  }

  // Charts are shown without them.
  async #unlessFailed(
    { signal }: EvaluationLimits,
    evaluate: () => Promise<QueryResult> | QueryResult,
  ): Promise<QueryResult | undefined> {
    try {
      return await evaluate();
    } catch (error) {
      if (signal?.aborted === true) throw error;
      return undefined;
    }
  }

  /** Whether one of the selected series was unusual, for each of these times; `undefined` if none was. */
  at(selections: readonly WatchedSelection[], times: readonly number[]): readonly boolean[] | undefined {
    const unusual = new Set<number>();
    for (const series of this.#series.values())
      if (selections.some((selection) => isOf(series.labels, selection)))
        for (const time of series.times) unusual.add(time);
    const result = times.map((time) => unusual.has(time));
    return result.includes(true) ? result : undefined;
  }
}

function isOf(labels: Labels, { metrics, kind, labels: wanted }: WatchedSelection): boolean {
  return (
    labels["anomaly_kind"] === kind &&
    metrics.includes(labels["anomaly_metric"] ?? "") &&
    Object.entries(wanted).every(([label, value]) => labels[label] === value)
  );
}
