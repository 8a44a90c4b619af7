// The tables of a view, evaluated at single times.
import { errorMessage } from "../../diagnostics/error-message.ts";
import type { EvaluationLimits } from "../../query/evaluation/prepared.ts";
import { Shortcuts } from "../../query/evaluation/shortcuts.ts";
import type { SampleSource } from "../../query/sample-source.ts";
import { formatDuration } from "../../query/syntax/number.ts";
import { type ChartQueries, type ChartQuery } from "../charts/chart-plan.ts";
import { shownLabels } from "../charts/legend.ts";
import { sharedParts } from "../charts/live-chart.ts";
import { type Table, tableRows, withRange } from "../panels/index.ts";
import type { TableData } from "../protocol.ts";

/** A table, without its values. */
export interface TablePlan {
  readonly table: Table;
  readonly windowMillis: number;
  /** One per column. */
  readonly queries: readonly ChartQuery[];
}

interface Evaluation {
  readonly source: SampleSource;
  readonly limits: EvaluationLimits;
  /** Lets other work have its turn. */
  readonly pause: () => Promise<unknown>;
}

// They change slowly, and their windows are long.
const PAUSE_MILLIS = 30_000;
const MAX_WINDOW_MILLIS = 6 * 3_600_000;
const MIN_WINDOW_MILLIS = 60_000;

/** The plan of a table for a range, in milliseconds. */
export function tablePlan(table: Table, rangeMillis: number, queries: ChartQueries): TablePlan {
  const windowMillis = Math.min(MAX_WINDOW_MILLIS, Math.max(MIN_WINDOW_MILLIS, rangeMillis));
  const window = formatDuration(windowMillis);
  return {
    table,
    windowMillis,
    queries: table.columns.map((column) => queries.predefined(withRange(column, window), "")),
  };
}

/** The tables of a view with their latest values. */
export class LiveTables {
  #data: readonly TableData[] = [];
  #evaluatedMillis = -Infinity;

  /** Tables that have rows, or an error. */
  get data(): readonly TableData[] {
    return this.#data;
  }

  /** Evaluates the tables, unless they were a moment ago. Returns whether they were. */
  async advance(plans: readonly TablePlan[], timeMillis: number, evaluation: Evaluation): Promise<boolean> {
    const isOld = Math.abs(timeMillis - this.#evaluatedMillis) >= PAUSE_MILLIS;
    if (plans.length === 0 || !isOld) return false;
    await this.evaluate(plans, timeMillis, evaluation);
    return true;
  }

  /** Evaluates the tables at a time, in Unix milliseconds. */
  async evaluate(plans: readonly TablePlan[], timeMillis: number, evaluation: Evaluation): Promise<void> {
    const data: TableData[] = [];
    for (const plan of plans) {
      const limits = { ...evaluation.limits, shortcuts: new Shortcuts(sharedParts(plan.queries)) };
      data.push(await tableAt(plan, timeMillis, { ...evaluation, limits }));
    }
    this.#data = data.filter(({ rows, error }) => rows.length > 0 || error !== undefined);
    this.#evaluatedMillis = timeMillis;
  }
}

async function tableAt(
  { table, windowMillis, queries }: TablePlan,
  timeMillis: number,
  { source, limits, pause }: Evaluation,
): Promise<TableData> {
  const { id, area, title, description, columns } = table;
  const results: Parameters<typeof tableRows>[1][number][] = [];
  let problem: string | undefined;
  for (const query of queries) {
    await pause();
    try {
      const result = await query.prepared().at(source, timeMillis, limits);
      results.push(result.kind === "vector" ? result.series : []);
    } catch (error) {
      if (limits.signal?.aborted === true) throw error;
      problem = errorMessage(error);
      results.push([]);
    }
  }
  const { rows, hidden } = tableRows(table, results);
  return {
    id,
    area,
    title,
    description,
    window: windowMillis / 1_000,
    columns: columns.map((column) => ({ title: column.title, unit: column.unit })),
    rows: rows.map(({ labels, values }) => ({ labels: shownLabels(labels), values })),
    hidden,
    ...(problem !== undefined && { error: problem }),
  };
}
