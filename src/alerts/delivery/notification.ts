import type { Alert } from "../alert.ts";
import { isoText } from "../../events/time.ts";

/** One message for a receiver: the alerts of a group, or a single alert. */
export interface Notification {
  /** Unique; the same for all attempts to send it. */
  readonly id: string;
  /** Key of the group, as Alertmanager writes it. */
  readonly groupKey: string;
  /** The labels by which the alerts are grouped. */
  readonly groupLabels: Readonly<Record<string, string>>;
  /** At least one alert; each is firing or resolved. */
  readonly alerts: readonly Alert[];
  /** Time at which it was made, in milliseconds since the epoch. */
  readonly timeUnixMillis: number;
}

/** A notification in the queue of a receiver. */
export interface QueuedNotification extends Notification {
  /** Identities of the alerts that it announces for the first time. */
  readonly fresh: readonly string[];
}

/** State of a notification: firing if any of its alerts is. */
export function statusOf({ alerts }: Notification): "firing" | "resolved" {
  return alerts.some(isFiring) ? "firing" : "resolved";
}

export function isFiring({ state }: Alert): boolean {
  return state === "firing";
}

/** A copy of an alert for the application, which may change it. */
export function copyOf(alert: Alert): Alert {
  return { ...alert, labels: { ...alert.labels }, annotations: { ...alert.annotations } };
}

/** Entries that all objects have, with the same value. */
export function commonEntries(objects: readonly Readonly<Record<string, string>>[]): Record<string, string> {
  const [first = {}, ...others] = objects;
  return Object.fromEntries(
    Object.entries(first).filter(([name, value]) =>
      others.every((each) => Object.hasOwn(each, name) && each[name] === value),
    ),
  );
}

const MAX_SECONDS = 8.64e12;

/** A time in ISO 8601. Never throws: a time that `Date` does not have becomes the nearest one, `NaN` the epoch. */
export function isoTime(seconds: number): string {
  const bounded = Number.isNaN(seconds) ? 0 : Math.min(Math.max(seconds, -MAX_SECONDS), MAX_SECONDS);
  return isoText(Math.round(bounded * 1_000));
}

// The zero time of Go.
const NO_END = "0001-01-01T00:00:00Z";

/** The end of an alert in ISO 8601; while it fires, the zero time, as Alertmanager writes it. */
export function endTime(alert: Alert): string {
  return alert.resolvedAt === undefined || isFiring(alert) ? NO_END : isoTime(alert.resolvedAt);
}
