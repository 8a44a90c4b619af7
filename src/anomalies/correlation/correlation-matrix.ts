import { probit } from "simple-statistics";
import { parsed } from "../../options/parser.ts";
import type { Time } from "../../query/evaluation/query.ts";
import type { Labels, Source } from "../../query/source.ts";
import { Slices } from "../../io/yield.ts";
import { SELECTORS } from "../options.ts";
import { SOURCE, timesOf } from "./question.ts";
import { coefficientOf, type Steps, stepsOf } from "./steps.ts";
import { isCounter } from "./value-column.ts";
import { type Cells, heldColumn, rateColumn, ratioColumn } from "./column.ts";
import { intervalOf, type LoadedSeries, loadSeries } from "./loaded-series.ts";

/** Question of {@link correlationMatrix}. */
export interface MatrixQuestion {
  /** Source of the samples: a history, or the running SDK. */
  readonly source: Source;
  /** Selectors in PromQL, such as `queue_size{queue="tasks"}`. At most 100 series are compared. */
  readonly series: readonly string[];
  /** Start of the range. */
  readonly from: Time;
  /** End of the range. */
  readonly to: Time;
}

/** Coefficients of all pairs of series. */
export interface CorrelationMatrix {
  /** The series, in the order of rows and columns. A histogram is one series: its mean. */
  readonly series: readonly MatrixSeries[];
  /**
   * Coefficients from -1 to 1, symmetric. NaN if a series hardly varies at the times of the other: fewer than 20 steps that are
   * not of its usual size.
   */
  readonly coefficients: readonly (readonly number[])[];
  /** Pairs that move together clearly, the strongest first. */
  readonly pairs: readonly CorrelatedPair[];
  /** Whether further series were left out. */
  readonly isPartial: boolean;
}

/** A series of a matrix. */
export interface MatrixSeries {
  /** Name of the metric. */
  readonly metric: string;
  /** Labels of the series, without its name. */
  readonly labels: Labels;
}

/** Two series that move together. */
export interface CorrelatedPair {
  /** Row of the first series. */
  readonly first: number;
  /** Row of the second series. */
  readonly second: number;
  /** Negative if one falls while the other rises. */
  readonly coefficient: number;
}

const MAX_MATRIX_SERIES = 100;
const MIN_CELLS = 40;
const MAX_CELLS = 240;
// Share of matrices of independent series that list a pair.
const FALSE_PAIRS = 0.01;

/**
 * Compares each pair of series over a range of time. The coefficient is Spearman's rank correlation of the steps between
 * neighbouring values. So two series that only drift do not correlate, and neither does an outlier alone. Counters are compared
 * by their rates, histograms by their mean.
 *
 * A pair is listed in `pairs` if chance explains it in less than one of 100 matrices. The test uses the series' own
 * autocorrelation (Bartlett 1935), and the number of steps at which both move. The range is cut into 40 to 240 cells, as
 * long as the longest interval of the samples if possible. A value of a gauge counts from the sample before on.
 *
 * @throws OptionsError with all invalid options. Rejects if the source does.
 * @example
 * const { series, pairs } = await correlationMatrix({ source: history, series: ["queue_size", "pool_waiting"], from, to });
 * for (const { first, second, coefficient } of pairs)
 *   console.log(series[first].metric, series[second].metric, coefficient);
 */
export async function correlationMatrix(question: MatrixQuestion): Promise<CorrelationMatrix> {
  const { source, selectors, from, to } = parsed("correlationMatrix", (parser) => ({
    source: parser.checked("source", question.source, SOURCE),
    selectors: parser.checked("series", question.series, SELECTORS),
    ...timesOf(parser, question),
  }));
  // Problems have thrown.
  if (source === undefined || selectors === undefined || from === undefined || to === undefined)
    return { series: [], coefficients: [], pairs: [], isPartial: false };
  const groups = selectors.map(({ matchers }) => matchers);
  // A histogram may have two series: its count and its sum.
  const found = await loadSeries(source, { from, to, groups, maxSeries: 2 * MAX_MATRIX_SERIES + 1 });
  const chosen = found.slice(0, MAX_MATRIX_SERIES);
  const cells = cellsOf(chosen, { from, to });
  const slices = new Slices();
  const rows: Steps[] = [];
  for (const series of chosen) {
    await slices.next();
    rows.push(stepsOf(columnOf(series, cells)));
  }
  const coefficients = chosen.map(() => chosen.map(() => Number.NaN));
  const pairs: CorrelatedPair[] = [];
  // Two-sided, over all pairs.
  const limit = -probit(FALSE_PAIRS / (rows.length * (rows.length - 1)));
  for (const [first, row] of rows.entries()) {
    for (let second = first; second < rows.length; second++) {
      await slices.next();
      const { coefficient, deviation } = coefficientOf(row, rows[second]!);
      coefficients[first]![second] = coefficient;
      coefficients[second]![first] = coefficient;
      if (first !== second && Math.abs(coefficient) > limit * deviation)
        pairs.push({ first, second, coefficient });
    }
  }
  return {
    series: chosen.map(({ name, labels }) => ({ metric: name, labels })),
    coefficients,
    pairs: pairs.toSorted((left, right) => Math.abs(right.coefficient) - Math.abs(left.coefficient)),
    isPartial: found.length > chosen.length,
  };
}

// Cells of the longest interval of the samples, if that makes enough of them.
function cellsOf(
  all: readonly LoadedSeries[],
  { from, to }: { readonly from: number; readonly to: number },
): Cells {
  const longest = Math.max(0, ...all.map((series) => intervalOf(series) ?? 0));
  const wanted = Math.floor((to - from) / Math.max(longest, 1));
  const cells = Math.min(Math.max(wanted, MIN_CELLS), MAX_CELLS);
  return { startMillis: from, cellMillis: (to - from) / cells, cells };
}

function columnOf(series: LoadedSeries, cells: Cells): Float64Array {
  const { points, sums } = series;
  if (sums !== undefined)
    return ratioColumn(rateColumn(sums, cells, false), rateColumn(points, cells, false));
  return isCounter(series) ? rateColumn(points, cells, false) : heldColumn(points, cells);
}
