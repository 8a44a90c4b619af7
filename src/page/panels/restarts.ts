// Restarts of processes, from the age of each.

/** The expression of the start of each process, in Unix seconds. */
export const STARTS = "timestamp(process_uptime_seconds) - process_uptime_seconds";

/** The age of a process and the time of its collection differ by this much. */
export const TOLERANCE_SECONDS = 5;

/** Number of processes that took the place of an earlier one: of the only one, or of one of a group. */
export function restartsIn(
  starts: readonly {
    readonly labels: Readonly<Record<string, string | undefined>>;
    readonly values: Iterable<unknown>;
  }[],
): number {
  const ofMembers = new Map<string, number[]>();
  for (const { labels, values } of starts) {
    const known = ofMembers.get(labels["worker_id"] ?? "") ?? [];
    for (const time of values)
      if (
        typeof time === "number" &&
        !Number.isNaN(time) &&
        known.every((each) => Math.abs(each - time) > TOLERANCE_SECONDS)
      )
        known.push(time);
    ofMembers.set(labels["worker_id"] ?? "", known);
  }
  return [...ofMembers.values()].reduce((sum, { length }) => sum + Math.max(0, length - 1), 0);
}
