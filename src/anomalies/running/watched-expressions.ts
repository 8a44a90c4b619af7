import type { SampleSource } from "../../query/sample-source.ts";
import { type Prepared, prepare } from "../../query/evaluation/prepared.ts";
import type { Labels, Selector } from "../../query/index.ts";
import { labelsKey } from "../../query/labels-key.ts";
import { expressionsFor, type WatchedExpression } from "../series/expressions.ts";
import { selectedMetrics } from "../series/selected-metrics.ts";

/** A value of a series. The labels do not contain the metric's name. */
interface Row {
  readonly labels: Labels;
  /** NaN if it is not defined, and while the window of a rate is not filled. */
  readonly value: number;
}

interface WatchedParts {
  readonly source: SampleSource;
  readonly selectors: readonly Selector[];
  /** Beginning of all names; `undefined` without one. */
  readonly prefix?: string | undefined;
  readonly intervalMillis: number;
}

// New metrics are searched for at the first evaluations, and then less often.
const REFRESH_MILLIS = 60_000;
const LOOKBACK_MILLIS = 300_000;
// A rate needs two samples, also if one collection is late.
const INTERVALS_OF_WINDOW = 4;

/** The expressions whose series are watched. They follow from the metrics that there are. */
export class WatchedExpressions {
  readonly #source: SampleSource;
  readonly #selectors: readonly Selector[];
  readonly #prefix: string | undefined;
  /** Window of rates. */
  readonly windowSeconds: number;
  #all: readonly RunningExpression[] = [];
  #refreshedMillis = -Infinity;

  constructor({ source, selectors, prefix, intervalMillis }: WatchedParts) {
    this.#source = source;
    this.#selectors = selectors;
    this.#prefix = prefix;
    this.windowSeconds = Math.ceil((INTERVALS_OF_WINDOW * intervalMillis) / 1_000);
  }

  get all(): readonly RunningExpression[] {
    return this.#all;
  }

  /** Searches for metrics that are new, at most once a minute. */
  async refresh(timeMillis: number, signal: AbortSignal): Promise<void> {
    if (Math.abs(timeMillis - this.#refreshedMillis) < REFRESH_MILLIS) return;
    this.#refreshedMillis = timeMillis;
    const metadata = await this.#source.catalogue().metadata();
    const range = { from: timeMillis - LOOKBACK_MILLIS, to: timeMillis, signal };
    const selected = await selectedMetrics(this.#source, this.#selectors, range);
    const known = new Map(this.#all.map((each) => [each.watched.expression, each]));
    this.#all = expressionsFor(metadata, this.windowSeconds, { selected, prefix: this.#prefix }).map(
      (each) => known.get(each.expression) ?? new RunningExpression(this.#source, each, this.windowSeconds),
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
  readonly #source: SampleSource;
  readonly #prepared: Prepared;
  readonly #windowMillis: number;
  /** Times of the first values since the start or a gap, by labels. */
  #since = new Map<string, number>();
  #lastMillis = 0;

  constructor(source: SampleSource, watched: WatchedExpression, windowSeconds: number) {
    this.#source = source;
    this.watched = watched;
    this.#prepared = prepare(watched.expression);
    this.#windowMillis = windowSeconds * 1_000;
  }

  /** Evaluates at a time, in Unix milliseconds. */
  async at(timeMillis: number, signal: AbortSignal): Promise<readonly Row[]> {
    const result = await this.#prepared.at(this.#source, timeMillis, { signal });
    if (result.kind !== "vector") return [];
    const rows = result.series.flatMap(({ labels: { __name__: _name, ...labels }, value }) =>
      typeof value === "number" ? [{ labels, value }] : [],
    );
    return this.watched.kind === "rate" ? this.#ofFilledWindows(rows, timeMillis) : rows;
  }

  // After a start or a gap, a window has samples in a part of it only. Its rate is not that of the series.
  #ofFilledWindows(rows: readonly Row[], timeMillis: number): readonly Row[] {
    // The clock was set, or the process was suspended.
    const isLate = Math.abs(timeMillis - this.#lastMillis) > this.#windowMillis;
    const known = isLate ? undefined : this.#since;
    this.#lastMillis = timeMillis;
    this.#since = new Map();
    return rows.map(({ labels, value }) => {
      const key = labelsKey(labels);
      const since = known?.get(key) ?? timeMillis;
      this.#since.set(key, since);
      return { labels, value: timeMillis - since > this.#windowMillis ? value : Number.NaN };
    });
  }
}
