// Metrics that a history is asked about by their names.
import type { HistorySource } from "../history/index.ts";
import { nearestNames } from "../diagnostics/nearest-names.ts";

const MAX_NEAREST = 3;

/**
 * What to say of a name that no metric of the history has, with the nearest that it has; nothing of one that it has.
 *
 * @param name OpenTelemetry's name of a metric, or Prometheus'.
 */
export async function complaintOfUnknown(history: HistorySource, name: string): Promise<string | undefined> {
  for await (const _ of history.series(name)) return undefined;
  const known = new Set<string>();
  for await (const metric of history.metrics()) known.add(metric.name);
  const nearest = nearestNames(name, [...known], MAX_NEAREST);
  const instead = nearest.length === 0 ? "" : `nearest are: ${nearest.join(", ")}; `;
  return `there is no metric "${name}"; ${instead}\`tachymeter query <store>\` lists all`;
}
