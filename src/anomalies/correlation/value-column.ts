// Columns of gauges and counters.
import { type Cells, gaugeColumn, rateColumn } from "./column.ts";
import type { LoadedSeries } from "./loaded-series.ts";
import { riseAlways } from "./points.ts";

/** Whether a series without a sum is a counter: by its name, or since its values never fall. */
export function isCounter({ name, points }: LoadedSeries): boolean {
  // `process_thread_count` is a gauge; the count of a histogram comes with its sum.
  return name.endsWith("_total") || riseAlways(points);
}

/** Values of the cells: means of a gauge, rates of a counter. */
export interface ValueColumn {
  readonly column: Float64Array;
  readonly isRate: boolean;
}

/** Column of a series without a sum. */
export function valueColumn(series: LoadedSeries, cells: Cells, isNew: boolean): ValueColumn {
  const { points } = series;
  const isRate = isCounter(series);
  return { column: isRate ? rateColumn(points, cells, isNew) : gaugeColumn(points, cells), isRate };
}
