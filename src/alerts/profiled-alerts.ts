// Alerts of event loop, processor time and memory, explained by profiles of the process.
import type { Alert } from "./alert.ts";

/** Takes profiles while alerts need them. */
export interface AlertProfiles {
  /** Called after evaluations, with the metrics of each pending or firing alert's rule. */
  evaluated(metrics: readonly (readonly string[])[]): void;
  /** Annotations of an alert whose rule has these metrics. */
  annotationsFor(metrics: readonly string[]): Readonly<Record<string, string>>;
}

/** An annotation by a profile of the process. */
export type ProfileAnnotation = "blocked_by" | "busy_in" | "allocated_by";

/** These annotations, with what each says of the functions that it names. */
export const PROFILE_ANNOTATIONS: Readonly<Record<ProfileAnnotation, string>> = {
  blocked_by: "the event loop was blocked by",
  busy_in: "the processor was busy in",
  allocated_by: "memory was allocated by",
};

/** Passes pending and firing alerts on to the profiles, and their results to the alerts. */
export class ProfiledAlerts {
  readonly #profiles: AlertProfiles;
  readonly #metricsOf: (alertName: string) => readonly string[];
  // By the names of the active alerts, as of the last evaluation. Each alert asks for them, and the search visits all rules.
  #metrics: ReadonlyMap<string, readonly string[]> = new Map();

  /** @param metricsOf returns the metrics of an alert's rule. */
  constructor(profiles: AlertProfiles, metricsOf: (alertName: string) => readonly string[]) {
    this.#profiles = profiles;
    this.#metricsOf = metricsOf;
  }

  evaluated(active: readonly Alert[]): void {
    const names = new Set(active.map(({ name }) => name));
    this.#metrics = new Map(Array.from(names, (name) => [name, this.#metricsOf(name)]));
    this.#profiles.evaluated([...this.#metrics.values()]);
  }

  /** The alert with the annotations of the profiles. Annotations of the rule itself stay. */
  annotated(alert: Alert): Alert {
    if (alert.state === "resolved") return alert;
    const annotations = this.#profiles.annotationsFor(this.#metrics.get(alert.name) ?? []);
    return Object.keys(annotations).length === 0
      ? alert
      : { ...alert, annotations: { ...annotations, ...alert.annotations } };
  }
}
