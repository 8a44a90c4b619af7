// Alerts with what changed together with them.
import { errorMessage } from "../diagnostics/error-message.ts";
import { warnOnceAMinute } from "../diagnostics/rate-limit.ts";
import { realClearTimeout, realSetTimeout, withTimeout } from "../io/timeout.ts";
import { Slices } from "../io/yield.ts";
import type { Alert } from "./alert.ts";
import { identityOf } from "./delivery/identity.ts";
import type { Correlated } from "../anomalies/correlation/correlated.ts";

/** Name of the annotation. One of the rule itself stays. */
const ANNOTATION = "correlated";
/** Time by which an alert is delayed at most. A later correlation is in later notifications. */
const HELD_MILLIS = 200;
// A source may never end.
const LATEST_MILLIS = 120_000;
/** Further alerts that begin to fire meanwhile are delivered at once, without correlation. */
const MAX_HELD = 2_000;
const MAX_KNOWN = 20_000;
/** Limits of the time until alerts are compared again, also if the clock is set. */
const MIN_PAUSE_MILLIS = 1_000;
const MAX_PAUSE_MILLIS = 600_000;
// Resolved alerts are sent again for this time.
const KEPT_SECONDS = 900;

export interface CorrelatedAlertsParts {
  readonly correlate: CorrelateAlert;
  /** Metrics of the rules that raise an alert. */
  readonly metricsOf: (alert: Alert) => readonly string[];
  /** Called with the alerts that were held, and their evaluation. */
  readonly deliver: (alerts: readonly Alert[], evaluation: EvaluationTimes) => void;
  /** Called with a firing alert whose correlation was found after it was delivered. */
  readonly onLate: (alert: Alert) => void;
}

/** The evaluation that alerts are of. */
export interface EvaluationTimes {
  readonly timeSeconds: number;
  /** Time to the next one; `undefined` if it is that of the options. */
  readonly intervalSeconds: number | undefined;
}

interface Known {
  readonly firedAt: number | undefined;
  correlation: AlertCorrelation | undefined;
  /** The alert, if it is compared again. */
  again: Alert | undefined;
  /** Infinite while the alert fires. */
  endSeconds: number;
}

/** Alerts that began to fire together. By identity: the alert as it began, and its later states. */
interface Held {
  readonly alerts: ReadonlyMap<string, [Alert, ...Alert[]]>;
  /** The evaluation in which they began. */
  readonly evaluation: EvaluationTimes;
  /** That of the latest states. */
  latest: EvaluationTimes;
  readonly timer: NodeJS.Timeout;
}

/** Holds alerts that begin to fire for at most 200 ms, and adds what changed together with them. */
export class CorrelatedAlerts {
  readonly #parts: CorrelatedAlertsParts;
  readonly #known = new Map<string, Known>();
  readonly #held = new Set<Held>();
  readonly #end = new AbortController();
  #again: NodeJS.Timeout | undefined;
  #isComparingAgain = false;

  constructor(parts: CorrelatedAlertsParts) {
    this.#parts = parts;
  }

  /** Takes over firing alerts of a previous process, with their annotations. */
  restore(alerts: readonly Alert[]): void {
    for (const { labels, annotations, correlated, firedAt } of alerts) {
      const text = annotations[ANNOTATION];
      const correlation = text === undefined || correlated === undefined ? undefined : { correlated, text };
      const known = { firedAt, correlation, again: undefined, endSeconds: Infinity };
      this.#known.set(identityOf(labels), known);
    }
  }

  /** The alert with its correlation, if there is one. */
  annotated(alert: Alert): Alert {
    if (this.#known.size === 0) return alert;
    const correlation = this.#knownOf(alert, identityOf(alert.labels))?.correlation;
    if (correlation === undefined) return alert;
    return withCorrelation(alert, correlation);
  }

  /** Returns the alerts to deliver now. Others began to fire, and are delivered soon. */
  pass(alerts: readonly Alert[], evaluation: EvaluationTimes): readonly Alert[] {
    const passed: Alert[] = [];
    const begun = new Map<string, [Alert]>();
    for (const alert of alerts) {
      const identity = identityOf(alert.labels);
      const waiting = this.#waiting(identity);
      if (waiting !== undefined) {
        waiting.alerts.get(identity)?.push(alert);
        waiting.latest = evaluation;
        continue;
      }
      const known = this.#knownOf(alert, identity);
      const isFiring = alert.state === "firing";
      if (known !== undefined && !isFiring) {
        known.again = undefined;
        known.endSeconds = Math.min(known.endSeconds, Date.now() / 1_000 + KEPT_SECONDS);
      }
      const isHeld = isFiring && known === undefined && this.#heldCount() + begun.size < MAX_HELD;
      if (isHeld) begun.set(identity, [alert]);
      else passed.push(this.annotated(alert));
    }
    this.#prune();
    if (begun.size > 0) this.#hold(begun, evaluation);
    return passed;
  }

  /** Delivers all alerts that are held, now. Ends the work on them. */
  end(): void {
    this.#end.abort();
    realClearTimeout(this.#again);
    for (const held of this.#held) this.#release(held);
  }

  // An alert that fires anew has another time.
  #knownOf({ firedAt }: Alert, identity: string): Known | undefined {
    const known = this.#known.get(identity);
    return known?.firedAt === firedAt ? known : undefined;
  }

  #waiting(identity: string): Held | undefined {
    for (const held of this.#held) if (held.alerts.has(identity)) return held;
    return undefined;
  }

  #heldCount(): number {
    let count = 0;
    for (const { alerts } of this.#held) count += alerts.size;
    return count;
  }

  #hold(alerts: Held["alerts"], evaluation: EvaluationTimes): void {
    const timer = realSetTimeout(() => this.#release(held), HELD_MILLIS).unref();
    const held: Held = { alerts, evaluation, latest: evaluation, timer };
    this.#held.add(held);
    for (const [identity, [{ firedAt }]] of alerts)
      this.#known.set(identity, {
        firedAt,
        correlation: undefined,
        again: undefined,
        endSeconds: Infinity,
      });
    void this.#correlate(held);
  }

  // One after the other: alerts that begin together share the comparison of the series. Never rejects.
  async #correlate(held: Held): Promise<void> {
    const slices = new Slices();
    for (const [identity, [alert]] of held.alerts) {
      if (this.#end.signal.aborted) break;
      const known = this.#knownOf(alert, identity);
      if (known !== undefined) await this.#compare(alert, known);
      await slices.next();
    }
    this.#release(held);
    this.#compareLater();
  }

  // The earlier correlation stays if a later one fails.
  async #compare(alert: Alert, known: Known): Promise<void> {
    const correlation = await this.#correlationOf(alert);
    const isFiring = known.endSeconds === Infinity;
    known.again = correlation?.againMillis !== undefined && isFiring ? alert : undefined;
    if (correlation === undefined || this.#end.signal.aborted) return;
    const isChanged = known.correlation?.text !== correlation.text;
    known.correlation = correlation;
    const isDelivered = this.#waiting(identityOf(alert.labels)) === undefined;
    if (isFiring && isDelivered && isChanged) this.#parts.onLate(withCorrelation(alert, correlation));
  }

  /** Waits for the first alert that is to be compared again. */
  #compareLater(): void {
    if (this.#isComparingAgain || this.#end.signal.aborted) return;
    realClearTimeout(this.#again);
    let first = Infinity;
    for (const { again, correlation } of this.#known.values())
      if (again !== undefined) first = Math.min(first, correlation?.againMillis ?? Infinity);
    if (first === Infinity) return;
    const pauseMillis = Math.min(Math.max(first - Date.now(), MIN_PAUSE_MILLIS), MAX_PAUSE_MILLIS);
    this.#again = realSetTimeout(() => void this.#compareAgain(), pauseMillis).unref();
  }

  // Never rejects.
  async #compareAgain(): Promise<void> {
    const now = Date.now();
    const slices = new Slices();
    this.#isComparingAgain = true;
    for (const known of this.#known.values()) {
      if (this.#end.signal.aborted) break;
      const { again, correlation } = known;
      if (again === undefined || (correlation?.againMillis ?? 0) > now) continue;
      await this.#compare(again, known);
      await slices.next();
    }
    this.#isComparingAgain = false;
    this.#compareLater();
  }

  async #correlationOf(alert: Alert): Promise<AlertCorrelation | undefined> {
    const { signal } = this.#end;
    try {
      const metrics = this.#parts.metricsOf(alert);
      return await withTimeout(this.#parts.correlate({ alert, metrics, signal }), LATEST_MILLIS, () => {
        throw new Error("timed out");
      });
    } catch (error) {
      if (!signal.aborted)
        warnOnceAMinute(`alerts: an alert was not correlated: ${errorMessage(error)}`, "alerts: correlated");
      return undefined;
    }
  }

  // Each alert as it began, then its latest state.
  #release(held: Held): void {
    if (!this.#held.delete(held)) return;
    realClearTimeout(held.timer);
    const states = [...held.alerts.values()];
    this.#parts.deliver(
      states.map(([begun]) => this.annotated(begun)),
      held.evaluation,
    );
    const later = states.flatMap((each) => (each.length > 1 ? each.slice(-1) : []));
    if (later.length > 0) this.#parts.deliver(this.pass(later, held.latest), held.latest);
  }

  #prune(): void {
    const now = Date.now() / 1_000;
    for (const [identity, { endSeconds }] of this.#known)
      if (endSeconds < now || this.#known.size > MAX_KNOWN) this.#known.delete(identity);
  }
}

function withCorrelation(alert: Alert, { text, correlated: series }: AlertCorrelation): Alert {
  return { ...alert, annotations: { [ANNOTATION]: text, ...alert.annotations }, correlated: series };
}

/** An alert that began to fire. */
export interface CorrelationRequest {
  readonly alert: Alert;
  /** Metrics of the rule's expression, by their names in Prometheus. Empty for a rule over events. */
  readonly metrics: readonly string[];
  /** Aborts when the alerts end. */
  readonly signal: AbortSignal;
}

/** The series that changed together with an alert. */
export interface AlertCorrelation {
  readonly correlated: readonly Correlated[];
  /** The same for people: annotation `correlated`. */
  readonly text: string;
  /** Unix milliseconds from which a further comparison finds more. `undefined` if the comparison is complete. */
  readonly againMillis?: number | undefined;
}

/** Finds what changed together with an alert. If it rejects or is late, the alert has no annotation. */
export type CorrelateAlert = (request: CorrelationRequest) => Promise<AlertCorrelation>;
