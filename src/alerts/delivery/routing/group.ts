import type { Alert } from "../../alert.ts";
import { identityOf } from "../identity.ts";
import { isFiring } from "../notification.ts";

/** An alert of a group. */
export interface Entry {
  alert: Alert;
  /** Active time after which it is lost, if no update has it. */
  lostAtSeconds: number;
  /** Estimate of its memory, in bytes. */
  bytes: number;
}

/** Alerts announced to one receiver as firing, and not as resolved yet. */
export interface Announced {
  /** Their identities. */
  readonly alerts: Set<string>;
  /** Time of the last notification, in milliseconds since the epoch. */
  lastUnixMillis: number;
}

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
      announced = { alerts: new Set(), lastUnixMillis: 0 };
      this.announced.set(receiver, announced);
    }
    return announced;
  }

  /** Removes resolved alerts that no receiver waits for. */
  tidy(): void {
    const lists = [...this.announced.values()];
    for (const [identity, { alert }] of this.entries) {
      if (!isFiring(alert) && !lists.some(({ alerts }) => alerts.has(identity))) {
        this.entries.delete(identity);
        this.bytes = undefined;
      }
    }
  }
}

/** Content of the next notification of a group to one receiver. */
export interface Plan {
  readonly firing: readonly Alert[];
  readonly resolved: readonly Alert[];
  /** The part of `firing` that was not announced before. */
  readonly fresh: readonly Alert[];
  /** Whether it is due since the last one is older than the repeat interval. */
  readonly isRepeat: boolean;
}

/**
 * Plans the next notification. Returns `undefined` if the receiver knows everything already. Suppressed alerts are left
 * out: a firing one is announced, and an announced one is reported as resolved, once it is not suppressed.
 */
export function planOf(
  group: Group,
  receiver: string,
  isSuppressed: (alert: Alert) => boolean,
  { nowUnixMillis, repeatMillis }: { readonly nowUnixMillis: number; readonly repeatMillis: number },
): Plan | undefined {
  const announced = group.announcedTo(receiver);
  const alerts = [...group.entries.values()].map(({ alert }) => alert);
  const firing = alerts.filter((alert) => isFiring(alert) && !isSuppressed(alert));
  const resolved = alerts.filter(
    (alert) => !isFiring(alert) && announced.alerts.has(identityOf(alert.labels)) && !isSuppressed(alert),
  );
  const fresh = firing.filter(({ labels }) => !announced.alerts.has(identityOf(labels)));
  const isOld = Math.abs(nowUnixMillis - announced.lastUnixMillis) >= repeatMillis;
  const isRepeat = isOld && firing.length > fresh.length;
  if (fresh.length === 0 && resolved.length === 0 && !isRepeat) return undefined;
  return { firing, resolved, fresh, isRepeat };
}

/** Notes that a plan will be sent: its alerts count as announced. */
export function announce(group: Group, receiver: string, plan: Plan, nowUnixMillis: number): void {
  const announced = group.announcedTo(receiver);
  for (const { labels } of plan.firing) announced.alerts.add(identityOf(labels));
  for (const { labels } of plan.resolved) announced.alerts.delete(identityOf(labels));
  announced.lastUnixMillis = nowUnixMillis;
  group.bytes = undefined;
}
