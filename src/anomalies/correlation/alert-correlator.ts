// Correlation of alerts when they begin to fire.
import type { Labels, Source } from "../../query/source.ts";
import type { Correlated } from "./correlated.ts";
import { correlationText, notEnoughData, PARTIAL, TOO_EARLY } from "./correlation-text.ts";
import { mayBeCause } from "./likely-cause.ts";
import type { NearbyEvents } from "./nearby-events.ts";
import { ranked } from "./ranking.ts";
import { changesIn, type TimeWindow, type WindowChanges } from "./window-changes.ts";

export interface AlertCorrelatorParts {
  readonly source: Source;
  readonly events?: NearbyEvents | undefined;
}

/** An alert that began to fire, and the metrics of its rule. */
export interface BegunAlert {
  readonly alert: { readonly labels: Labels; readonly activeAt: number };
  readonly metrics: readonly string[];
  /** Time up to which samples are compared, in Unix milliseconds. @defaultValue now */
  readonly nowMillis?: number | undefined;
  /** Length of the window. By default it follows from the time for which the condition has held. */
  readonly lengthMillis?: number | undefined;
  /** Ends the comparison. */
  readonly signal?: AbortSignal | undefined;
}

/** Series that changed together with an alert. */
export interface CorrelatedWithAlert {
  readonly correlated: readonly Correlated[];
  /** The series that changed for people, with the events nearby. */
  readonly text: string;
  /** Series of the rule's own metrics that changed clearly, if others of them did not. */
  readonly own: readonly Correlated[];
  /** Whether one of them changed clearly, and after the beginning of the window. */
  readonly hasBegun: boolean;
  readonly windowSeconds: number;
  /** Unix milliseconds from which the window holds enough of the condition. `undefined` if it does now. */
  readonly againMillis?: number | undefined;
}

const MAX_RESULTS = 10;
const MAX_EVENTS = 5;
// A window is at most this number of times as long as the condition has held, and at least as long as the shortest one.
const HELD = 2.5;
const SHORTEST_MILLIS = 180_000;
// With its baseline, an hour has 9 million samples: 5,000 series, one sample every 10 s. A history refuses 10 million.
const LONGEST_MILLIS = 3_600_000;
// Lengths grow by this factor, so that alerts share comparisons.
const GROWTH = Math.SQRT2;
// The condition must have held for this part of the window: a change must last a third of it, and samples may be late.
const HELD_PART = 1 / HELD;
// Otherwise it is compared again once it has held for this part.
const AGAIN_PART = 1 / 2;
// With the default resolution, eight values need this.
const LEAST_MILLIS = 120_000;
// A window ends at most this time after the condition began.
const MAX_HELD_MILLIS = 1_800_000;
// A comparison of all series serves alerts whose windows end within this part of it.
const SERVES = 1 / 20;
// The same, in milliseconds, until its window is known.
const BEGUN_SERVES_MILLIS = 10_000;
const MAX_COMPARISONS = 8;
// With fewer data than a baseline needs, the window is this part of them: two windows before it are compared.
const SHORTENED = 0.3;

// Series that were not compared in this time are left out: a busy application has little time for others.
const LATEST_MILLIS = 60_000;

interface Comparison {
  readonly window: TimeWindow;
  readonly changes: Promise<WindowChanges>;
  /** Serves windows that end within this time. */
  servesMillis: number;
}

/** Compares all series when an alert begins to fire. Alerts that begin together share a comparison. */
export class AlertCorrelator {
  readonly #parts: AlertCorrelatorParts;
  // Latest last.
  #comparisons: readonly Comparison[] = [];

  constructor(parts: AlertCorrelatorParts) {
    this.#parts = parts;
  }

  /**
   * Finds what changed together with an alert. Rejects if the source or the signal does. After a minute, the
   * series that were read count.
   */
  async correlate({
    alert,
    metrics,
    nowMillis: now = Date.now(),
    lengthMillis,
    signal,
  }: BegunAlert): Promise<CorrelatedWithAlert> {
    const activeMillis = alert.activeAt * 1_000;
    const changes = await this.#changes(windowOf(now, activeMillis, lengthMillis), signal);
    const {
      correlated: listed,
      own,
      atMillis,
      hasBegun,
    } = ranked(changes, ownMetrics(alert.labels, metrics), {
      maxResults: MAX_RESULTS,
      otherwiseMillis: activeMillis,
    });
    const windowSeconds = (changes.to - changes.from) / 1_000;
    const correlated = likelyFirst(listed, windowSeconds);
    const nearby = this.#parts.events?.between(changes.from, now, MAX_EVENTS) ?? [];
    const againMillis = againOf(changes, activeMillis);
    const isClear = correlated.some(({ isWeak }) => !isWeak);
    let found: Parameters<typeof correlationText>[0] = correlated;
    // If there are few data, the window may begin after the condition did.
    if (changes.changes.length === 0 || (!isClear && changes.from > activeMillis))
      found = tooFew(changes, activeMillis);
    else if (!isClear && againMillis !== undefined) found = TOO_EARLY;
    const text = correlationText(found, nearby, atMillis);
    return {
      correlated: typeof found === "string" ? [] : found,
      own,
      hasBegun,
      windowSeconds,
      text: changes.isPartial ? `${text}\n${PARTIAL}` : text,
      againMillis,
    };
  }

  async #changes(window: TimeWindow, signal: AbortSignal | undefined): Promise<WindowChanges> {
    const known = this.#comparisons.find((each) => serves(each, window));
    if (known !== undefined) return await known.changes;
    const changes = changesIn(this.#parts.source, window, {
      shortenedTo: SHORTENED,
      latestMillis: LATEST_MILLIS,
      signal,
    });
    const comparison: Comparison = { window, changes, servesMillis: BEGUN_SERVES_MILLIS };
    this.#comparisons = [...this.#comparisons, comparison].slice(-MAX_COMPARISONS);
    try {
      const { from, to } = await changes;
      comparison.servesMillis = (to - from) * SERVES;
    } catch (error) {
      this.#comparisons = this.#comparisons.filter((each) => each !== comparison);
      throw error;
    }
    return await changes;
  }
}

// Those that are hardly the cause come last, as weak ones.
function likelyFirst(listed: readonly Correlated[], windowSeconds: number): readonly Correlated[] {
  const likely = listed.filter((each) => mayBeCause(each, windowSeconds));
  const others = listed.filter((each) => !likely.includes(each));
  return [...likely, ...others.map((each) => ({ ...each, isWeak: true }))];
}

function windowOf(now: number, activeMillis: number, lengthMillis?: number): TimeWindow {
  const wantedMillis = Math.min(HELD * (now - activeMillis), LONGEST_MILLIS);
  const to = Math.min(now, activeMillis + MAX_HELD_MILLIS);
  if (lengthMillis !== undefined) return { from: to - lengthMillis, to };
  let length = SHORTEST_MILLIS;
  while (length * GROWTH <= wantedMillis) length *= GROWTH;
  return { from: to - length, to };
}

// With few data, the window is a part of them.
function tooFew({ from, to }: TimeWindow, activeMillis: number): string {
  const held = to - activeMillis;
  const before = (to - from) / SHORTENED - held;
  const needed = Math.max(held / SHORTENED - held, LEAST_MILLIS);
  return notEnoughData(Math.max(0, Math.floor(before / 60_000)), Math.ceil(needed / 60_000));
}

function againOf({ from, to }: TimeWindow, activeMillis: number): number | undefined {
  const length = to - from;
  return to - activeMillis < length * HELD_PART ? activeMillis + length * AGAIN_PART : undefined;
}

function serves({ window, servesMillis }: Comparison, { from, to }: TimeWindow): boolean {
  const [length, known] = [to - from, window.to - window.from];
  return Math.abs(length - known) < 1 && Math.abs(to - window.to) < servesMillis;
}

// An alert about an anomaly is about the metric that its label names.
function ownMetrics({ anomaly_metric: metric }: Labels, metrics: readonly string[]): readonly string[] {
  return metric === undefined ? metrics : [...metrics, metric];
}
