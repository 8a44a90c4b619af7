import type { Alert } from "../../alert.ts";
import { identityOf } from "../identity.ts";
import { isFiring, type Notification, type QueuedNotification } from "../notification.ts";

/** A notification that waits. */
export interface Waiting {
  readonly notification: QueuedNotification;
  /** Whether it was sent before, maybe with success. Then its content stays, since its id does. */
  isAttempted: boolean;
  /** Whether the state file has it, as the first one of its lane. */
  isSaved: boolean;
  /** Time of the first refusal since the receiver failed last. */
  refusedSinceUnixMillis?: number | undefined;
  /** The notification as it is written to the state file. */
  bytes: Uint8Array | undefined;
}

/**
 * The waiting notifications of one group for one receiver, in order: one that was attempted, and at most two others.
 * While the receiver is away, later states of an alert replace those between its first and its last one.
 */
export class Lane {
  /** Oldest first. */
  waiting: Waiting[] = [];
  /** Time before which nothing is sent, by the monotonic clock. */
  notBeforeMillis = 0;

  /** Number of alerts in all waiting notifications. */
  get alerts(): number {
    return this.waiting.reduce((sum, { notification }) => sum + notification.alerts.length, 0);
  }

  /** Appends a notification; merges it with those that were not attempted. Returns the number of omitted states. */
  add(notification: QueuedNotification, newId: () => string): number {
    const attempted = this.waiting.filter(({ isAttempted }) => isAttempted);
    const others = this.waiting.filter(({ isAttempted }) => !isAttempted);
    if (others.length === 0) {
      this.waiting.push({ notification, isAttempted: false, isSaved: false, bytes: undefined });
      return 0;
    }
    const states = statesOf([...others.map((each) => each.notification), notification]);
    const [first, last] = [states.map(firstOf), lastOf(states, notification)];
    const fresh = [...new Set([...others.flatMap((each) => each.notification.fresh), ...notification.fresh])];
    const omitted = states.reduce((sum, each) => sum + each.changes - Number(isChanged(each)), 0);
    const ids = others.map((each) => each.notification.id);
    this.waiting = [
      ...attempted,
      ...[first, last]
        .filter((alerts) => alerts.length > 0)
        .map((alerts, i) => ({
          notification: { ...notification, alerts, fresh, id: ids[i] ?? newId() },
          isAttempted: false,
          isSaved: false,
          bytes: undefined,
        })),
    ];
    return omitted;
  }

  /** Adds notifications of a previous process. Only one that was attempted, or is being sent, stays before them. */
  addBefore(older: readonly Waiting[]): void {
    const attempted = this.waiting.filter(({ isAttempted }) => isAttempted);
    const others = this.waiting.filter(({ isAttempted }) => !isAttempted);
    this.waiting = [...attempted, ...older, ...others];
  }

  /** Removes the oldest notification, which was sent. */
  shift(): void {
    this.waiting.shift();
  }

  /** Removes the oldest notification, and the alerts that it announces from later ones. Returns their identities. */
  drop(): ReadonlySet<string> {
    const { alerts: dropped = [], fresh = [] } = this.waiting.shift()?.notification ?? {};
    const firing = new Set(dropped.filter(isFiring).map(({ labels }) => identityOf(labels)));
    // The receiver knows the other alerts, and has to get their end.
    const unknown = new Set(fresh.filter((identity) => firing.has(identity)));
    this.waiting = this.waiting.flatMap((each) => {
      const alerts = each.notification.alerts.filter(({ labels }) => !unknown.has(identityOf(labels)));
      if (alerts.length === each.notification.alerts.length) return [each];
      return alerts.length === 0
        ? []
        : [{ ...each, notification: { ...each.notification, alerts }, isSaved: false, bytes: undefined }];
    });
    return unknown;
  }
}

/** The first and the last state of an alert in several notifications. */
interface States {
  first: Alert;
  last: Alert;
  changes: number;
}

function statesOf(notifications: readonly Notification[]): States[] {
  const states = new Map<string, States>();
  for (const { alerts } of notifications) {
    for (const alert of alerts) {
      const identity = identityOf(alert.labels);
      const known = states.get(identity);
      if (known === undefined) {
        states.set(identity, { first: alert, last: alert, changes: 0 });
        continue;
      }
      if (known.last.state !== alert.state) known.changes++;
      // The latest values of the first state.
      if (known.changes === 0) known.first = alert;
      known.last = alert;
    }
  }
  return [...states.values()];
}

function isChanged({ first, last }: States): boolean {
  return first.state !== last.state;
}

function firstOf(states: States): Alert {
  return isChanged(states) ? states.first : states.last;
}

// The changed alerts, and those of the newest notification that still fire: without them, the group would seem to be resolved.
function lastOf(all: readonly States[], { alerts }: Notification): readonly Alert[] {
  if (!all.some(isChanged)) return [];
  const firing = new Set(alerts.filter(isFiring));
  return all.filter((each) => isChanged(each) || firing.has(each.last)).map(({ last }) => last);
}
