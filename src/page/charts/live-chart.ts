// A chart with its values: over a range, and then one step after the other.
import { errorMessage } from "../../diagnostics/error-message.ts";
import type { SampleSource } from "../../query/sample-source.ts";
import type { EvaluationLimits } from "../../query/evaluation/prepared.ts";
import { type SavedParts, savedParts, Shortcuts } from "../../query/evaluation/shortcuts.ts";
import type { Expression } from "../../query/expression.ts";
import type { Steps } from "../../query/evaluation/steps.ts";
import { labelsKey } from "../../query/labels-key.ts";
import type { QueryResult } from "../../query/result.ts";
import type { Labels } from "../../query/source.ts";
import type { ChartData, ChartSeries, Points } from "../protocol.ts";
import type { ChartPlan, ChartQuery } from "./chart-plan.ts";
import { type ExpectedAt, watchedSelection, type WatchedSelection } from "./expected-band.ts";
import { seriesName, shownLabels } from "./legend.ts";
import type { UnusualTimes } from "./unusual-times.ts";

const MAX_SERIES = 20;

/** A series of a chart. The values are changed with each step. */
interface Row extends ChartSeries {
  readonly values: (number | null)[];
}

/** Findings of the detection of anomalies in a chart. */
export interface ChartAnomalies extends Pick<ChartData, "band" | "unusual"> {}

/** A value of one step. */
interface Value {
  readonly query: ChartQuery;
  readonly labels: Labels;
  readonly value: number | null;
}

/** The evaluation of a chart: its source, its limits, and a function that is called between two expressions. */
export interface ChartEvaluation {
  readonly source: SampleSource;
  readonly limits: EvaluationLimits;
  readonly pause: () => Promise<void>;
}

/** Points of a chart. */
export type ChartPoints = Points["charts"][number];

/** The values of a chart's series. At most 20 series are kept: those with the highest last value. */
export class LiveChart {
  readonly plan: ChartPlan;
  #rows = new Map<string, Row>();
  /** Selections of the rows, by their keys: they stay the same from step to step. */
  readonly #selections = new Map<string, WatchedSelection | undefined>();
  #hidden = 0;
  #error: string | undefined;
  #isOutdated = false;
  // A series has lost its last value since the last evaluation over the range.
  #hasEndedSeries = false;

  constructor(plan: ChartPlan) {
    this.plan = plan;
  }

  /** Whether the chart has nothing to show. */
  get isEmpty(): boolean {
    return this.#rows.size === 0 && this.#error === undefined;
  }

  /** Whether the last evaluation failed. Steps are not evaluated then: the range must be. */
  get isFailed(): boolean {
    return this.#error !== undefined;
  }

  /** Whether other series belong in the chart since its last evaluation over the range. */
  get isOutdated(): boolean {
    return this.#isOutdated;
  }

  /** Evaluates over a range. */
  async evaluateRange(steps: Steps, evaluation: ChartEvaluation): Promise<void> {
    const rows = new Map<string, Row>();
    const end = steps.start + (steps.count - 1) * steps.stepMillis;
    const shortcuts = new Shortcuts(sharedParts(this.plan.queries));
    await this.#evaluate(evaluation, async (query, index) => {
      const { source } = evaluation;
      const limits = { ...evaluation.limits, shortcuts };
      const result = await query.prepared().over(source, steps, end, limits);
      if (result.kind !== "matrix") return;
      for (const { labels, times, values } of result.series) {
        const row = this.#row(query, labels, steps.count);
        for (const [i, time] of times.entries())
          row.values[Math.round((time * 1_000 - steps.start) / steps.stepMillis)] = shownValue(values[i]);
        rows.set(keyOf(index, labels), row);
      }
    });
    const ranked = [...rows].toSorted(([, one], [, other]) => lastValue(other) - lastValue(one));
    const shown = ranked.slice(0, MAX_SERIES);
    const kept = new Set(shown.map(([key]) => key));
    // The legend of a small chart has room for few names: the largest parts of a sum.
    this.#rows = new Map(this.plan.kind === "stacked" ? shown : [...rows].filter(([key]) => kept.has(key)));
    this.#hidden = rows.size - this.#rows.size;
    this.#selections.clear();
    this.#isOutdated = false;
    this.#hasEndedSeries = false;
  }

  /** Adds a step, and drops the first ones. Returns its points. */
  async advance(
    timeMillis: number,
    { dropped, count }: { readonly dropped: number; readonly count: number },
    evaluation: ChartEvaluation,
  ): Promise<ChartPoints> {
    const found = new Map<string, Value>();
    if (!this.isFailed)
      await this.#evaluate(evaluation, async (query, index) => {
        const result = await query.prepared().at(evaluation.source, timeMillis, evaluation.limits);
        for (const [labels, value] of instantValues(result))
          found.set(keyOf(index, labels), { query, labels, value });
      });
    for (const [key, { values }] of this.#rows) {
      const gone = values.splice(0, dropped);
      values.push(found.get(key)?.value ?? null);
      // An idle series, such as a ratio of nothing, stays without values.
      if (gone.some(isValue) && !values.some(isValue)) this.#hasEndedSeries = true;
    }
    const added: Row[] = [];
    let others = 0;
    for (const [key, { query, labels, value }] of found) {
      if (this.#rows.has(key)) continue;
      if (this.#rows.size >= MAX_SERIES) {
        others++;
        continue;
      }
      const row = this.#row(query, labels, count - 1);
      row.values.push(value);
      this.#rows.set(key, row);
      added.push(row);
    }
    this.#isOutdated = this.#hasEndedSeries || this.#isRankedOtherwise(found);
    const isChanged = others !== this.#hidden;
    this.#hidden = others;
    return {
      id: this.plan.id,
      values: [...this.#rows.values()].map(({ values }) => values.at(-1) ?? null),
      ...(added.length > 0 && { added: added.map(({ name, labels }) => ({ name, labels })) }),
      ...(isChanged && { hidden: others }),
    };
  }

  /** Expected range and unusual times of its series. Bands of several series would hide each other. */
  anomalies(expectedAt: ExpectedAt, unusual: UnusualTimes, times: readonly number[]): ChartAnomalies {
    const selections =
      this.#error === undefined ? [...this.#rows].map(([key, row]) => this.#watched(key, row)) : [];
    const watched = selections.filter((selection) => selection !== undefined);
    const [only] = watched;
    const band = only !== undefined && selections.length === 1 ? expectedAt(only, times) : undefined;
    const unusualTimes = unusual.at(watched, times);
    return { ...(band && { band }), ...(unusualTimes && { unusual: unusualTimes }) };
  }

  #watched(key: string, { labels }: Row): WatchedSelection | undefined {
    if (!this.#selections.has(key)) {
      const query = this.plan.queries[Number.parseInt(key, 10)];
      this.#selections.set(key, query && watchedSelection(query.prepared().expression, labels));
    }
    return this.#selections.get(key);
  }

  /** The chart, without its series. */
  head(anomalies: ChartAnomalies): Omit<ChartData, "series"> {
    const { queries, ...plan } = this.plan;
    return {
      ...plan,
      expressions: queries.map(({ expression }) => expression),
      ...(this.#hidden > 0 && { hidden: this.#hidden }),
      ...anomalies,
      ...(this.#error !== undefined && { error: this.#error }),
    };
  }

  /** The series, in the order of their points. */
  series(): Iterable<ChartSeries> {
    return this.#rows.values();
  }

  async #evaluate(
    { limits, pause }: ChartEvaluation,
    evaluate: (query: ChartQuery, index: number) => Promise<void>,
  ): Promise<void> {
    this.#error = undefined;
    for (const [index, query] of this.plan.queries.entries()) {
      await pause();
      try {
        await evaluate(query, index);
      } catch (error) {
        if (limits.signal?.aborted === true) throw error;
        this.#error = errorMessage(error);
      }
    }
  }

  #row({ legend }: ChartQuery, labels: Labels, count: number): Row {
    return {
      name: seriesName(legend, labels, this.plan.title),
      labels: shownLabels(labels),
      values: Array.from({ length: count }, () => null),
    };
  }

  // Whether a series that is left out has a higher value than one that is shown.
  #isRankedOtherwise(found: ReadonlyMap<string, Value>): boolean {
    if (this.#hidden === 0) return false;
    let lowest = Infinity;
    let highest = -Infinity;
    for (const key of this.#rows.keys()) lowest = Math.min(lowest, found.get(key)?.value ?? -Infinity);
    for (const [key, { value }] of found)
      if (!this.#rows.has(key)) highest = Math.max(highest, value ?? -Infinity);
    return highest > lowest;
  }
}

/** Parts that queries at the same times share, such as the rates below several percentiles. */
export function sharedParts(queries: readonly ChartQuery[]): SavedParts {
  const expressions: Expression[] = [];
  for (const { prepared } of queries) {
    try {
      expressions.push(prepared().expression);
    } catch {
      // An expression that is invalid is an error of its evaluation.
    }
  }
  return savedParts(expressions);
}

function keyOf(index: number, labels: Labels): string {
  return `${index} ${labelsKey(labels)}`;
}

function* instantValues(result: QueryResult): Generator<readonly [Labels, number | null]> {
  if (result.kind === "scalar") yield [{}, shownValue(result.value)];
  if (result.kind !== "vector") return;
  // A native histogram has no single value.
  for (const { labels, value } of result.series)
    if (typeof value === "number") yield [labels, shownValue(value)];
}

function shownValue(value: number | undefined): number | null {
  return value === undefined || Number.isNaN(value) ? null : value;
}

function lastValue({ values }: Row): number {
  return values.findLast(isValue) ?? -Infinity;
}

function isValue(value: number | null): boolean {
  return value !== null;
}
