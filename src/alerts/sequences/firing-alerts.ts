import type { Alert } from "../alert.ts";
import { identityOf } from "../delivery/identity.ts";

/** The firing alerts by identity, so that those with the same labels begin and end as one. */
export class FiringAlerts {
  // A prolonged alert keeps its object of labels.
  readonly #byIdentity = new Map<string, Set<Alert["labels"]>>();

  /** Replaces all by the firing ones of these alerts. */
  restore(alerts: readonly Alert[]): void {
    this.#byIdentity.clear();
    for (const alert of alerts) if (alert.state === "firing") this.note(alert);
  }

  /** Whether the alert already fires, and still does. */
  isProlonged({ state, labels }: Alert): boolean {
    return state === "firing" && this.#byIdentity.get(identityOf(labels))?.has(labels) === true;
  }

  /** Adds or removes an alert. Returns whether it is the first with its labels that fires, or the last that is resolved. */
  note({ state, labels }: Alert): boolean {
    const identity = identityOf(labels);
    const same = this.#byIdentity.get(identity);
    if (state === "firing") {
      if (same === undefined) this.#byIdentity.set(identity, new Set([labels]));
      else same.add(labels);
      return same === undefined;
    }
    same?.delete(labels);
    if (same !== undefined && same.size > 0) return false;
    this.#byIdentity.delete(identity);
    return true;
  }
}
