import { QueryError } from "../../../src/query/query-error.ts";
import type { MatrixSeries, QueryResult, VectorSeries } from "../../../src/query/result.ts";

const TOLERANCE = 1e-12;

/** The first difference of two results, beyond a relative error of 1e-12; `undefined` without any. */
export function differenceOf(
  expected: QueryResult | QueryError,
  actual: QueryResult | QueryError,
): string | undefined {
  if (expected instanceof QueryError || actual instanceof QueryError) {
    const [left, right] = [messageOf(expected), messageOf(actual)];
    return left === right ? undefined : `${left} and ${right}`;
  }
  if (expected.annotations.join() !== actual.annotations.join())
    return `annotations ${expected.annotations.join()} and ${actual.annotations.join()}`;
  const [left, right] = [rowsOf(expected), rowsOf(actual)];
  for (let i = 0; i < Math.max(left.length, right.length); i++) {
    const [a, b] = [left[i], right[i]];
    if (a === undefined || b === undefined || a.key !== b.key) return `series ${a?.key} and ${b?.key}`;
    const difference = differenceOfPoints(a.points, b.points);
    if (difference !== undefined) return `${a.key}: ${difference}`;
  }
  return undefined;
}

function messageOf(result: QueryResult | QueryError): string {
  return result instanceof QueryError ? result.message : `a ${result.kind}`;
}

interface Row {
  readonly key: string;
  readonly points: readonly (readonly [time: number, value: unknown])[];
}

function rowsOf(result: QueryResult): readonly Row[] {
  if (result.kind === "vector")
    return result.series.map(({ labels, time, value }: VectorSeries) => ({
      key: JSON.stringify(labels),
      points: [[time, value]],
    }));
  if (result.kind !== "matrix") return [{ key: result.kind, points: [[result.time, result.value]] }];
  return result.series.map(({ labels, times, values, histograms }: MatrixSeries) => ({
    key: JSON.stringify(labels),
    points: Array.from(times, (time, i) => [time, histograms?.[i] ?? values[i]] as const),
  }));
}

function differenceOfPoints(left: Row["points"], right: Row["points"]): string | undefined {
  for (let i = 0; i < Math.max(left.length, right.length); i++) {
    const [a, b] = [left[i], right[i]];
    if (a === undefined || b === undefined || a[0] !== b[0]) return `times ${a?.[0]} and ${b?.[0]}`;
    if (!areSame(a[1], b[1])) return `at ${a[0]}: ${shown(a[1])} and ${shown(b[1])}`;
  }
  return undefined;
}

function areSame(left: unknown, right: unknown): boolean {
  if (typeof left !== "number" || typeof right !== "number") return shown(left) === shown(right);
  if (Object.is(left, right)) return true;
  return Math.abs(left - right) <= TOLERANCE * Math.max(Math.abs(left), Math.abs(right));
}

function shown(value: unknown): string {
  return JSON.stringify(value, (_, each: unknown) =>
    typeof each === "number" && !Number.isFinite(each) ? String(each) : each,
  );
}
