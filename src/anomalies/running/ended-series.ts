// Whether a series that has no value has ended on purpose.
import type { Matcher, Source } from "../../query/index.ts";
import type { JudgedSeries } from "./judged-series.ts";

const LOOKBACK_MILLIS = 300_000;

/**
 * Whether the last sample of a series is a stale marker: the process has ended the series, and did not fail to report it.
 *
 * @param windowSeconds window of rates: a rate may have a value that long after the end.
 */
export async function hasEnded(
  source: Source,
  { watched, labels }: Pick<JudgedSeries, "watched" | "labels">,
  timeMillis: number,
  windowSeconds: number,
  signal: AbortSignal,
): Promise<boolean> {
  const conditions = Object.entries(labels).map(([label, value]): Matcher => ({
    label,
    operator: "=",
    value,
  }));
  const from = timeMillis - Math.max(LOOKBACK_MILLIS, windowSeconds * 1_000);
  // The samples of a classic histogram have a suffix.
  const names = watched.type === "histogram" ? [`${watched.metric}_count`, watched.metric] : [watched.metric];
  for (const name of names) {
    const matchers: Matcher[] = [{ label: "__name__", operator: "=", value: name }, ...conditions];
    const selection = { matchers, from, to: timeMillis, signal };
    for await (const series of source.select(selection)) {
      const { __name__: _name, ...found } = series.labels;
      if (Object.keys(found).length === Object.keys(labels).length) return series.stale?.at(-1) === 1;
    }
  }
  return false;
}
