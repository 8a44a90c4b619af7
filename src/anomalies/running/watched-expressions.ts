import type { CapableSource } from "../../query/capable-source.ts";
import { type Prepared, prepare } from "../../query/evaluation/prepared.ts";
import type { Labels, Selector } from "../../query/index.ts";
import { labelsKey } from "../../query/labels-key.ts";
import { expressionsFor, type WatchedExpression } from "../series/expressions.ts";
import { selectedMetrics } from "../series/selected-metrics.ts";

/** A value of a series. The labels do not contain the metric's name. */
interface Row {
  readonly labels: Labels;
  readonly value: number;
}

// New metrics are searched for at the first evaluations, and then less often.
const REFRESH_MILLIS = 60_000;
const LOOKBACK_MILLIS = 300_000;
// A rate needs two samples, also if one collection is late.
const INTERVALS_OF_WINDOW = 4;

/** The expressions whose series are watched. They follow from the metrics that there are. */
export class WatchedExpressions {
  readonly #source: CapableSource;
  readonly #selectors: readonly Selector[];
  /** Window of rates. */
  readonly windowSeconds: number;
  #all: readonly RunningExpression[] = [];
  #refreshedMillis = -Infinity;

  constructor(source: CapableSource, selectors: readonly Selector[], intervalMillis: number) {
    this.#source = source;
    this.#selectors = selectors;
    this.windowSeconds = Math.ceil((INTERVALS_OF_WINDOW * intervalMillis) / 1_000);
  }

  get all(): readonly RunningExpression[] {
    return this.#all;
  }

  /** Searches for metrics that are new, at most once a minute. */
  async refresh(timeMillis: number, signal: AbortSignal): Promise<void> {
    if (Math.abs(timeMillis - this.#refreshedMillis) < REFRESH_MILLIS) return;
    this.#refreshedMillis = timeMillis;
    const metadata = (await this.#source.metadata?.()) ?? [];
    const range = { from: timeMillis - LOOKBACK_MILLIS, to: timeMillis, signal };
    const selected = await selectedMetrics(this.#source, this.#selectors, range);
    const known = new Map(this.#all.map((each) => [each.watched.expression, each]));
    this.#all = expressionsFor(metadata, this.windowSeconds, { selected }).map(
      (each) => known.get(each.expression) ?? new RunningExpression(this.#source, each),
    );
  }
}

/** Key of a series. */
export function seriesKey(
  { kind, metric }: Pick<WatchedExpression, "kind" | "metric">,
  labels: Labels,
): string {
  return `${kind} ${metric} ${labelsKey(labels)}`;
}

/** An expression that is prepared. */
export class RunningExpression {
  readonly watched: WatchedExpression;
  readonly #source: CapableSource;
  readonly #prepared: Prepared;

  constructor(source: CapableSource, watched: WatchedExpression) {
    this.#source = source;
    this.watched = watched;
    this.#prepared = prepare(watched.expression);
  }

  /** Evaluates at a time, in Unix milliseconds. */
  async at(timeMillis: number, signal: AbortSignal): Promise<readonly Row[]> {
    const result = await this.#prepared.at(this.#source, timeMillis, { signal });
    if (result.kind !== "vector") return [];
    return result.series.flatMap(({ labels: { __name__: _name, ...labels }, value }) =>
      typeof value === "number" ? [{ labels, value }] : [],
    );
  }
}
