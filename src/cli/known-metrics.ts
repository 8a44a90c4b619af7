// Metrics that a history is asked about by their names.
import type { HistorySource } from "../history/index.ts";
import { nearestNames } from "../nearest-names.ts";
import { UsageError } from "./usage-error.ts";

const MAX_NEAREST = 3;

/**
 * Ends the word where the history has no metric of this name.
 *
 * @param name OpenTelemetry's name of a metric, or Prometheus'.
 * @param place what the name was given as: `query`.
 * @throws UsageError with the nearest names that the history has.
 */
export async function refuseUnknownMetric(
  history: HistorySource,
  name: string,
  place: string,
): Promise<void> {
  for await (const _ of history.series(name)) return;
  const known = new Set<string>();
  for await (const metric of history.metrics()) known.add(metric.name);
  const nearest = nearestNames(name, [...known], MAX_NEAREST);
  const instead = nearest.length === 0 ? "" : `; nearest are: ${nearest.join(", ")}`;
  throw new UsageError(
    `${place}: there is no metric "${name}"${instead}; \`tachymeter query <store>\` lists all`,
  );
}
