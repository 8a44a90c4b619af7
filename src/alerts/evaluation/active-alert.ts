// An alert while it is pending or firing, and for a while after it was resolved.
import type { Alert } from "../alert.ts";
import type { Labels } from "../../query/source.ts";
import type { RecordedColumn } from "./recorded-column.ts";

/** Time for which a resolved alert is kept and sent again. */
export const RESOLVED_RETENTION_MILLIS = 900_000;

/** State of an alert. Times are Unix milliseconds. */
export interface ActiveAlert {
  readonly labels: Labels;
  annotations: Readonly<Record<string, string>>;
  state: "pending" | "firing" | "inactive";
  value: number;
  activeAt: number;
  firedAt: number | undefined;
  resolvedAt: number | undefined;
  keepFiringSince: number | undefined;
  /** Until this time a restored alert is held while no series fits it. */
  awaitedUntil: number | undefined;
  /** Series of `ALERTS` and `ALERTS_FOR_STATE` that were written last. */
  columns: readonly RecordedColumn[];
}

/** The alert for receivers. */
export function alertFrom(name: string, active: ActiveAlert): Alert {
  const { labels, annotations, value, state, activeAt, firedAt, resolvedAt } = active;
  return {
    name,
    state: state === "inactive" ? "resolved" : state,
    labels,
    annotations,
    value,
    activeAt: activeAt / 1_000,
    ...(firedAt !== undefined && { firedAt: firedAt / 1_000 }),
    ...(resolvedAt !== undefined && { resolvedAt: resolvedAt / 1_000 }),
  };
}

/** Returns an alert that is pending from a time on. */
export function newAlert(
  labels: Labels,
  annotations: Readonly<Record<string, string>>,
  value: number,
  timeMillis: number,
): ActiveAlert {
  return {
    labels,
    annotations,
    state: "pending",
    value,
    activeAt: timeMillis,
    firedAt: undefined,
    resolvedAt: undefined,
    keepFiringSince: undefined,
    awaitedUntil: undefined,
    columns: [],
  };
}

/** Resolves an alert. */
export function resolve(alert: ActiveAlert, timeMillis: number): void {
  alert.state = "inactive";
  alert.resolvedAt = timeMillis;
  alert.keepFiringSince = undefined;
}
