// Times at which the detection of anomalies found the series of charts unusual. Those of this process are in its memory. Its metric
// `anomaly.active` keeps those of earlier processes.
import type { EvaluationLimits } from "../../query/evaluation/prepared.ts";
import type { Steps } from "../../query/evaluation/steps.ts";
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

/** A time during which a series was unusual, in Unix seconds. */
export interface UnusualSpan {
  readonly metric: string;
  readonly kind: string;
  readonly labels: Labels;
  readonly from: number;
  /** `undefined` while it is unusual. */
  readonly to: number | undefined;
}

interface Unusual extends Pick<UnusualSpan, "metric" | "kind" | "labels"> {
  /** In Unix seconds. */
  readonly isAt: (time: number) => boolean;
}

/** The unusual times of all watched series within the range of a view. */
export class UnusualTimes {
  readonly #query: ChartQuery;
  readonly #spans: () => readonly UnusualSpan[];
  #stored: readonly Unusual[] = [];

  /**
   * @param query of {@link UNUSUAL}.
   * @param spans returns those of this process.
   */
  constructor(query: ChartQuery, spans: () => readonly UnusualSpan[]) {
    this.#query = query;
    this.#spans = spans;
  }

  /** Reads those of a range that the metric has. */
  async evaluateRange(steps: Steps, { source, limits }: Evaluation): Promise<void> {
    const end = steps.start + (steps.count - 1) * steps.stepMillis;
    const result = await this.#unlessFailed(limits, () =>
      this.#query.prepared().over(source, steps, end, limits),
    );
    this.#stored =
      result?.kind !== "matrix"
        ? []
        : result.series.map(({ labels, times }) => {
            const { anomaly_metric: metric = "", anomaly_kind: kind = "" } = labels;
            const known = new Set(times);
            return { metric, kind, labels, isAt: (time) => known.has(time) };
          });
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
    if (selections.length === 0) return undefined;
    const spans = this.#spans().map(({ from, to = Infinity, ...series }): Unusual => ({
      ...series,
      isAt: (time) => time >= from && time <= to,
    }));
    const found = [...this.#stored, ...spans].filter((series) =>
      selections.some((selection) => isOf(series, selection)),
    );
    if (found.length === 0) return undefined;
    const result = times.map((time) => found.some(({ isAt }) => isAt(time)));
    return result.includes(true) ? result : undefined;
  }
}

function isOf({ metric, kind, labels }: Unusual, wanted: WatchedSelection): boolean {
  return (
    kind === wanted.kind &&
    wanted.metrics.includes(metric) &&
    Object.entries(wanted.labels).every(([label, value]) => labels[label] === value)
  );
}
