// Notes of the alerts that fire during a backtest.
import type { CheckedAlertingRule } from "../rules/checked-group.ts";
import type { ActiveAlert } from "./active-alert.ts";

/** A time in which an alert fired. Times are seconds since the epoch. */
export interface Firing {
  /** Name of the group. */
  readonly group: string;
  /** Name of the alert. */
  readonly rule: string;
  /** Labels of the alert, `alertname` included. */
  readonly labels: Readonly<Record<string, string>>;
  /** Annotations when it began to fire. */
  readonly annotations: Readonly<Record<string, string>>;
  /** Time at which the condition began to hold. */
  readonly activeAt: number;
  /** Time at which the alert began to fire. */
  readonly firedAt: number;
  /** Time at which it was resolved; `undefined` if it fired to the end. */
  readonly resolvedAt: number | undefined;
  /** The highest value while it was active; the lowest if the expression compares with `<` or `<=`. */
  readonly peak: number;
}

/** Collects firings. */
export class FiringLog {
  readonly #firings: Firing[] = [];
  // By the state of the alert; a new time of an alert has a state of its own.
  readonly #open = new Map<ActiveAlert, number>();
  readonly #noted = new Map<ActiveAlert, { readonly group: string; readonly checked: CheckedAlertingRule }>();

  /** Notes the alerts of a rule after an evaluation. */
  note(group: string, checked: CheckedAlertingRule, alerts: Iterable<ActiveAlert>): void {
    const present = new Set(alerts);
    for (const alert of present) {
      if (alert.state === "inactive") {
        this.#close(alert);
        continue;
      }
      const known = this.#open.get(alert);
      this.#open.set(alert, known === undefined ? alert.value : further(checked, known, alert.value));
      this.#noted.set(alert, { group, checked });
    }
    // Pending alerts that were removed.
    for (const [alert, owner] of this.#noted)
      if (owner.checked === checked && !present.has(alert)) this.#close(alert);
  }

  /** Ends the alerts of a rule that still fire. */
  end(group: string, checked: CheckedAlertingRule): void {
    for (const [alert, owner] of this.#noted)
      if (owner.checked === checked && owner.group === group) this.#close(alert);
  }

  /** All firings, in the order of time. */
  firings(): readonly Firing[] {
    return this.#firings.toSorted((left, right) => left.firedAt - right.firedAt);
  }

  #close(alert: ActiveAlert): void {
    const owner = this.#noted.get(alert);
    const peak = this.#open.get(alert);
    this.#noted.delete(alert);
    this.#open.delete(alert);
    if (owner === undefined || peak === undefined || alert.firedAt === undefined) return;
    this.#firings.push({
      group: owner.group,
      rule: owner.checked.name,
      labels: alert.labels,
      annotations: alert.annotations,
      activeAt: alert.activeAt / 1_000,
      firedAt: alert.firedAt / 1_000,
      resolvedAt: alert.resolvedAt === undefined ? undefined : alert.resolvedAt / 1_000,
      peak,
    });
  }
}

function further({ expression }: CheckedAlertingRule, known: number, value: number): number {
  const isBelow =
    expression.kind === "binary" && (expression.operator === "<" || expression.operator === "<=");
  if (Number.isNaN(known)) return value;
  if (Number.isNaN(value)) return known;
  return isBelow ? Math.min(known, value) : Math.max(known, value);
}
