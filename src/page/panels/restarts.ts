// Restarts of processes, from the age of each.

/** The expression of the start of each process, in Unix seconds. */
export const STARTS = "timestamp(process_uptime_seconds) - process_uptime_seconds";

/** The age of a process and the time of its collection differ by this much. */
export const TOLERANCE_SECONDS = 5;

// A value is shown for this long, so an age may be too high by it.
const LOOKBACK_SECONDS = 300;

/** Values of {@link STARTS} at the steps of a range. */
interface Starts {
  readonly labels: Readonly<Record<string, string | undefined>>;
  readonly times: Float64Array;
  readonly values: Float64Array;
}

/**
 * The starts in a series, some repeated. After the machine was suspended, a process seems to start later, but is not younger.
 * It then has no values for a while.
 */
export function startsIn({ times, values }: Starts): Float64Array {
  const ageAt = (i: number): number => (times[i] ?? Number.NaN) - (values[i] ?? Number.NaN);
  const pauses = times.map((time, i) => time - (times[i - 1] ?? -Infinity));
  const step = Math.min(...pauses);
  const isYounger = (_: number, i: number): boolean =>
    ageAt(i) < Math.max(LOOKBACK_SECONDS, ageAt(i - 1) - LOOKBACK_SECONDS) ||
    (pauses[i] === step && ageAt(i) < step - LOOKBACK_SECONDS);
  return values.filter((value, i) => i === 0 || isYounger(value, i));
}

/** Number of processes that took the place of an earlier one: of the only one, or of one of a group. */
export function restartsIn(series: readonly Starts[]): number {
  const known: { readonly member: string | undefined; readonly start: number }[] = [];
  for (const each of series)
    for (const start of startsIn(each)) {
      const member = each.labels["worker_id"];
      const ofMember = known.filter((other) => other.member === member);
      if (ofMember.every((other) => Math.abs(other.start - start) > TOLERANCE_SECONDS))
        known.push({ member, start });
    }
  return known.length - new Set(known.map(({ member }) => member)).size;
}
