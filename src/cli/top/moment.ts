// The figures of one refresh, as the views ask for them.
import type { CurrentAlert } from "../../explain/current-alerts.ts";
import type { Table, TableRows } from "../../page/panels/index.ts";
import type { TableFigures } from "./table-figures.ts";
import { type ValueOfSeries, valuesAt } from "./values.ts";
import { type TrendSeries, Trends, type Grid } from "./trends.ts";
import type { Queried } from "../../explain/application.ts";
import type { Watched } from "./watched/watched.ts";

/** State of what is watched, for the header and the overview. */
export interface Status {
  /** Name and version of the service; empty if unknown or if there are several. */
  readonly service: string;
  /** Health of the whole, and of components, from 0 (unknown) to 3 (unhealthy). */
  readonly health: {
    readonly whole: number | undefined;
    readonly components: readonly { readonly name: string; readonly status: number }[];
  };
  /** `undefined` if it has no alerts. */
  readonly alerts: readonly CurrentAlert[] | undefined;
  readonly anomalies: readonly {
    readonly labels: Readonly<Record<string, string>>;
    readonly score: number;
  }[];
  /** Number of processes and threads; `undefined` if unknown. */
  readonly processes: number | undefined;
  /** Age of the oldest process in seconds; `undefined` if unknown. */
  readonly upSeconds: number | undefined;
  /** Restarts of processes in the last day. */
  readonly restarts: number;
  /** Share of the budget that is left, of the objective with the least; `undefined` if unknown. */
  readonly budget: number | undefined;
}

/** Figures at one time. */
export interface MomentOptions {
  readonly watched: Watched;
  readonly trends: Trends;
  readonly grid: Grid;
  /** Names of metrics, with the number of their series. */
  readonly metrics: ReadonlyMap<string, number>;
  /** Window of rates, such as `60s`. */
  readonly window: string;
  /** Shown seconds. */
  readonly range: number;
  readonly tables: TableFigures;
  readonly status: Status;
  readonly signal: AbortSignal;
}

/** A refresh. */
export class Moment {
  readonly watched: Watched;
  readonly grid: Grid;
  readonly metrics: ReadonlyMap<string, number>;
  readonly window: string;
  readonly range: number;
  readonly status: Status;
  readonly signal: AbortSignal;
  readonly #tables: TableFigures;
  readonly #trends: Trends;

  constructor({ trends, ...options }: MomentOptions) {
    this.watched = options.watched;
    this.grid = options.grid;
    this.metrics = options.metrics;
    this.window = options.window;
    this.range = options.range;
    this.#tables = options.tables;
    this.status = options.status;
    this.signal = options.signal;
    this.#trends = trends;
  }

  /** Names of all metrics. */
  get names(): ReadonlySet<string> {
    return new Set(this.metrics.keys());
  }

  /** The trend of an expression in the shown range. */
  trend(expression: string): Promise<readonly TrendSeries[]> {
    return this.#trends.of(expression, this.grid, this.signal);
  }

  /** The rows of a table. */
  table(table: Table): Promise<TableRows> {
    return this.#tables.of(table, this);
  }

  /** The values of an expression, by default at the end of the shown range. */
  values(
    expression: string,
    source: Queried = this.watched,
    time: number = this.grid.end,
  ): Promise<readonly ValueOfSeries[]> {
    return valuesAt(source, expression, time, this.signal);
  }
}
