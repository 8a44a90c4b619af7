// Distance of the samples of a history.
import type { History, RemoteHistory } from "../history/index.ts";
import { formatDuration } from "./texts.ts";
import { evaluated } from "./query/expression.ts";

// Ranges before the end that are searched, in seconds: a longer one if a shorter one has no two samples of a series.
const SEARCHED = [3_600, 21_600, 86_400, Infinity];

/** The median distance of the latest samples of a selector in seconds; `undefined` without two samples of a series. */
export async function collectionInterval(
  history: History | RemoteHistory,
  { from, to }: { readonly from: number; readonly to: number },
  selector: string,
): Promise<number | undefined> {
  for (const length of SEARCHED) {
    const seconds = Math.ceil(Math.min(to - from, length));
    const text = `${selector}[${formatDuration(seconds)}]`;
    const result = await evaluated(history, { kind: "instant", format: "json", text, time: to });
    if (result.kind !== "matrix") return undefined;
    const distances = result.series.flatMap(({ times }) =>
      [...times].slice(1).map((time, i) => time - (times[i] ?? time)),
    );
    const median = distances.toSorted((one, other) => one - other)[distances.length >> 1];
    if (median !== undefined || seconds < length) return median;
  }
  return undefined;
}
