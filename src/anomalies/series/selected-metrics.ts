// Metrics of the series that a selector selects.
import { labelsOf, type SampleSource } from "../../query/sample-source.ts";
import type { Selection, Selector } from "../../query/index.ts";
import type { SelectedMetric } from "./expressions.ts";

const MAX_METRICS = 1_000;

/** The metrics that selectors select in a range of time, in Unix milliseconds. */
export async function selectedMetrics(
  source: SampleSource,
  selectors: readonly Selector[],
  range: Pick<Selection, "from" | "to" | "signal">,
): Promise<readonly SelectedMetric[]> {
  const found: SelectedMetric[] = [];
  for (const { matchers } of selectors) {
    const names = new Set<string>();
    for await (const { __name__: name } of labelsOf(source, { matchers, ...range })) {
      if (name !== undefined) names.add(name);
      if (names.size >= MAX_METRICS) break;
    }
    for (const name of names) found.push({ name, matchers });
  }
  return found;
}
