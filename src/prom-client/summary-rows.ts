/** Parts of summaries: the quantiles, sum and count of each series. */
import { format } from "node:util";
import type { CollectedMetric } from "../engine/collection/collected-metric.ts";
import type { Interner } from "../engine/series/interner.ts";
import { SeriesTable } from "../engine/series/series-table.ts";
import { type CollectedHead, summaryFrom } from "./collected-metrics.ts";
import { CollectedRows } from "./collected-rows.ts";
import { checkLabels, isObject } from "./label-checks.ts";
import { LabelRows, storeOptions } from "./label-rows.ts";
import type { QuantileWindow } from "./quantile-window.ts";
import type { Sample, SampleLines } from "./sample-lines.ts";

interface State {
  readonly window: QuantileWindow;
  count: number;
  sum: number;
}

export class SummaryRows {
  readonly rows: LabelRows;
  readonly #names: readonly string[];
  readonly #percentiles: readonly number[];
  readonly #makeWindow: () => QuantileWindow;
  readonly #prunes: boolean;
  readonly #states: (State | undefined)[] = [];

  constructor(
    labelNames: readonly string[],
    percentiles: readonly number[],
    makeWindow: () => QuantileWindow,
    prunes: boolean,
  ) {
    this.#names = labelNames;
    this.#percentiles = percentiles;
    this.#makeWindow = makeWindow;
    this.#prunes = prunes;
    this.rows = new LabelRows(new SeriesTable(storeOptions()), labelNames, {
      countsOf: (row) => [this.#stateOf(row).count],
      empty: (row) => (this.#states[row] = undefined),
    });
    if (labelNames.length === 0) this.#stateOf(this.rows.rowOf({}));
  }

  /** Empties all series. */
  reset(): void {
    for (const [row, state] of this.#states.entries()) {
      if (state === undefined) continue;
      this.rows.restart(row);
      state.window.reset();
      state.count = 0;
      state.sum = 0;
    }
  }

  // As in prom-client: without a second argument the first is the value.
  observe(labels: unknown, value: unknown): void {
    checkLabels(this.#names, labels);
    const measured = value === undefined ? labels : value;
    if (typeof measured !== "number" || !Number.isFinite(measured))
      throw new TypeError(`Value is not a valid number: ${format(measured)}`);
    const given = value === undefined || !isObject(labels) ? {} : labels;
    const quick = this.rows.table.quickRowOf(Object(given));
    const state = this.#stateOf(quick >= 0 ? quick : this.rows.rowOf(given));
    state.window.add(measured);
    state.count++;
    state.sum += measured;
  }

  #stateOf(row: number): State {
    return (this.#states[row] ??= { window: this.#makeWindow(), count: 0, sum: 0 });
  }

  /** Removes series without values, if that is wished. */
  prune(): void {
    if (!this.#prunes) return;
    for (const row of this.rows.inOrder())
      if (this.#stateOf(row).window.isEmpty) this.rows.remove(this.rows.labelsOf(row));
  }

  /** Samples, as `get()` returns them. */
  samples(name: string): Sample[] {
    this.prune();
    return this.rows.inOrder().flatMap((row) => {
      const { window, count, sum } = this.#stateOf(row);
      const labels = this.rows.labelsOf(row);
      return [
        ...this.#percentiles.map((quantile) => ({
          labels: { quantile, ...labels },
          value: window.quantile(quantile) || 0,
        })),
        { metricName: `${name}_sum`, labels, value: sum },
        { metricName: `${name}_count`, labels, value: count },
      ];
    });
  }

  /** Writes the lines of each series. */
  *write(lines: SampleLines): Generator<undefined, void> {
    for (const sample of this.samples(lines.name)) {
      lines.sample(sample);
      yield;
    }
  }

  /** The rows as series of a collection. */
  collected(interner: Interner, head: CollectedHead): CollectedMetric[] {
    const cells = new Float64Array(1);
    const rowsOf = (valueOf: (state: State) => number, further?: readonly [string, string]): CollectedRows =>
      new CollectedRows({
        rows: this.rows,
        interner,
        further,
        read: (row) => {
          cells[0] = valueOf(this.#stateOf(row));
          return { cells, offset: 0 };
        },
      });
    const quantiles = this.#percentiles.map((quantile) =>
      rowsOf(({ window }) => window.quantile(quantile) || 0, ["quantile", String(quantile)]),
    );
    return summaryFrom(head, {
      quantiles,
      sum: rowsOf(({ sum }) => sum),
      count: rowsOf(({ count }) => count),
    });
  }
}
