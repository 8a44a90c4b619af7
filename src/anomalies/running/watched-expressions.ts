import { type CapableSource, labelsOf } from "../../query/capable-source.ts";
import { type Prepared, prepare } from "../../query/evaluation/prepared.ts";
import type { Labels, Selector } from "../../query/index.ts";
import { expressionsFor, type SelectedMetric, type WatchedExpression } from "../series/expressions.ts";

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
const MAX_METRICS_OF_SELECTOR = 1_000;

/** The expressions whose series are watched. They follow from the metrics that there are. */
export class WatchedExpressions {
  readonly #source: CapableSource;
  readonly #selectors: readonly Selector[];
  readonly #windowSeconds: number;
  #all: readonly RunningExpression[] = [];
  #refreshedMillis = -Infinity;

  constructor(source: CapableSource, selectors: readonly Selector[], intervalMillis: number) {
    this.#source = source;
    this.#selectors = selectors;
    this.#windowSeconds = Math.ceil((INTERVALS_OF_WINDOW * intervalMillis) / 1_000);
  }

  get all(): readonly RunningExpression[] {
    return this.#all;
  }

  /** Searches for metrics that are new, at most once a minute. */
  async refresh(timeMillis: number, signal: AbortSignal): Promise<void> {
    if (Math.abs(timeMillis - this.#refreshedMillis) < REFRESH_MILLIS) return;
    this.#refreshedMillis = timeMillis;
    const metadata = (await this.#source.metadata?.()) ?? [];
    const selected = [];
    for (const selector of this.#selectors)
      selected.push(...(await this.#metricsOf(selector, timeMillis, signal)));
    const known = new Map(this.#all.map((each) => [each.expression, each]));
    this.#all = expressionsFor(metadata, this.#windowSeconds, selected).map(
      (each) => known.get(each.expression) ?? new RunningExpression(this.#source, each),
    );
  }

  async #metricsOf(
    { matchers }: Selector,
    timeMillis: number,
    signal: AbortSignal,
  ): Promise<readonly SelectedMetric[]> {
    const names = new Set<string>();
    const selection = { matchers, from: timeMillis - LOOKBACK_MILLIS, to: timeMillis, signal };
    for await (const { __name__: name } of labelsOf(this.#source, selection)) {
      if (name !== undefined) names.add(name);
      if (names.size >= MAX_METRICS_OF_SELECTOR) break;
    }
    return [...names].map((name) => ({ name, matchers }));
  }
}

/** An expression with the metric that it watches. */
class RunningExpression implements WatchedExpression {
  readonly metric: string;
  readonly kind: WatchedExpression["kind"];
  readonly expression: string;
  readonly #source: CapableSource;
  readonly #prepared: Prepared;

  constructor(source: CapableSource, { metric, kind, expression }: WatchedExpression) {
    this.metric = metric;
    this.kind = kind;
    this.expression = expression;
    this.#source = source;
    this.#prepared = prepare(expression);
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
