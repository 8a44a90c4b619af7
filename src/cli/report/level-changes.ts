// Level changes of metrics in the range of a report.
import type { HistorySource, KnownMetric } from "../../history/index.ts";
import type { ReportedChange } from "./document.ts";
import type { Span } from "./span.ts";

const MAX_CHANGES = 20;
// Smaller changes are certain, but rarely matter.
const MIN_RATIO = 1.1;

/** The largest level changes of the metrics, in the order of time. */
export async function levelChanges(
  history: HistorySource,
  metrics: readonly KnownMetric[],
  { from, to }: Span,
): Promise<readonly ReportedChange[]> {
  const found: ReportedChange[] = [];
  for (const { name: metric, unit } of metrics) {
    for (const { time, attributes, before, after, pValue } of await history.changePoints({
      metric,
      from,
      to,
    })) {
      if (ratioOf({ before, after }) < MIN_RATIO) continue;
      const at = new Date(time * 1_000).toISOString();
      found.push({ metric, unit, attributes, at, before, after, pValue });
    }
  }
  return found
    .toSorted((one, other) => ratioOf(other) - ratioOf(one))
    .slice(0, MAX_CHANGES)
    .toSorted((one, other) => (one.at < other.at ? -1 : 1));
}

// At least 1; infinite if one of them is 0 or the sign changed.
function ratioOf({ before, after }: Pick<ReportedChange, "before" | "after">): number {
  const ratio = after / before;
  return ratio > 0 ? Math.max(ratio, 1 / ratio) : Infinity;
}
