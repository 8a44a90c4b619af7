// Values of expressions at a time.
import type { Queried } from "../../explain/application.ts";

/** A value of a series. */
export interface ValueOfSeries {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** The values of an expression at a time; a native histogram is its count. */
export async function valuesAt(
  source: Queried,
  expression: string,
  time: number,
  signal: AbortSignal,
): Promise<readonly ValueOfSeries[]> {
  const result = await source.query(expression, { time, signal });
  if (result.kind !== "vector") return [];
  return result.series.map(({ labels, value }) => ({
    labels,
    value: typeof value === "number" ? value : value.count,
  }));
}

// An application has at most four requests in progress.
const PARALLEL = 3;

/** Runs `work` for each item, some at a time, and resolves with the results in order. */
export async function inParallel<Item, Result>(
  items: readonly Item[],
  work: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  let next = 0;
  const run = async (): Promise<void> => {
    while (next < items.length) {
      const i = next++;
      results[i] = await work(items[i]!);
    }
  };
  await Promise.all(Array.from({ length: Math.min(PARALLEL, items.length) }, run));
  return results;
}
