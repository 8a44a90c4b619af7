/** The metrics of the group itself. */
import type { Meter } from "@opentelemetry/api";

export interface ObservedGroup {
  /** Ages of the last reports of the other members, in seconds. */
  readonly ages: () => readonly number[];
  readonly takeovers: () => number;
  /** Number of repaired rows. */
  readonly repaired: () => number;
}

/** Creates `telemetry.group.*`, for the process that exports. */
export function observeGroup(meter: Meter, { ages, takeovers, repaired }: ObservedGroup): void {
  meter
    .createObservableGauge("telemetry.group.members", {
      unit: "{member}",
      description: "Threads and processes of the group.",
    })
    .addCallback((result) => result.observe(ages().length + 1));
  meter
    .createObservableGauge("telemetry.group.report.age", {
      unit: "s",
      description: "Time since the oldest of the members' last reports.",
    })
    .addCallback((result) => {
      const all = ages();
      if (all.length > 0) result.observe(Math.max(...all));
    });
  meter
    .createObservableCounter("telemetry.group.takeovers", {
      unit: "{takeover}",
      description: "Changes of the process that exports the metrics of the group.",
    })
    .addCallback((result) => result.observe(takeovers()));
  meter
    .createObservableCounter("telemetry.group.rows.repaired", {
      unit: "{row}",
      description: "Series whose thread was ended amid a recording.",
    })
    .addCallback((result) => result.observe(repaired()));
}
