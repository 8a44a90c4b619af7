import type { Expression } from "../expression.ts";
import type { MatrixSeries, QueryResult, VectorSeries } from "../result.ts";
import { unwrapped } from "../syntax/tree-parts.ts";
import { evaluateMatrix, evaluateScalar, evaluateVector } from "./evaluate.ts";
import type { Evaluation, Pieces } from "./evaluation.ts";
import { ABSENT, type Frame } from "./frame.ts";
import { extendedSamples } from "./extended-ranges.ts";
import type { RangeSeries } from "./loaded-series.ts";
import type { Ranges } from "./range-call.ts";
import { RowReader, timesOf } from "./row-samples.ts";
import { SampleSearch } from "./sample-search.ts";
import { numbersOf } from "./scalars.ts";
import { sortedRows } from "./sorted-rows.ts";

/** Evaluates an instant query. */
export function* instantResult(expression: Expression, evaluation: Evaluation): Pieces<QueryResult> {
  const time = evaluation.start / 1_000;
  const { annotations } = evaluation;
  switch (expression.type) {
    case "string":
      return { kind: "string", time, value: stringOf(expression), annotations: annotations.list() };
    case "scalar": {
      const [value = Number.NaN] = yield* evaluateScalar(expression, evaluation);
      return { kind: "scalar", time, value, annotations: annotations.list() };
    }
    case "vector": {
      const series = yield* vectorSeries(yield* evaluateVector(expression, evaluation), time, evaluation);
      return { kind: "vector", series, annotations: annotations.list() };
    }
    case "matrix": {
      const series = yield* rangesResult(yield* evaluateMatrix(expression, evaluation), evaluation);
      return { kind: "matrix", series, annotations: annotations.list() };
    }
    default:
      return expression satisfies never;
  }
}

/** Evaluates a range query. */
export function* rangeResult(expression: Expression, evaluation: Evaluation): Pieces<QueryResult> {
  const { annotations, steps, work } = evaluation;
  if (expression.type === "scalar") {
    const values = yield* evaluateScalar(expression, evaluation);
    const times = yield* timesOf(steps, 1_000, work);
    return { kind: "matrix", series: [{ labels: {}, times, values }], annotations: annotations.list() };
  }
  const frame = yield* evaluateVector(expression, evaluation);
  const series: MatrixSeries[] = [];
  const reader = new RowReader(frame, yield* timesOf(steps, 1_000, work));
  for (const row of yield* sortedRows(frame.labels, work)) {
    const { times, values, histograms } = yield* reader.read(row, work);
    const labels = frame.labels[row]!.toLabels();
    if (histograms !== undefined) series.push({ labels, times, values, histograms });
    else if (times.length > 0) series.push({ labels, times, values });
    if (work.spend(2 * frame.steps + 100)) yield;
  }
  return { kind: "matrix", series, annotations: annotations.list() };
}

function* vectorSeries(frame: Frame, time: number, { work }: Evaluation): Pieces<VectorSeries[]> {
  const series: VectorSeries[] = [];
  for (const [row, labels] of frame.labels.entries()) {
    if (frame.cells[row] === ABSENT) continue;
    const value = frame.histogram(row, 0) ?? frame.values[row]!;
    series.push({ labels: labels.toLabels(), time, value });
    if (work.spend(100)) yield;
  }
  return series;
}

function* rangesResult(ranges: Ranges, evaluation: Evaluation): Pieces<MatrixSeries[]> {
  const { work } = evaluation;
  const end = new SampleSearch(ranges.firstEnd, 0, 1);
  const start = new SampleSearch(ranges.firstEnd - ranges.rangeMillis, 0, 1);
  const order = yield* sortedRows(
    ranges.series.map(({ labels }) => labels),
    work,
  );
  const series: MatrixSeries[] = [];
  for (const row of order) {
    const each: RangeSeries = ranges.series[row]!;
    const { labels, times, values, samples } = each;
    if (ranges.extension !== undefined) {
      const some = extendedSamples(ranges, each, ranges.extension, evaluation);
      if (some !== undefined)
        series.push({
          labels: labels.toLabels(),
          times: some.times.map((time) => time / 1_000),
          values: some.values,
        });
      if (work.spend(100 + (some?.times.length ?? 0))) yield;
      continue;
    }
    const [first, last] = [start.after(times)[0]!, end.after(times)[0]!];
    if (last === first) continue;
    const histograms =
      samples?.has(first, last) === "floats" ? undefined : samples?.histograms.slice(first, last);
    series.push({
      labels: labels.toLabels(),
      times: yield* numbersOf(last - first, (i) => times[first + i]! / 1_000, work),
      values: yield* numbersOf(
        last - first,
        (i) => (histograms?.[i] === undefined ? values[first + i]! : Number.NaN),
        work,
      ),
      ...(histograms === undefined ? {} : { histograms }),
    });
    if (work.spend(last - first + 100)) yield;
  }
  return series;
}

function stringOf(expression: Expression): string {
  const node = unwrapped(expression);
  return node.kind === "string" ? node.value : "";
}
