// Correlation of alerts when they begin to fire.
import type { Labels, Source } from "../../query/source.ts";
import type { Correlated } from "./correlated.ts";
import { correlationText, NOT_ENOUGH_DATA } from "./correlation-text.ts";
import type { NearbyEvents } from "./nearby-events.ts";
import { ranked } from "./ranking.ts";
import { changesIn, type WindowChanges } from "./window-changes.ts";

export interface AlertCorrelatorParts {
  readonly source: Source;
  readonly events?: NearbyEvents | undefined;
}

/** An alert that began to fire, and the metrics of its rule. */
export interface BegunAlert {
  readonly alert: { readonly labels: Labels; readonly activeAt: number };
  readonly metrics: readonly string[];
}

/** Series that changed together with an alert. */
export interface CorrelatedWithAlert {
  readonly correlated: readonly Correlated[];
  /** The same for people, with the events nearby. */
  readonly text: string;
}

const MAX_RESULTS = 10;
const MAX_EVENTS = 5;
// The shortest window. With `for`, a window is doubled until it is three times as long as the condition has held.
const WINDOW_MILLIS = 180_000;
const MAX_DOUBLED = 7;
const HELD = 3;
// A comparison of all series serves alerts that begin within this part of its window.
const SERVES = 1 / 20;

// One that has not ended after this time is given up.
const LATEST_MILLIS = 10_000;

interface Comparison {
  readonly toMillis: number;
  /** 0 until it has ended. */
  windowMillis: number;
  readonly changes: Promise<WindowChanges>;
}

/** Compares all series when an alert begins to fire. Alerts that begin together share a comparison. */
export class AlertCorrelator {
  readonly #parts: AlertCorrelatorParts;
  // By number of doublings.
  readonly #comparisons = new Map<number, Comparison>();

  constructor(parts: AlertCorrelatorParts) {
    this.#parts = parts;
  }

  /** Finds what changed together with an alert. Rejects if the source does. */
  async correlate({ alert, metrics }: BegunAlert): Promise<CorrelatedWithAlert> {
    const now = Date.now();
    const activeMillis = alert.activeAt * 1_000;
    const changes = await this.#changes(now, HELD * (now - activeMillis) + WINDOW_MILLIS);
    const { events } = this.#parts;
    const isCompared = changes.changes.length > 0;
    const { correlated, atMillis } = ranked(
      changes,
      ownMetrics(alert.labels, metrics),
      MAX_RESULTS,
      activeMillis,
    );
    const nearby = events?.between(changes.from, now, MAX_EVENTS) ?? [];
    const text = correlationText(isCompared ? correlated : NOT_ENOUGH_DATA, nearby, atMillis);
    return { correlated, text };
  }

  async #changes(now: number, neededMillis: number): Promise<WindowChanges> {
    let doubled = 0;
    while (doubled < MAX_DOUBLED && WINDOW_MILLIS * 2 ** doubled < neededMillis) doubled++;
    const known = this.#comparisons.get(doubled);
    const servesMillis = known?.windowMillis === 0 ? LATEST_MILLIS : (known?.windowMillis ?? 0) * SERVES;
    if (known !== undefined && now - known.toMillis < servesMillis) return await known.changes;
    const window = { from: now - WINDOW_MILLIS * 2 ** doubled, to: now };
    const changes = changesIn(this.#parts.source, window, { shortens: true });
    const comparison: Comparison = { toMillis: now, windowMillis: 0, changes };
    this.#comparisons.set(doubled, comparison);
    try {
      const { from, to } = await changes;
      comparison.windowMillis = to - from;
    } catch (error) {
      this.#comparisons.delete(doubled);
      throw error;
    }
    return await changes;
  }
}

// An alert about an anomaly is about the metric that its label names.
function ownMetrics({ anomaly_metric: metric }: Labels, metrics: readonly string[]): readonly string[] {
  return metric === undefined ? metrics : [...metrics, metric];
}
