import { warnOnceAMinute } from "../../../diagnostics/rate-limit.ts";
import type { Alert } from "../../alert.ts";
import { identityOf } from "../identity.ts";
import { isFiring, type Notification } from "../notification.ts";
import { Group } from "./group.ts";

/** Grouping of alerts, and the times at which groups are sent. */
export interface Route {
  /** Names of labels; `["..."]` for all. */
  readonly groupBy: readonly string[];
  readonly groupWaitMillis: number;
  readonly groupIntervalMillis: number;
  readonly repeatIntervalMillis: number;
}

const MAX_ALERTS = 10_000;
const MAX_BYTES = 67_108_864;
// Larger groups are split, so that each notification has a bounded size.
const MAX_GROUP = 256;
// An alert that is in no update for this time, and for this number of evaluations, has lost its rule.
const LOST_AFTER_SECONDS = 86_400;
const LOST_AFTER_EVALUATIONS = 4;
// While the process is stopped or the machine sleeps, no alert is lost.
const MAX_STEP_SECONDS = 300;

/** Times of an update. */
export interface UpdateTimes {
  readonly unixMillis: number;
  readonly monotonicMillis: number;
  /** Time of the evaluation, in seconds since the epoch. */
  readonly timeSeconds: number;
  /** Time to the next evaluation. */
  readonly intervalSeconds: number;
}

/** A change of an alert's state. */
export type Transition = (alert: Alert) => void;

/** All alerts that fire, or resolved and are not announced as such yet, by group. */
export class GroupTable {
  readonly #route: Route;
  // Names of the labels, sorted; `undefined` for all.
  readonly #groupBy: readonly string[] | undefined;
  readonly #groups = new Map<string, Group>();
  // The group of each alert.
  readonly #places = new Map<string, Group>();
  // The first part with room of each split group.
  readonly #partWithRoom = new Map<string, number>();
  #bytes = 0;
  /** Seconds in which updates came. */
  #activeSeconds = 0;
  #lastUpdateMillis: number | undefined;
  // No alert is lost before this active time.
  #nextLossSeconds = Infinity;

  constructor(route: Route) {
    this.#route = route;
    if (!route.groupBy.includes("...")) this.#groupBy = route.groupBy.toSorted();
  }

  get groups(): Iterable<Group> {
    return this.#groups.values();
  }

  *firing(): Generator<Alert> {
    for (const group of this.#groups.values()) {
      for (const { alert } of group.entries.values()) if (isFiring(alert)) yield alert;
    }
  }

  /**
   * Adds a group from the state file. Alerts of this process keep their state, and those that the file's process has
   * announced count as announced.
   */
  restore({ key, labels, dueMillis, wasFlushed, entries, announced }: Group): void {
    const group = this.#groups.get(key) ?? new Group(key, labels, dueMillis);
    this.#groups.set(key, group);
    group.dueMillis = Math.min(group.dueMillis, dueMillis);
    group.wasFlushed ||= wasFlushed;
    group.bytes = undefined;
    for (const [identity, entry] of entries) {
      if (this.#places.has(identity)) continue;
      entry.bytes = sizeOf(entry.alert, identity);
      group.entries.set(identity, entry);
      this.#places.set(identity, group);
      this.#bytes += entry.bytes;
    }
    for (const [receiver, alerts] of announced) {
      for (const [identity, unixMillis] of alerts) {
        const place = this.#places.get(identity) ?? group;
        const own = place.announcedTo(receiver);
        own.set(identity, Math.max(own.get(identity) ?? 0, unixMillis));
        place.bytes = undefined;
      }
    }
  }

  /** Begins to take the alerts of an evaluation. */
  begin({ monotonicMillis }: UpdateTimes): void {
    const step = (monotonicMillis - (this.#lastUpdateMillis ?? monotonicMillis)) / 1_000;
    this.#lastUpdateMillis = monotonicMillis;
    this.#activeSeconds += Math.min(step, MAX_STEP_SECONDS);
  }

  /** Takes an alert of an evaluation; calls `transition` if it begins to fire or is resolved. Returns whether there is room. */
  take(alert: Alert, now: UpdateTimes, transition: Transition): boolean {
    if (alert.state === "firing") return this.#fires(alert, now, transition);
    if (alert.state === "resolved") this.#resolve(identityOf(alert.labels), alert, transition);
    return true;
  }

  /** Resolves the alerts that were in no evaluation for a day. Yields after each. */
  *resolveLost({ timeSeconds }: UpdateTimes, transition: Transition): Generator<void, void> {
    if (this.#activeSeconds <= this.#nextLossSeconds) return;
    this.#nextLossSeconds = Infinity;
    for (const group of this.#groups.values()) {
      for (const [identity, { alert, lostAtSeconds }] of group.entries) {
        if (!isFiring(alert)) continue;
        if (this.#activeSeconds > lostAtSeconds) {
          this.#resolve(identity, { ...alert, state: "resolved", resolvedAt: timeSeconds }, transition);
          yield;
        } else this.#nextLossSeconds = Math.min(this.#nextLossSeconds, lostAtSeconds);
      }
    }
  }

  /** Notes that a receiver has accepted a notification: the repeat interval begins when it knows the alerts. */
  delivered(receiver: string, { groupKey, alerts }: Notification, unixMillis: number): void {
    const group = this.#groups.get(groupKey);
    if (group === undefined) return;
    const announced = group.announcedTo(receiver);
    for (const { labels } of alerts) {
      const identity = identityOf(labels);
      if (announced.has(identity)) announced.set(identity, unixMillis);
    }
    group.bytes = undefined;
  }

  /** Notes that a notification was dropped: its alerts are announced again. */
  forget(receiver: string, key: string, firing: ReadonlySet<string>): void {
    const group = this.#groups.get(key);
    if (group === undefined) return;
    for (const identity of firing) group.announcedTo(receiver).delete(identity);
    group.bytes = undefined;
  }

  /** Removes resolved alerts that were announced, and empty groups. */
  tidy(group: Group): void {
    const before = [...group.entries];
    group.tidy();
    for (const [identity, { bytes }] of before) {
      if (group.entries.has(identity)) continue;
      this.#places.delete(identity);
      this.#partWithRoom.clear();
      this.#bytes -= bytes;
    }
    if (group.entries.size === 0) this.#groups.delete(group.key);
  }

  #fires(alert: Alert, now: UpdateTimes, transition: Transition): boolean {
    const identity = identityOf(alert.labels);
    const size = sizeOf(alert, identity);
    const lostAfterSeconds = Math.max(LOST_AFTER_SECONDS, LOST_AFTER_EVALUATIONS * now.intervalSeconds);
    const lostAtSeconds = this.#activeSeconds + lostAfterSeconds;
    this.#nextLossSeconds = Math.min(this.#nextLossSeconds, lostAtSeconds);
    const known = this.#places.get(identity);
    const entry = known?.entries.get(identity);
    if (known !== undefined && entry !== undefined) {
      const isNew = !isFiring(entry.alert);
      this.#bytes += size - entry.bytes;
      entry.bytes = size;
      entry.alert = { ...alert };
      entry.lostAtSeconds = lostAtSeconds;
      if (isNew) {
        known.bytes = undefined;
        transition(entry.alert);
      }
      return true;
    }
    if (this.#places.size >= MAX_ALERTS || this.#bytes + size > MAX_BYTES) {
      warnOnceAMinute(
        `alerts: more than ${this.#places.size} alerts are firing; further ones are not sent`,
        "alerts: too many firing",
      );
      return false;
    }
    const copy = { ...alert };
    const group = this.#groupFor(alert, now);
    group.entries.set(identity, { alert: copy, lostAtSeconds, bytes: size });
    group.bytes = undefined;
    this.#places.set(identity, group);
    this.#bytes += size;
    transition(copy);
    return true;
  }

  #resolve(identity: string, alert: Alert, transition: Transition): void {
    const group = this.#places.get(identity);
    const entry = group?.entries.get(identity);
    if (group === undefined || entry === undefined || !isFiring(entry.alert)) return;
    const size = sizeOf(alert, identity);
    this.#bytes += size - entry.bytes;
    entry.bytes = size;
    entry.alert = { ...alert };
    group.bytes = undefined;
    transition(entry.alert);
  }

  // As in Alertmanager, a new group waits from the time at which its first alert fired.
  #groupFor(alert: Alert, now: UpdateTimes): Group {
    const labels = this.#groupLabels(alert.labels);
    const base = groupKeyOf(labels);
    let part = this.#partWithRoom.get(base) ?? 1;
    let key = partKeyOf(base, part);
    let group = this.#groups.get(key);
    while (group !== undefined && group.entries.size >= MAX_GROUP) {
      part++;
      this.#partWithRoom.set(base, part);
      key = partKeyOf(base, part);
      group = this.#groups.get(key);
    }
    const { groupWaitMillis } = this.#route;
    const firedSeconds = alert.firedAt ?? now.unixMillis / 1_000;
    const wait = firedSeconds * 1_000 + groupWaitMillis - now.unixMillis;
    const due = now.monotonicMillis + Math.min(Math.max(wait, 0), groupWaitMillis);
    if (group === undefined) {
      group = new Group(key, labels, due);
      this.#groups.set(key, group);
    } else if (!group.wasFlushed) group.dueMillis = Math.min(group.dueMillis, due);
    return group;
  }

  #groupLabels(labels: Alert["labels"]): Record<string, string> {
    const names = this.#groupBy ?? Object.keys(labels).toSorted();
    const own: [name: string, value: string][] = [];
    for (const name of names) {
      const value = Object.hasOwn(labels, name) ? labels[name] : undefined;
      if (value !== undefined && value !== "") own.push([name, value]);
    }
    return Object.fromEntries(own);
  }
}

function partKeyOf(base: string, part: number): string {
  return part === 1 ? base : `${base}#${part}`;
}

/** The key as Alertmanager writes it for a route without matchers. */
function groupKeyOf(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).map(([name, value]) => {
    const shown = /^[a-zA-Z_]\w*$/.test(name) ? name : JSON.stringify(name);
    return `${shown}=${JSON.stringify(value)}`;
  });
  return `{}:{${pairs.join(", ")}}`;
}

function sizeOf({ annotations }: Alert, identity: string): number {
  let characters = identity.length;
  for (const name in annotations) characters += annotations[name]?.length ?? 0;
  return characters * 2;
}
