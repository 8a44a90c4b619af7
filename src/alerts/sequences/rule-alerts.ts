// The alerts of one rule: firing, and resolved lately.
import type { Alert } from "../alert.ts";
import { RESOLVED_RETENTION_MILLIS } from "../evaluation/active-alert.ts";
import type { CheckedSequenceRule } from "./check-rules.ts";
import type { EventClock } from "./event-clock.ts";
import type { KeyOf } from "./field.ts";
import { isMillis } from "./keyed-window.ts";
import { alertFrom, type SequenceMatch } from "./match.ts";
import { KeyEntry, RecentKeys } from "./recent-keys.ts";

/** Maximum number of firing alerts of one rule, and of resolved ones. The oldest goes first. */
const MAX_ALERTS = 1_000;

/** Fills in the templates of an alert's labels. `key` has the labels of the key, also those that a rule's label replaces. */
export type LabelsOf = (alert: Alert, key: Alert["labels"]) => Alert["labels"];

class AlertEntry extends KeyEntry {
  alert: Alert;
  /** Time of events at the last match of a firing alert; that at which a resolved one was resolved. */
  millis: number;
  /** Value of the first match, which the labels have. */
  readonly firstValue: number;

  constructor(key: string, alert: Alert, millis: number, firstValue: number) {
    super(key);
    this.alert = alert;
    this.millis = millis;
    this.firstValue = firstValue;
  }

  get isFiring(): boolean {
    return this.alert.state === "firing";
  }

  /** Whether this alert of another process counts, and not the one of this process. */
  replaces(own: AlertEntry | undefined): boolean {
    if (own === undefined) return true;
    return own.isFiring ? false : this.isFiring || this.millis > own.millis;
  }
}

/** The alerts of one rule by key. How long they last is counted in the time of events, which is never set back. */
export class RuleAlerts {
  readonly #rule: CheckedSequenceRule;
  readonly #clock: EventClock;
  readonly #labelsOf: LabelsOf;
  readonly #firing = new RecentKeys<AlertEntry>();
  readonly #resolved = new RecentKeys<AlertEntry>();

  /** @param labelsOf fills in the templates of an alert's labels when it begins: later ones would be another alert. */
  constructor(rule: CheckedSequenceRule, clock: EventClock, labelsOf: LabelsOf) {
    this.#rule = rule;
    this.#clock = clock;
    this.#labelsOf = labelsOf;
  }

  /** Time of events at which the next alert ends; `Infinity` without one. */
  get nextEndMillis(): number {
    const { oldest } = this.#firing;
    return oldest === undefined ? Infinity : oldest.millis + this.#rule.keepFiringMillis;
  }

  /** Raises an alert, or prolongs it. Returns the changed alerts: more than one if the oldest had to end. */
  fire(key: string, match: SequenceMatch): readonly Alert[] {
    const nowMillis = this.#clock.millis();
    const known = this.#firing.get(key);
    if (known !== undefined) {
      known.alert = { ...known.alert, value: match.count };
      known.millis = nowMillis;
      this.#firing.touch(known);
      return [known.alert];
    }
    const resolved = this.#resolved.get(key);
    if (resolved !== undefined) this.#resolved.delete(resolved);
    const alert = { ...this.#begun(match, match.count), firedAt: this.#nowSeconds() };
    this.#firing.add(new AlertEntry(key, alert, nowMillis, match.count));
    const { oldest } = this.#firing;
    if (this.#firing.size <= MAX_ALERTS || oldest === undefined) return [alert];
    // If both have the same labels, they fire without a gap.
    return [alert, this.#resolve(oldest)];
  }

  /** Resolves the alert of a key, if it fires. */
  recover(key: string): Alert | undefined {
    const entry = this.#firing.get(key);
    return entry === undefined ? undefined : this.#resolve(entry);
  }

  /** Resolves the oldest alert if it has ended. */
  endNext(): Alert | undefined {
    const { oldest } = this.#firing;
    return oldest !== undefined && this.nextEndMillis <= this.#clock.millis()
      ? this.#resolve(oldest)
      : undefined;
  }

  /** Firing alerts, and those resolved within the last 15 minutes. */
  list(): readonly Alert[] {
    const nowMillis = this.#clock.millis();
    for (let { oldest } = this.#resolved; oldest !== undefined; { oldest } = this.#resolved) {
      if (oldest.millis + RESOLVED_RETENTION_MILLIS > nowMillis) break;
      this.#resolved.delete(oldest);
    }
    return [...this.#firing, ...this.#resolved].map(({ alert }) => alert);
  }

  /** The alerts as JSON, oldest first. Times are those of the clock now, since other processes read them. */
  state(): readonly SavedSequenceAlert[] {
    return [...this.#resolved, ...this.#firing].map(({ key, millis, alert, firstValue }) => {
      const { value, activeAt, firedAt = activeAt, resolvedAt = null } = alert;
      return [key, millis - this.#clock.skewMillis, value, activeAt, firedAt, resolvedAt, firstValue];
    });
  }

  /**
   * Adds alerts from JSON, unless they are damaged. If both processes have a key, the firing alert counts. If both fire, the one
   * of this process counts; if both are resolved, the later one. Beyond the limit, restored ones are left out.
   */
  restore(states: readonly unknown[], keys: KeyOf, skewMillis: number): void {
    const own = new Set([...this.#resolved.clear(), ...this.#firing.clear()]);
    const all = new Map(Array.from(own, (entry) => [entry.key, entry]));
    for (const state of states) {
      const [key, ...fields]: unknown[] = Array.isArray(state) ? state : [];
      const restored = typeof key === "string" ? this.#restored(key, fields, keys, skewMillis) : undefined;
      if (restored !== undefined && restored.replaces(all.get(restored.key))) all.set(restored.key, restored);
    }
    const entries = [...all.values()];
    for (const isFiring of [true, false]) {
      // The alerts of this process stay, since their end was not announced yet, and the newest of the others.
      const kept = entries
        .filter((entry) => entry.isFiring === isFiring)
        .toSorted((a, b) => Number(own.has(b)) - Number(own.has(a)) || b.millis - a.millis)
        .slice(0, MAX_ALERTS);
      const alerts = isFiring ? this.#firing : this.#resolved;
      for (const entry of kept.toSorted((a, b) => a.millis - b.millis)) alerts.add(entry);
    }
  }

  #restored(
    key: string,
    [millis, value, activeAt, firedAt, resolvedAt, first]: readonly unknown[],
    keys: KeyOf,
    skewMillis: number,
  ): AlertEntry | undefined {
    if (!isMillis(millis) || !isNumber(value) || !isNumber(activeAt) || !isNumber(firedAt)) return undefined;
    if (resolvedAt !== null && !isNumber(resolvedAt)) return undefined;
    // States of earlier versions do not have it.
    const firstValue = isNumber(first) ? first : value;
    const alert = this.#begun({ key: keys.labels(key), count: value, lastTime: activeAt }, firstValue);
    const ended = resolvedAt === null ? {} : ({ state: "resolved", resolvedAt } as const);
    return new AlertEntry(key, { ...alert, firedAt, ...ended }, millis + skewMillis, firstValue);
  }

  #begun(match: Pick<SequenceMatch, "key" | "count" | "lastTime">, firstValue: number): Alert {
    const alert = alertFrom(this.#rule, match);
    return { ...alert, labels: this.#labelsOf({ ...alert, value: firstValue }, match.key) };
  }

  #resolve(entry: AlertEntry): Alert {
    this.#firing.delete(entry);
    const alert: Alert = { ...entry.alert, state: "resolved", resolvedAt: this.#nowSeconds() };
    this.#resolved.add(new AlertEntry(entry.key, alert, this.#clock.millis(), entry.firstValue));
    const { oldest } = this.#resolved;
    if (this.#resolved.size > MAX_ALERTS && oldest !== undefined) this.#resolved.delete(oldest);
    return alert;
  }

  // By the clock, for people.
  #nowSeconds(): number {
    return (this.#clock.millis() - this.#clock.skewMillis) / 1_000;
  }
}

/** An alert in JSON. */
export type SavedSequenceAlert = readonly [
  key: string,
  millis: number,
  value: number,
  activeAt: number,
  firedAt: number,
  resolvedAt: number | null,
  firstValue: number,
];

function isNumber(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value);
}
