import type { Alert } from "../../alert.ts";
import { identityOf } from "../identity.ts";
import { isFiring } from "../notification.ts";
import type { Receiver } from "../receivers/receiver.ts";

/** An alert of a group. */
export interface Entry {
  alert: Alert;
  /** Active time after which it is lost, if no update has it. */
  lostAtSeconds: number;
  /** Estimate of its memory, in bytes. */
  bytes: number;
}

/**
 * Alerts announced to one receiver as firing, and not as resolved yet, by identity. The values are the times of their
 * last notifications, in milliseconds since the epoch.
 */
export type Announced = Map<string, number>;

/** Alerts with the same values of the labels of `groupBy`: they share notifications. */
export class Group {
  readonly key: string;
  readonly labels: Readonly<Record<string, string>>;
  /** By the identity of the alert. */
  readonly entries: Map<string, Entry> = new Map();
  /** By the name of the receiver. */
  readonly announced: Map<string, Announced> = new Map();
  /** Time of the next notification, by the monotonic clock. */
  dueMillis: number;
  wasFlushed = false;
  /** The group as it is written to the state file; `undefined` if it has changed. */
  bytes: Uint8Array | undefined;

  constructor(key: string, labels: Readonly<Record<string, string>>, dueMillis: number) {
    this.key = key;
    this.labels = labels;
    this.dueMillis = dueMillis;
  }

  announcedTo(receiver: string): Announced {
    let announced = this.announced.get(receiver);
    if (announced === undefined) {
      announced = new Map();
      this.announced.set(receiver, announced);
    }
    return announced;
  }

  /** Removes resolved alerts that no receiver waits for. */
  tidy(): void {
    const lists = [...this.announced.values()];
    for (const [identity, { alert }] of this.entries) {
      if (!isFiring(alert) && !lists.some((each) => each.has(identity))) {
        this.entries.delete(identity);
        this.bytes = undefined;
      }
    }
  }
}

/** Content of the next notification of a group to one receiver. */
export interface Plan {
  /** Firing alerts: those to send, the others of a group included. */
  readonly firing: readonly Alert[];
  readonly resolved: readonly Alert[];
  /** The part of `firing` that was not announced before. */
  readonly fresh: ReadonlySet<Alert>;
}

/**
 * Plans the next notification. Returns `undefined` if the receiver knows everything already. Suppressed alerts are left
 * out: a firing one is announced, and an announced one is reported as resolved, once it is not suppressed.
 */
export function planOf(
  group: Group,
  { name, takes }: Receiver,
  isSuppressed: (alert: Alert) => boolean,
  { nowUnixMillis, repeatMillis }: { readonly nowUnixMillis: number; readonly repeatMillis: number },
): Plan | undefined {
  const announced = group.announcedTo(name);
  const timeOf = ({ labels }: Alert): number | undefined => announced.get(identityOf(labels));
  const alerts = [...group.entries.values()].map(({ alert }) => alert);
  const firing = alerts.filter((alert) => isFiring(alert) && !isSuppressed(alert));
  const resolved = alerts.filter(
    (alert) => !isFiring(alert) && timeOf(alert) !== undefined && !isSuppressed(alert),
  );
  const fresh = new Set(firing.filter((alert) => timeOf(alert) === undefined));
  const isOld = (millis: number): boolean => Math.abs(nowUnixMillis - millis) >= repeatMillis;
  const due = firing.filter((alert) => fresh.has(alert) || isOld(timeOf(alert) ?? 0));
  if (takes === "alerts")
    return due.length + resolved.length === 0 ? undefined : { firing: due, resolved, fresh };
  // The alerts of a group are repeated together.
  const isRepeat = due.length > fresh.size && isOld(Math.max(...announced.values()));
  return fresh.size + resolved.length === 0 && !isRepeat ? undefined : { firing, resolved, fresh };
}

/** Notes that a plan will be sent: its alerts count as announced. */
export function announce(group: Group, receiver: string, plan: Plan, nowUnixMillis: number): void {
  const announced = group.announcedTo(receiver);
  for (const { labels } of plan.firing) announced.set(identityOf(labels), nowUnixMillis);
  for (const { labels } of plan.resolved) announced.delete(identityOf(labels));
  group.bytes = undefined;
}
