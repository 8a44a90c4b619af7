// The alerts of one rule: firing, and resolved lately.
import type { Alert } from "../alert.ts";
import { RESOLVED_RETENTION_MILLIS } from "../evaluation/active-alert.ts";
import type { CheckedSequenceRule } from "./check-rules.ts";
import type { EventClock } from "./event-clock.ts";
import type { KeyOf } from "./field.ts";
import { isMillis } from "./keyed-window.ts";
import { alertFrom, type SequenceMatch } from "./match.ts";

/** Maximum number of firing alerts of one rule, and of resolved ones. The oldest goes first. */
const MAX_ALERTS = 1_000;

interface KeyedAlert {
  readonly alert: Alert;
  /** Time of events at the last match of a firing alert; that at which a resolved one was resolved. */
  readonly millis: number;
  /** Value of the first match, which the labels have. */
  readonly firstValue: number;
}

/** The alerts of one rule by key. How long they last is counted in the time of events, which is never set back. */
export class RuleAlerts {
  readonly #rule: CheckedSequenceRule;
  readonly #clock: EventClock;
  readonly #labelsOf: (alert: Alert) => Alert["labels"];
  // Oldest first.
  readonly #firing = new Map<string, KeyedAlert>();
  readonly #resolved = new Map<string, KeyedAlert>();

  /** @param labelsOf fills in the templates of an alert's labels when it begins: later ones would be another alert. */
  constructor(rule: CheckedSequenceRule, clock: EventClock, labelsOf: (alert: Alert) => Alert["labels"]) {
    this.#rule = rule;
    this.#clock = clock;
    this.#labelsOf = labelsOf;
  }

  /** Time of events at which the next alert ends; `Infinity` without one. */
  get nextEndMillis(): number {
    const [, oldest] = oldestOf(this.#firing);
    return oldest === undefined ? Infinity : oldest.millis + this.#rule.keepFiringMillis;
  }

  /** Raises an alert, or prolongs it. Returns the changed alerts: more than one if the oldest had to end. */
  fire(key: string, match: SequenceMatch): readonly Alert[] {
    const known = this.#firing.get(key);
    const firedAt = this.#nowSeconds();
    const alert =
      known === undefined
        ? { ...this.#begun(match, match.count), firedAt }
        : { ...known.alert, value: match.count };
    this.#firing.delete(key);
    this.#resolved.delete(key);
    const firstValue = known?.firstValue ?? match.count;
    this.#firing.set(key, { alert, millis: this.#clock.millis(), firstValue });
    const [oldest] = oldestOf(this.#firing);
    const ended = this.#firing.size > MAX_ALERTS && oldest !== undefined ? this.recover(oldest) : undefined;
    return ended === undefined ? [alert] : [ended, alert];
  }

  /** Resolves the alert of a key, if it fires. */
  recover(key: string): Alert | undefined {
    const known = this.#firing.get(key);
    if (known === undefined) return undefined;
    this.#firing.delete(key);
    const alert: Alert = { ...known.alert, state: "resolved", resolvedAt: this.#nowSeconds() };
    this.#resolved.set(key, { ...known, alert, millis: this.#clock.millis() });
    const [oldest] = oldestOf(this.#resolved);
    if (this.#resolved.size > MAX_ALERTS && oldest !== undefined) this.#resolved.delete(oldest);
    return alert;
  }

  /** Resolves the oldest alert if it has ended. */
  endNext(): Alert | undefined {
    const [oldest] = oldestOf(this.#firing);
    return oldest !== undefined && this.nextEndMillis <= this.#clock.millis()
      ? this.recover(oldest)
      : undefined;
  }

  /** Firing alerts, and those resolved within the last 15 minutes. */
  list(): readonly Alert[] {
    const nowMillis = this.#clock.millis();
    for (const [key, { millis }] of this.#resolved) {
      if (millis + RESOLVED_RETENTION_MILLIS > nowMillis) break;
      this.#resolved.delete(key);
    }
    return [...this.#firing.values(), ...this.#resolved.values()].map(({ alert }) => alert);
  }

  /** The alerts as JSON, oldest first. Times are those of the clock now, since other processes read them. */
  state(): readonly AlertState[] {
    return [...this.#resolved, ...this.#firing].map(([key, { millis, alert, firstValue }]) => {
      const { value, activeAt, firedAt = activeAt, resolvedAt = null } = alert;
      return [key, millis - this.#clock.skewMillis, value, activeAt, firedAt, resolvedAt, firstValue];
    });
  }

  /** Adds alerts from JSON, unless they are damaged. Those that are here already stay. */
  restore(states: readonly unknown[], keys: KeyOf, skewMillis: number): void {
    const all = new Map<string, KeyedAlert>();
    for (const state of states) {
      const [key, ...fields]: unknown[] = Array.isArray(state) ? state : [];
      const restored = typeof key === "string" ? this.#restored(key, fields, keys, skewMillis) : undefined;
      if (typeof key === "string" && restored !== undefined) all.set(key, restored);
    }
    for (const [key, own] of [...this.#resolved, ...this.#firing]) all.set(key, own);
    this.#firing.clear();
    this.#resolved.clear();
    for (const [key, each] of [...all].toSorted(([, a], [, b]) => a.millis - b.millis)) {
      const alerts = each.alert.state === "firing" ? this.#firing : this.#resolved;
      if (alerts.size < MAX_ALERTS) alerts.set(key, each);
    }
  }

  #restored(
    key: string,
    [millis, value, activeAt, firedAt, resolvedAt, first]: readonly unknown[],
    keys: KeyOf,
    skewMillis: number,
  ): KeyedAlert | undefined {
    if (!isMillis(millis) || !isNumber(value) || !isNumber(activeAt) || !isNumber(firedAt)) return undefined;
    if (resolvedAt !== null && !isNumber(resolvedAt)) return undefined;
    // States of earlier versions do not have it.
    const firstValue = isNumber(first) ? first : value;
    const alert = this.#begun({ key: keys.labels(key), count: value, lastTime: activeAt }, firstValue);
    const ended = resolvedAt === null ? {} : ({ state: "resolved", resolvedAt } as const);
    return { alert: { ...alert, firedAt, ...ended }, millis: millis + skewMillis, firstValue };
  }

  #begun(match: Pick<SequenceMatch, "key" | "count" | "lastTime">, firstValue: number): Alert {
    const alert = alertFrom(this.#rule, match);
    return { ...alert, labels: this.#labelsOf({ ...alert, value: firstValue }) };
  }

  // By the clock, for people.
  #nowSeconds(): number {
    return (this.#clock.millis() - this.#clock.skewMillis) / 1_000;
  }
}

/** An alert in JSON. */
export type AlertState = readonly [
  key: string,
  millis: number,
  value: number,
  activeAt: number,
  firedAt: number,
  resolvedAt: number | null,
  firstValue: number,
];

function oldestOf(
  alerts: ReadonlyMap<string, KeyedAlert>,
): readonly [key: string, alert: KeyedAlert] | readonly [] {
  for (const entry of alerts) return entry;
  return [];
}

function isNumber(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value);
}
