// Detectors that the command runs over stored series.
import type { SeriesDetector, WatchedSeries } from "../../anomalies/parts.ts";
import type { HistorySource } from "../../history/index.ts";

/** A detector and the values that it examines. */
export interface NamedDetector {
  readonly name: string;
  readonly detector: SeriesDetector;
  readonly series: WatchedSeries;
}

/** The names of all detectors, in the order of their rows. */
export const DETECTORS = ["streaming", "learned"] as const;

/**
 * The detectors of a series. The streaming one examines all values. A learned one is trained with the first half, and
 * examines the second.
 */
export async function* detectorsOf(
  history: HistorySource,
  series: WatchedSeries,
  signal: AbortSignal,
): AsyncGenerator<NamedDetector> {
  // Loaded on demand, so that the help works without it.
  const { Detector, trainedWindow, WindowDetector } = await import("../../anomalies/parts.ts");
  yield { name: "streaming", detector: new Detector(), series };
  const { times, values } = series;
  const half = Math.floor(values.length / 2);
  const [from, next, to] = [times[0], times[1], times[half - 1]];
  if (from === undefined || next === undefined || to === undefined) return;
  const model = await trainedWindow(history, values.slice(0, half), { from, to, step: next - from }, signal);
  if (model.kind === "untrained") return;
  const rest = { ...series, times: times.subarray(half), values: values.subarray(half) };
  yield { name: "learned", detector: new WindowDetector(model), series: rest };
}
