// Starts of processes, and their versions.
import type { Application } from "./application.ts";

/** The start of a process after others of its application. */
export interface ProcessStart {
  /** Seconds since the epoch. */
  readonly time: number;
  readonly text: string;
  /** Whether it has another version than the process before. */
  readonly isNewVersion: boolean;
}

const STEPS = 240;

/** The starts of processes in a range of time, the latest first. Without the metric `target_info` none are known. */
export async function startsOf(
  application: Application,
  from: number,
  to: number,
  signal: AbortSignal,
): Promise<readonly ProcessStart[]> {
  const step = Math.max(1, Math.ceil((to - from) / STEPS));
  const result = await application.queryRange("target_info", { from, to, step, signal });
  if (result.kind !== "matrix") return [];
  const processes = result.series
    .flatMap(({ labels, times }) => (times[0] === undefined ? [] : [{ labels, time: times[0] }]))
    .toSorted((one, other) => one.time - other.time);
  return processes
    .flatMap(({ labels, time }, i) => {
      const before = processes[i - 1];
      if (before === undefined || before.time === time) return [];
      const [version, old] = [labels["service_version"], before.labels["service_version"]];
      const isNewVersion = version !== undefined && version !== old;
      const text = isNewVersion
        ? `version ${version} was started${old === undefined ? "" : ` in place of ${old}`}`
        : "the process was started again";
      return [{ time, text, isNewVersion }];
    })
    .toReversed();
}
